// SPDX-License-Identifier: Apache-2.0
#include "fee_history.hpp"
#include "gas_price_oracle.hpp"
#include "methods.hpp"
#include "next_block.hpp"

#include <algorithm>
#include <memory>

namespace meta138::rpc {

namespace {

RpcResult<Quantity> get_base_fee(const Request& request) {
    return Quantity{next_base_fee(*request.view).value_or(uint256{})};
}

RpcResult<Quantity> get_blob_base_fee(const Request& request) {
    return Quantity{next_blob_base_fee(*request.view).value_or(uint256{})};
}

uint256 min_gas_price(const Request& request) {
    return request.backend.mining != nullptr ? request.backend.mining->min_gas_price() : uint256{};
}

uint256 min_priority_fee(const Request& request) {
    return request.backend.mining != nullptr ? request.backend.mining->min_priority_fee()
                                             : uint256{};
}

/// --api-gas-and-priority-fee-limiting-enabled: between so many percent of the lower bound.
uint256 limit(const Request& request, const uint256& price, const uint256& base) {
    const auto& settings = request.settings;
    if (!settings.limit_gas_and_priority_fee) return price;
    const auto percent = [&](std::uint64_t coefficient) {
        const auto product = checked_mul(base, coefficient);
        return product ? *product / 100 : uint256::max();
    };
    return std::min(std::max(price, percent(settings.gas_and_priority_fee_lower_bound)),
                    percent(settings.gas_and_priority_fee_upper_bound));
}

/// Besu BlockchainQueries.gasPrice.
Quantity gas_price(const Request& request, GasPriceOracle& oracle) {
    const auto base_fee = next_base_fee(*request.view).value_or(uint256{});
    const auto lower_bound = std::max(min_gas_price(request), base_fee);
    const auto sample = oracle.gas_price(*request.view, request.settings);
    if (!sample) return Quantity{lower_bound};
    const auto price = std::max(lower_bound, std::min(*sample, request.settings.gas_price_max));
    return Quantity{limit(request, price, lower_bound)};
}

Quantity priority_fee(const Request& request, GasPriceOracle& oracle) {
    const auto floor = min_priority_fee(request);
    const auto sample = oracle.priority_fee(*request.view, request.settings);
    return Quantity{limit(request, std::max(floor, sample.value_or(floor)), floor)};
}

}  // namespace

void add_fee_methods(MethodTable& table) {
    const auto oracle = std::make_shared<GasPriceOracle>();
    table.add("eth_baseFee", Group::eth, Cost::cheap, get_base_fee);
    table.add("eth_blobBaseFee", Group::eth, Cost::cheap, get_blob_base_fee);
    table.add("eth_gasPrice", Group::eth, Cost::heavy,
              [oracle](const Request& request) -> RpcResult<Quantity> {
                  return gas_price(request, *oracle);
              });
    table.add("eth_maxPriorityFeePerGas", Group::eth, Cost::heavy,
              [oracle](const Request& request) -> RpcResult<Quantity> {
                  return priority_fee(request, *oracle);
              });
    table.add("eth_feeHistory", Group::eth, Cost::heavy, write_fee_history);
}

}  // namespace meta138::rpc
