// SPDX-License-Identifier: Apache-2.0
#include "meta138/oracle/fees.hpp"

#include <algorithm>

namespace meta138::oracle {
namespace {

// Fees above 2^128 wei do not exist; clamping keeps the products below 2^256.
uint256 clamped(const uint256& fee) {
    return std::min(fee, uint256{1} << 128);
}

uint256 raised(const uint256& fee, unsigned percent) {
    const auto scaled = (clamped(fee) * (100 + percent) + 99) / 100;
    return std::max(scaled, fee + 1);
}

}  // namespace

Fees initial_fees(const FeeSettings& settings, const FeeMarket& market) {
    const auto cap = clamped(settings.max_fee_per_gas_cap);
    const auto priority = std::min(clamped(settings.max_priority_fee_per_gas),
                                   clamped(market.suggested_priority_fee_per_gas));
    const auto fee = std::min(clamped(market.base_fee_per_gas) * 2 + priority, cap);
    return {.max_fee_per_gas = fee, .max_priority_fee_per_gas = std::min(priority, fee)};
}

std::optional<Fees> bumped_fees(const FeeSettings& settings, const FeeMarket& market,
                                const Fees& previous) {
    const auto cap = clamped(settings.max_fee_per_gas_cap);
    const auto now = initial_fees(settings, market);
    const auto least_fee = raised(previous.max_fee_per_gas, settings.bump_percent);
    const auto least_priority = raised(previous.max_priority_fee_per_gas, settings.bump_percent);
    if (least_fee > cap) return std::nullopt;
    const auto fee = std::max(least_fee, now.max_fee_per_gas);
    if (least_priority > fee) return std::nullopt;
    return Fees{.max_fee_per_gas = fee,
                .max_priority_fee_per_gas =
                    std::min(fee, std::max(least_priority, now.max_priority_fee_per_gas))};
}

}  // namespace meta138::oracle
