// SPDX-License-Identifier: Apache-2.0
#include "methods.hpp"
#include "pool_errors.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/types/pooled_transaction.hpp"

namespace meta138::rpc {

namespace {

/// Transactions in one debug_batchSendRawTransaction.
constexpr std::size_t max_raw_transactions = 10'000;

/// Like Besu's decoder we take a signature that cannot be one (0, or not below the group's order)
/// for a mistake in the encoding.
std::optional<PooledTransaction> decode_signed(ByteView raw) {
    auto decoded = decode_pooled_transaction(raw);
    if (!decoded) return std::nullopt;
    const auto is_scalar = [](const uint256& value) {
        return !value.is_zero() && value < crypto::SECP256K1N;
    };
    const auto& transaction = decoded->transaction;
    if (!is_scalar(transaction.r) || !is_scalar(transaction.s)) return std::nullopt;
    return *std::move(decoded);
}

RpcResult<Hash32> send_raw_transaction(const Request& request, Arguments arguments) {
    if (arguments.values.size() != 1) return fail(error::invalid_param_count);
    if (request.backend.pool == nullptr) return fail(error::tx_pool_disabled);
    const auto raw = bytes_of(arguments.values.at(0));
    if (!raw) return fail(error::invalid_params);
    auto decoded = decode_signed(*raw);
    if (!decoded) return fail(error::invalid_params);
    const auto added = request.backend.pool->add(*std::move(decoded), true);
    if (!added) return std::unexpected{to_rpc_error(added.error())};
    return (*added)->hash;
}

RpcResult<Hash32> send_transaction(const Request&) {
    return fail(error::eth_send_tx_not_available);
}

/// Why one of several was refused; none: it is in the pool.
std::optional<std::string> add_raw(const Request& request, json::Value value) {
    const auto raw = bytes_of(value);
    if (!raw || raw->empty()) return "Invalid raw transaction hex";
    auto decoded = decode_signed(*raw);
    if (!decoded) return "Invalid RLP in raw transaction hex";
    const auto added = request.backend.pool->add(*std::move(decoded), true);
    if (!added) return std::string{txpool::name_of(added.error())};
    return std::nullopt;
}

RpcResult<void> batch_send_raw_transaction(const Request& request, Arguments arguments,
                                           json::Writer& out) {
    if (request.backend.pool == nullptr) return fail(error::tx_pool_disabled);
    std::uint64_t index = 0;
    out.open_array();
    for (const auto value : arguments.values.elements()) {
        if (index == max_raw_transactions) return fail(error::invalid_param_count);
        const auto refusal = add_raw(request, value);
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
