// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/blob_gas.hpp"

#include "meta138/base/assert.hpp"

#include <limits>

namespace meta138 {
namespace {

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) noexcept {
    std::uint64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::uint64_t>::max() : sum;
}

}  // namespace

uint256 fake_exponential(std::uint64_t factor, std::uint64_t numerator,
                         std::uint64_t denominator) noexcept {
    META138_ASSERT(denominator != 0);
    uint256 output;
    auto accumulator = uint256{factor} * denominator;
    for (std::uint64_t i = 1; !accumulator.is_zero(); ++i) {
        const auto sum = checked_add(output, accumulator);
        const auto next = umul(accumulator, numerator) / (uint256{denominator} * i);
        if (!sum || !next.high().is_zero()) return uint256::max();
        output = *sum;
        accumulator = next.low();
    }
    return output / denominator;
}

uint256 blob_base_fee(std::uint64_t excess_blob_gas, const BlobParameters& parameters) noexcept {
    return fake_exponential(MIN_BASE_FEE_PER_BLOB_GAS, excess_blob_gas,
                            parameters.base_fee_update_fraction);
}

std::uint64_t calc_excess_blob_gas(const Header& parent, Fork fork,
                                   const BlobParameters& parameters) noexcept {
    const auto excess = parent.excess_blob_gas.value_or(0);
    const auto used = parent.blob_gas_used.value_or(0);
    const auto target = parameters.target * GAS_PER_BLOB;
    const auto total = saturating_add(excess, used);
    if (total < target) return 0;
    if (fork >= Fork::osaka) {
        // EIP-7918: while executing a blob transaction costs more than its blobs, the price does
        // not fall.
        const auto reserve = uint256{BLOB_BASE_COST} * parent.base_fee_per_gas.value_or(uint256{});
        const auto price = uint256{GAS_PER_BLOB} * blob_base_fee(excess, parameters);
        if (reserve > price) {
            const auto growth =
                uint256{used} * (parameters.max - parameters.target) / uint256{parameters.max};
            return saturating_add(excess, growth.low64());
        }
    }
    return total - target;
}

}  // namespace meta138
