// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/hex.hpp"
#include "meta138/base/uint256.hpp"

#include <cstdint>

namespace meta138 {

/// keccak256 of no bytes: the code hash of an account without code.
inline constexpr Hash32 EMPTY_CODE_HASH = literals::operator""_hash32(
    "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470", 66);
/// The root of a trie without entries: keccak256(rlp("")).
inline constexpr Hash32 EMPTY_TRIE_ROOT = literals::operator""_hash32(
    "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421", 66);
/// keccak256(rlp([])): the ommers hash of a block without ommers.
inline constexpr Hash32 EMPTY_OMMERS_HASH = literals::operator""_hash32(
    "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347", 66);

/// An account's leaf in the state trie, without its storage (Yellow Paper 4.1).
struct Account {
    std::uint64_t nonce = 0;
    uint256 balance;  ///< In wei.
    Hash32 code_hash = EMPTY_CODE_HASH;

    /// EIP-161: neither nonce nor balance nor code.
    [[nodiscard]] bool is_empty() const noexcept {
        return nonce == 0 && balance == uint256{} && code_hash == EMPTY_CODE_HASH;
    }

    friend bool operator==(const Account&, const Account&) = default;
};

}  // namespace meta138
