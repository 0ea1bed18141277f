// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/assert.hpp"
#include "meta138/base/bytes.hpp"
#include "meta138/trie/trie.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace meta138::trie {

inline std::uint8_t nibble_at(ByteView packed, std::size_t i) noexcept {
    const std::uint8_t byte = packed[i / 2];
    return i % 2 == 0 ? byte >> 4 : byte & 0x0f;
}

/// Bytes of the hex-prefix encoding of so many nibbles.
constexpr std::size_t hex_prefix_size(std::size_t nibbles) noexcept {
    return 1 + nibbles / 2;
}

/// A path in its hex-prefix encoding, read in place.
class HexPrefixView {
public:
    explicit HexPrefixView(ByteView encoded) noexcept : encoded_{encoded} {}

    /// Flag nibble 0 to 3, and no stray bits beside the flag of an even path.
    static bool is_valid(ByteView encoded) noexcept {
        if (encoded.empty() || encoded[0] >= 0x40) return false;
        return (encoded[0] & 0x10) != 0 || (encoded[0] & 0x0f) == 0;
    }

    [[nodiscard]] bool is_leaf() const noexcept { return (encoded_[0] & 0x20) != 0; }
    [[nodiscard]] std::size_t size() const noexcept { return 2 * encoded_.size() - skip(); }
    [[nodiscard]] std::uint8_t operator[](std::size_t i) const noexcept {
        return nibble_at(encoded_, i + skip());
    }

private:
    [[nodiscard]] std::size_t skip() const noexcept { return (encoded_[0] & 0x10) != 0 ? 1 : 2; }

    ByteView encoded_;
};

/// Writes hex_prefix_size(nibbles.size()) bytes.
inline void write_hex_prefix(std::uint8_t* out, NibbleView nibbles, bool is_leaf) noexcept {
    const std::uint8_t flag = is_leaf ? 0x20 : 0;
    std::size_t i = nibbles.size() % 2;
    *out++ = static_cast<std::uint8_t>(i == 0 ? flag : flag | 0x10 | nibbles[0]);
    for (; i < nibbles.size(); i += 2)
        *out++ = static_cast<std::uint8_t>(nibbles[i] << 4 | nibbles[i + 1]);
}

/// Writes the leaf path of what follows the first `depth` nibbles of a key. The end of a key is the
/// end of a byte, so whole bytes are copied.
inline void write_leaf_path(std::uint8_t* out, ByteView key, std::size_t depth) noexcept {
    const std::size_t odd = depth % 2;
    *out = static_cast<std::uint8_t>(odd == 0 ? 0x20 : 0x30 | (key[depth / 2] & 0x0f));
    const auto tail = key.subspan((depth + odd) / 2);
    if (!tail.empty()) std::memcpy(out + 1, tail.data(), tail.size());
}

/// Whether a leaf's path is what follows the first `depth` nibbles of a key.
inline bool is_leaf_path(ByteView encoded, ByteView key, std::size_t depth) noexcept {
    const std::size_t odd = depth % 2;
    const auto tail = key.subspan(std::min((depth + odd) / 2, key.size()));
    if (encoded.size() != tail.size() + 1) return false;
    if (odd == 0 ? (encoded[0] & 0x10) != 0 : encoded[0] != (0x30 | (key[depth / 2] & 0x0f)))
        return false;
    return equal(encoded.subspan(1), tail);
}

/// The nibbles that a path and a key, from `depth` on, have in common.
inline std::size_t common_nibbles(HexPrefixView path, ByteView key, std::size_t depth) noexcept {
    const std::size_t limit = std::min(path.size(), 2 * key.size() - depth);
    std::size_t i = 0;
    while (i < limit && path[i] == nibble_at(key, depth + i)) ++i;
    return i;
}

/// Nibbles in a buffer that is large enough for every key.
class PathBuffer {
public:
    PathBuffer() noexcept = default;
    /// The first `depth` nibbles of a key.
    PathBuffer(ByteView key, std::size_t depth) noexcept {
        for (std::size_t i = 0; i < depth; ++i) push(nibble_at(key, i));
    }

    PathBuffer& push(std::uint8_t nibble) noexcept {
        META138_ASSERT(size_ < nibbles_.size());
        nibbles_[size_++] = nibble;
        return *this;
    }
    PathBuffer& append(HexPrefixView path, std::size_t from = 0) noexcept {
        for (std::size_t i = from; i < path.size(); ++i) push(path[i]);
        return *this;
    }
    void resize(std::size_t size) noexcept { size_ = size; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] NibbleView view() const noexcept { return NibbleView{nibbles_}.first(size_); }

private:
    std::array<std::uint8_t, 2 * max_key_size> nibbles_;
    std::size_t size_ = 0;
};

}  // namespace meta138::trie
