// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/codec/rlp/decode_error.hpp"
#include "meta138/p2p/capability.hpp"

#include <cstdint>
#include <expected>
#include <string_view>

/// snap/1 (devp2p caps/snap.md): its place in the numbering, and answers of a node that serves no
/// state, which the specification allows: empty ones.
namespace meta138::p2p::snap {

inline constexpr std::string_view name = "snap";
inline constexpr std::uint64_t version = 1;
/// As Besu reserves; the specification uses the first eight.
inline constexpr std::uint8_t message_count = 17;

enum class Code : std::uint8_t {
    get_account_range = 0x00,
    account_range = 0x01,
    get_storage_ranges = 0x02,
    storage_ranges = 0x03,
    get_byte_codes = 0x04,
    byte_codes = 0x05,
    get_trie_nodes = 0x06,
    trie_nodes = 0x07,
};

[[nodiscard]] OfferedCapability capability();

/// A request has an even code.
[[nodiscard]] constexpr bool is_request(std::uint8_t code) noexcept {
    return code <= static_cast<std::uint8_t>(Code::get_trie_nodes) && code % 2 == 0;
}

/// What answers a request with "I have none of it"; its code is the request's plus one. An error
/// if the payload is not the list that this request is.
[[nodiscard]] std::expected<Bytes, rlp::DecodeError> empty_answer(Code request, ByteView payload);

}  // namespace meta138::p2p::snap
