// SPDX-License-Identifier: Apache-2.0
#include "methods.hpp"

namespace meta138::rpc {

namespace {

RpcResult<MiningControl*> mining_of(const Request& request) {
    if (request.backend.mining == nullptr) return fail(error::method_not_enabled);
    return request.backend.mining;
}

RpcResult<bool> start(const Request& request) {
    TRY_LET(auto* mining, mining_of(request));
    return mining->start();
}

RpcResult<bool> stop(const Request& request) {
    TRY_LET(auto* mining, mining_of(request));
    return mining->stop();
}

RpcResult<Success> change_target_gas_limit(const Request& request, json::Value limit) {
    TRY_LET(auto* mining, mining_of(request));
    const auto wanted = limit.unsigned_integer();
    if (!wanted) return fail(error::invalid_target_gas_limit_params);
    if (!mining->set_target_gas_limit(*wanted))
        return fail(error::target_gas_limit_modification_unsupported);
    return Success{};
}

RpcResult<Quantity> get_min_gas_price(const Request& request) {
    TRY_LET(const auto* mining, mining_of(request));
    return Quantity{mining->min_gas_price()};
}

RpcResult<bool> set_min_gas_price(const Request& request, json::Value price) {
    TRY_LET(auto* mining, mining_of(request));
    const auto wei = uint256_of(price);
    if (!wei) return fail(error::invalid_min_gas_price_params);
    mining->set_min_gas_price(*wei);
    return true;
}

RpcResult<Quantity> get_min_priority_fee(const Request& request) {
    TRY_LET(const auto* mining, mining_of(request));
    return Quantity{mining->min_priority_fee()};
}

RpcResult<bool> set_min_priority_fee(const Request& request, json::Value fee) {
    TRY_LET(auto* mining, mining_of(request));
    const auto wei = uint256_of(fee);
    if (!wei) return fail(error::invalid_min_priority_fee_params);
    mining->set_min_priority_fee(*wei);
    return true;
}

RpcResult<Bytes> get_extra_data(const Request& request) {
    TRY_LET(const auto* mining, mining_of(request));
    return mining->extra_data();
}

RpcResult<bool> set_extra_data(const Request& request, json::Value data) {
    TRY_LET(auto* mining, mining_of(request));
    auto bytes = bytes_of(data);
    if (!bytes || !mining->set_extra_data(*std::move(bytes)))
        return fail(error::invalid_extra_data_params);
    return true;
}

}  // namespace

void add_miner_methods(MethodTable& table) {
    const auto add = [&table](std::string_view name, auto function) {
        table.add(name, Group::miner, Cost::heavy, function);
    };
    add("miner_start", start);
    add("miner_stop", stop);
    add("miner_changeTargetGasLimit", change_target_gas_limit);
    add("miner_getMinGasPrice", get_min_gas_price);
    add("miner_setMinGasPrice", set_min_gas_price);
    add("miner_getMinPriorityFee", get_min_priority_fee);
    add("miner_setMinPriorityFee", set_min_priority_fee);
    add("miner_getExtraData", get_extra_data);
    add("miner_setExtraData", set_extra_data);
    table.add_unavailable("miner_setCoinbase", Group::miner);
    table.add_unavailable("miner_setEtherbase", Group::miner);
}

}  // namespace meta138::rpc
