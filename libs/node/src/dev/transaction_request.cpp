// SPDX-License-Identifier: Apache-2.0
#include "dev/transaction_request.hpp"

#include "pool_feed.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/json/writer.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace meta138::node {
namespace {

using rpc::Request;
using rpc::RpcResult;

constexpr std::uint64_t default_tip = 1'000'000'000;  // wei

/// A member that may be missing, but not wrong.
template <typename T>
RpcResult<std::optional<T>> member(json::Value object, std::string_view name) {
    return rpc::Parameter<std::optional<T>>::decode(object.find(name));
}

RpcResult<AccessList> decode_access_list(json::Value value) {
    AccessList list;
    for (const auto entry : value.elements()) {
        TRY_LET(const auto address, rpc::Parameter<Address>::decode(entry.find("address")));
        TRY_LET(auto keys, rpc::Parameter<std::vector<Hash32>>::decode(entry.find("storageKeys")));
        list.push_back({address, std::move(keys)});
    }
    return list;
}

RpcResult<void> fill_fees(const Request& request, json::Value call, Transaction& transaction) {
    TRY_LET(const auto gas_price, member<uint256>(call, "gasPrice"));
    TRY_LET(const auto max_fee, member<uint256>(call, "maxFeePerGas"));
    TRY_LET(const auto tip, member<uint256>(call, "maxPriorityFeePerGas"));
    const auto head = pool_head_of(*request.view);
    if (gas_price && !max_fee && !tip) {
        transaction.type = call.find("accessList").is_array() ? TransactionType::access_list
                                                              : TransactionType::legacy;
        transaction.max_fee_per_gas = *gas_price;
        transaction.max_priority_fee_per_gas = *gas_price;
        return {};
    }
    transaction.type = TransactionType::dynamic_fee;
    transaction.max_priority_fee_per_gas =
        tip.value_or(max_fee ? std::min(*max_fee, uint256{default_tip}) : uint256{default_tip});
    transaction.max_fee_per_gas =
        max_fee.value_or(head.next_base_fee * uint256{2} + transaction.max_priority_fee_per_gas);
    return {};
}

std::uint64_t next_nonce(const Request& request, const Address& sender) {
    if (const auto nonce = request.backend.pool->pending_nonce(sender)) return *nonce;
    return accounts_of(request.view)->account(sender).nonce;
}

}  // namespace

TransactionFiller::TransactionFiller(const rpc::MethodTable& table) {
    if (const auto* method = table.find("eth_estimateGas")) estimate_gas_ = method->call;
}

RpcResult<FilledTransaction> TransactionFiller::fill(const Request& request,
                                                     json::Value call) const {
    if (!call.is_object()) return rpc::fail(rpc::error::invalid_transaction_params);
    FilledTransaction filled;
    auto& transaction = filled.transaction;
    TRY_LET(filled.sender, rpc::Parameter<Address>::decode(call.find("from")));
    TRY_LET(transaction.to, member<Address>(call, "to"));
    TRY_LET(const auto value, member<uint256>(call, "value"));
    TRY_LET(auto input, member<Bytes>(call, "input"));
    TRY_LET(auto data, member<Bytes>(call, "data"));
    TRY_LET(const auto nonce, member<std::uint64_t>(call, "nonce"));
    TRY_LET(const auto gas, member<std::uint64_t>(call, "gas"));
    TRY_LET(const auto gas_limit, member<std::uint64_t>(call, "gasLimit"));
    TRY_LET(transaction.access_list, decode_access_list(call.find("accessList")));
    TRY(fill_fees(request, call, transaction));
    transaction.chain_id = request.view->genesis().schedule.chain_id;
    transaction.value = value.value_or(uint256{});
    transaction.data = input ? std::move(*input) : std::move(data).value_or(Bytes{});
    transaction.nonce = nonce.value_or(next_nonce(request, filled.sender));
    if (gas || gas_limit) {
        transaction.gas_limit = gas ? *gas : *gas_limit;
    } else {
        TRY_LET(transaction.gas_limit, estimate(request, filled));
    }
    return filled;
}

RpcResult<std::uint64_t> TransactionFiller::estimate(const Request& request,
                                                     const FilledTransaction& call) const {
    if (!estimate_gas_) return rpc::fail(rpc::error::method_not_enabled);
    std::string parameters;
    json::Writer out{parameters};
    out.open_array().open_object();
    out.key("from").hex(call.sender.bytes);
    if (call.transaction.to) out.key("to").hex(call.transaction.to->bytes);
    out.key("value").quantity(call.transaction.value);
    out.key("data").hex(call.transaction.data);
    out.close_object().close_array();
    // A parser of its own: that of the thread holds the request.
    json::Parser parser;
    const auto parsed = parser.parse(parameters);
    if (!parsed) return rpc::fail(rpc::error::internal_error);
    std::string result;
    json::Writer answer{result};
    TRY(estimate_gas_(request, *parsed, answer));
    const auto gas = parse_quantity(std::string_view{result}.substr(1, result.size() - 2));
    if (!gas || !gas->fits_uint64()) return rpc::fail(rpc::error::internal_error);
    // What runs next is another block, with other prices of storage perhaps.
    return std::min(gas->low64() + gas->low64() / 10, request.view->head().header.gas_limit);
}

}  // namespace meta138::node
