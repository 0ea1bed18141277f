// SPDX-License-Identifier: Apache-2.0
#include "meta138/blockchain/chain.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/execution/execute_block.hpp"
#include "meta138/execution/validate_block.hpp"

namespace meta138::blockchain {
namespace {

using Senders = std::expected<std::vector<Address>, execution::InvalidBlock>;

std::vector<std::optional<Address>> ask(const KnownSenders& known,
                                        std::span<const Transaction> transactions) {
    std::vector<Bytes> encoded;
    encoded.reserve(transactions.size());
    for (const auto& transaction : transactions) encoded.push_back(encode_transaction(transaction));
    const std::vector<ByteView> views{encoded.begin(), encoded.end()};
    std::vector<Hash32> hashes(transactions.size());
    crypto::keccak256_batch(views, hashes);
    std::vector<std::optional<Address>> senders(transactions.size());
    known(hashes, senders);
    return senders;
}

/// Of a proposal under load nearly all are known: 1 us for each in place of 5.
Senders recover_unknown(std::span<const Transaction> transactions, Fork fork, unsigned threads,
                        const KnownSenders& known) {
    const auto found = ask(known, transactions);
    std::vector<Transaction> unknown;
    std::vector<std::size_t> positions;
    for (std::size_t i = 0; i != transactions.size(); ++i) {
        if (found[i]) continue;
        unknown.push_back(transactions[i]);
        positions.push_back(i);
    }
    const auto recovered = execution::recover_senders(unknown, fork, threads);
    if (!recovered) {
        auto fault = recovered.error();
        if (fault.index) fault.index = positions[*fault.index];
        return std::unexpected{fault};
    }
    std::vector<Address> senders;
    senders.reserve(transactions.size());
    std::size_t next = 0;
    for (const auto& sender : found) senders.push_back(sender ? *sender : (*recovered)[next++]);
    return senders;
}

}  // namespace

PreparedBlock::PreparedBlock(Block block, const Consensus& consensus, unsigned threads,
                             const KnownSenders& known)
    : block_{std::move(block)}, hash_{consensus.block_hash(block_.header)} {
    const auto& header = block_.header;
    // What is checked here follows from forks by number or time: no total difficulty needed.
    const auto rules = consensus.rules_at(header.number, header.timestamp, {});
    const auto body = execution::validate_body(block_, encode_block(block_).size(), rules);
    if (!body) {
        fault_ = body.error();
        return;
    }
    auto senders = known ? recover_unknown(block_.transactions, rules.fork, threads, known)
                         : execution::recover_senders(block_.transactions, rules.fork, threads);
    if (senders)
        senders_ = *std::move(senders);
    else
        fault_ = senders.error();
}

}  // namespace meta138::blockchain
