// SPDX-License-Identifier: Apache-2.0
#include "batch_senders.hpp"

#include "meta138/crypto/secp256k1.hpp"
#include "meta138/rpc/parameters.hpp"
#include "meta138/types/transaction_error.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <expected>
#include <utility>
#include <vector>

namespace meta138::rpc {

std::optional<PooledTransaction> decode_raw_transaction(ByteView raw) {
    auto decoded = decode_pooled_transaction(raw);
    if (!decoded) return std::nullopt;
    const auto is_scalar = [](const uint256& value) {
        return !value.is_zero() && value < crypto::SECP256K1N;
    };
    const auto& transaction = decoded->transaction;
    if (!is_scalar(transaction.r) || !is_scalar(transaction.s)) return std::nullopt;
    return *std::move(decoded);
}

BatchSenders::BatchSenders(json::Value batch, Fork fork) {
    std::vector<std::string_view> texts;
    std::vector<Transaction> transactions;
    for (const auto request : batch.elements()) {
        if (request.find("method").string() != "eth_sendRawTransaction") continue;
        const auto parameter = request.find("params").at(0);
        const auto text = parameter.string();
        const auto raw = bytes_of(parameter);
        auto decoded = raw ? decode_raw_transaction(*raw) : std::nullopt;
        if (!text || !decoded) continue;
        texts.push_back(*text);
        transactions.push_back(std::move(decoded->transaction));
    }
    std::vector<std::expected<Address, TransactionError>> senders(transactions.size());
    recover_senders(transactions, fork, senders);
    senders_.reserve(texts.size());
    for (std::size_t i = 0; i != texts.size(); ++i)
        if (senders[i]) senders_.emplace(texts[i], *senders[i]);
}

std::optional<Address> BatchSenders::find(std::string_view raw) const {
    const auto found = senders_.find(raw);
    if (found == senders_.end()) return std::nullopt;
    return found->second;
}

}  // namespace meta138::rpc
