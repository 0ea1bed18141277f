// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <optional>
#include <span>

namespace meta138::trie {

/// A path in the trie, or a part of one: a nibble (0 to 15) a byte.
using Nibbles = Bytes;
using NibbleView = std::span<const std::uint8_t>;

/// The nibbles of a key, the high half of each byte first.
[[nodiscard]] Nibbles to_nibbles(ByteView key);

/// A partial path as leaf and extension nodes carry it.
struct HexPrefix {
    Nibbles nibbles;
    bool is_leaf = false;

    friend bool operator==(const HexPrefix&, const HexPrefix&) = default;
};

/// The hex-prefix encoding (Yellow Paper appendix C).
[[nodiscard]] Bytes encode_hex_prefix(NibbleView nibbles, bool is_leaf);
/// None unless `encoded` is what encode_hex_prefix makes of some path.
[[nodiscard]] std::optional<HexPrefix> decode_hex_prefix(ByteView encoded);

}  // namespace meta138::trie
