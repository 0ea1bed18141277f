// SPDX-License-Identifier: Apache-2.0
#include "batch_senders.hpp"
#include "methods.hpp"
#include "pool_errors.hpp"

#include "meta138/types/pooled_transaction.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace meta138::rpc {

namespace {

/// Transactions in one debug_batchSendRawTransaction.
constexpr std::size_t max_raw_transactions = 10'000;

/// Of one of several that came together.
std::optional<Address> find_batch_sender(const Request& request, json::Value raw) {
    if (request.batch_senders == nullptr) return std::nullopt;
    return request.batch_senders->find(raw.string().value_or(""));
}

RpcResult<Hash32> send_raw_transaction(const Request& request, Arguments arguments) {
    if (arguments.values.size() != 1) return fail(error::invalid_param_count);
    if (request.backend.pool == nullptr) return fail(error::tx_pool_disabled);
    const auto raw = bytes_of(arguments.values.at(0));
    if (!raw) return fail(error::invalid_params);
    auto decoded = decode_raw_transaction(*raw);
    if (!decoded) return fail(error::invalid_params);
    auto& pool = *request.backend.pool;
    const auto sender = find_batch_sender(request, arguments.values.at(0));
    const auto added =
        sender ? pool.add(*std::move(decoded), *sender, true) : pool.add(*std::move(decoded), true);
    if (!added) return std::unexpected{to_rpc_error(added.error())};
    return (*added)->hash;
}

RpcResult<Hash32> send_transaction(const Request&) {
    return fail(error::eth_send_tx_not_available);
}

/// Why each was refused; none: it is in the pool.
std::vector<std::optional<std::string>> add_raw_transactions(txpool::SharedPool& pool,
                                                             json::Value raw_transactions) {
    std::vector<std::optional<std::string>> refusals;
    std::vector<PooledTransaction> transactions;
    std::vector<std::size_t> positions;
    for (const auto value : raw_transactions.elements()) {
        auto& refusal = refusals.emplace_back();
        const auto raw = bytes_of(value);
        auto decoded = raw ? decode_raw_transaction(*raw) : std::nullopt;
        if (!raw || raw->empty()) {
            refusal = "Invalid raw transaction hex";
        } else if (!decoded) {
            refusal = "Invalid RLP in raw transaction hex";
        } else {
            positions.push_back(refusals.size() - 1);
            transactions.push_back(*std::move(decoded));
        }
    }
    const auto added = pool.add(std::move(transactions), true);
    for (std::size_t i = 0; i != added.size(); ++i)
        if (!added[i]) refusals[positions[i]] = txpool::name_of(added[i].error());
    return refusals;
}

RpcResult<void> batch_send_raw_transaction(const Request& request, Arguments arguments,
                                           json::Writer& out) {
    if (request.backend.pool == nullptr) return fail(error::tx_pool_disabled);
    if (arguments.values.size() > max_raw_transactions) return fail(error::invalid_param_count);
    std::uint64_t index = 0;
    out.open_array();
    for (const auto& refusal : add_raw_transactions(*request.backend.pool, arguments.values)) {
        out.open_object();
        out.key("index").number(index++);
        out.key("success").boolean(!refusal);
        if (refusal) out.key("errorMessage").string(*refusal);
        out.close_object();
    }
    out.close_array();
    return {};
}

}  // namespace

void add_submission_methods(MethodTable& table) {
    // Recovery of the sender takes tens of microseconds; what is large (blobs) is heavy by its
    // size.
    table.add("eth_sendRawTransaction", Group::eth, Cost::cheap, send_raw_transaction);
    table.add("eth_sendTransaction", Group::eth, Cost::cheap, send_transaction);
    table.add("debug_batchSendRawTransaction", Group::debug, Cost::heavy,
              batch_send_raw_transaction);
}

}  // namespace meta138::rpc
