// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/uint256.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/fork.hpp"
#include "meta138/types/transaction.hpp"

#include <cstdint>

namespace meta138 {

inline constexpr std::uint64_t GAS_PER_BLOB = 1 << 17;         ///< EIP-4844
inline constexpr std::uint64_t MIN_BASE_FEE_PER_BLOB_GAS = 1;  ///< EIP-4844, in wei
inline constexpr std::uint64_t BLOB_BASE_COST = 1 << 13;       ///< EIP-7918

/// factor * e^(numerator / denominator) by its Taylor series (EIP-4844). Where that times the
/// denominator is 2^256 or more, which no chain reaches, the largest uint256. `denominator` is not
/// zero.
[[nodiscard]] uint256 fake_exponential(std::uint64_t factor, std::uint64_t numerator,
                                       std::uint64_t denominator) noexcept;

/// The price of blob gas in wei in a block with that excess (EIP-4844; execution-specs
/// calculate_blob_gas_price).
[[nodiscard]] uint256 blob_base_fee(std::uint64_t excess_blob_gas,
                                    const BlobParameters& parameters) noexcept;

/// Header.excess_blob_gas of a child of `parent` (EIP-4844, EIP-7691; EIP-7918 from Osaka on),
/// under the child's `fork` and `parameters`. A parent from before Cancun counts as one without
/// blobs.
[[nodiscard]] std::uint64_t calc_excess_blob_gas(const Header& parent, Fork fork,
                                                 const BlobParameters& parameters) noexcept;

/// The blob gas of a transaction: GAS_PER_BLOB for each of its blobs.
[[nodiscard]] inline std::uint64_t blob_gas(const Transaction& transaction) noexcept {
    return transaction.blob_versioned_hashes.size() * GAS_PER_BLOB;
}

}  // namespace meta138
