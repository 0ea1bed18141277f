// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/hex.hpp"

#include <cstdint>
#include <span>

namespace meta138 {

// EIP-7685 request types.
inline constexpr std::uint8_t DEPOSIT_REQUEST_TYPE = 0x00;        ///< EIP-6110
inline constexpr std::uint8_t WITHDRAWAL_REQUEST_TYPE = 0x01;     ///< EIP-7002
inline constexpr std::uint8_t CONSOLIDATION_REQUEST_TYPE = 0x02;  ///< EIP-7251

/// Header.requests_hash (EIP-7685): sha256 of the sha256 of each of `requests`, in order. A request
/// is its type's byte and its data; those without data do not count.
Hash32 requests_hash(std::span<const Bytes> requests);

/// requests_hash of none: sha256 of no bytes.
inline constexpr Hash32 EMPTY_REQUESTS_HASH = literals::operator""_hash32(
    "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 66);

}  // namespace meta138
