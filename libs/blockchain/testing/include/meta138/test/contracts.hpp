// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"

namespace meta138::test {

// Small contracts with the storage accesses, logs and arithmetic of those that fill real blocks.

/// ERC-20's transfer and transferFrom. Balances: mapping at slot 0; allowances: at slot 1.
[[nodiscard]] Bytes token_code();
[[nodiscard]] uint256 balance_slot(const Address& owner);
[[nodiscard]] uint256 allowance_slot(const Address& owner, const Address& spender);
[[nodiscard]] Bytes transfer_call(const Address& to, const uint256& amount);

/// A pair of two tokens at a constant product, with the fee of 0.3 % and the lock of Uniswap v2:
/// takes `amount` of one token from the caller and pays the other.
[[nodiscard]] Bytes pair_code();
inline constexpr std::uint64_t pair_reserves_slot = 0;  ///< Token 1's in the upper half.
inline constexpr std::uint64_t pair_token0_slot = 1;
inline constexpr std::uint64_t pair_token1_slot = 2;
inline constexpr std::uint64_t pair_unlocked_slot = 5;
/// `direction` 0 pays token 0 in, 1 token 1.
[[nodiscard]] Bytes swap_call(const uint256& amount, unsigned direction);

}  // namespace meta138::test
