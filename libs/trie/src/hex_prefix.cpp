// SPDX-License-Identifier: Apache-2.0
#include "meta138/trie/hex_prefix.hpp"

#include "path.hpp"

namespace meta138::trie {

Nibbles to_nibbles(ByteView key) {
    Nibbles nibbles(2 * key.size());
    for (std::size_t i = 0; i < nibbles.size(); ++i) nibbles[i] = nibble_at(key, i);
    return nibbles;
}

Bytes encode_hex_prefix(NibbleView nibbles, bool is_leaf) {
    Bytes encoded(hex_prefix_size(nibbles.size()));
    write_hex_prefix(encoded.data(), nibbles, is_leaf);
    return encoded;
}

std::optional<HexPrefix> decode_hex_prefix(ByteView encoded) {
    if (!HexPrefixView::is_valid(encoded)) return std::nullopt;
    const HexPrefixView view{encoded};
    HexPrefix result{.nibbles = Nibbles(view.size()), .is_leaf = view.is_leaf()};
    for (std::size_t i = 0; i < view.size(); ++i) result.nibbles[i] = view[i];
    return result;
}

}  // namespace meta138::trie
