// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/types/fork.hpp"
#include "meta138/types/transaction.hpp"

#include <cstdint>

namespace meta138 {

/// EIP-170: bytes of a contract's code, at most.
inline constexpr std::uint64_t MAX_CODE_SIZE = 0x6000;
/// EIP-3860: bytes of init code, at most.
inline constexpr std::uint64_t MAX_INITCODE_SIZE = 2 * MAX_CODE_SIZE;
/// EIP-3860: gas for each 32 bytes of init code.
inline constexpr std::uint64_t INITCODE_WORD_COST = 2;
/// EIP-7702: charged for each authorization; a part comes back when the authority exists.
inline constexpr std::uint64_t PER_EMPTY_ACCOUNT_COST = 25000;
/// EIP-7702: what remains of PER_EMPTY_ACCOUNT_COST when the authority exists.
inline constexpr std::uint64_t PER_AUTH_BASE_COST = 12500;
/// EIP-7825: the gas limit of a transaction, at most, from Osaka on.
inline constexpr std::uint64_t TX_MAX_GAS_LIMIT = 1 << 24;

/// What a transaction costs before its first instruction: Yellow Paper 6.2 with EIP-2, EIP-2028,
/// EIP-2930, EIP-3860 and EIP-7702 as `fork` has them.
[[nodiscard]] std::uint64_t intrinsic_gas(const Transaction& transaction, Fork fork) noexcept;

/// EIP-7623: what a transaction costs at least, by its data. Prague and later.
[[nodiscard]] std::uint64_t floor_data_gas(const Transaction& transaction) noexcept;

}  // namespace meta138
