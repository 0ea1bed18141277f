// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/assert.hpp"
#include "meta138/base/uint256.hpp"

#include <algorithm>

namespace meta138 {
namespace {

template <typename Word>
std::uint64_t load_big_endian(const std::uint8_t* in) noexcept {
    Word word;
    std::memcpy(&word, in, sizeof word);
    return std::byteswap(word);
}

/// A number of at most 8 bytes, from two loads that may overlap.
std::uint64_t load_short(const std::uint8_t* in, std::size_t size) noexcept {
    if (size >= 4)
        return load_big_endian<std::uint32_t>(in) << 8 * (size - 4) |
               load_big_endian<std::uint32_t>(in + size - 4);
    if (size >= 2)
        return load_big_endian<std::uint16_t>(in) << 8 * (size - 2) |
               load_big_endian<std::uint16_t>(in + size - 2);
    return size == 0 ? 0 : in[0];
}

}  // namespace

uint256 uint256_from_be(ByteView bytes) noexcept {
    META138_ASSERT(bytes.size() <= 32);
    if (bytes.size() <= 8) return load_short(bytes.data(), bytes.size());
    if (bytes.size() == 32) return load_be32(bytes.data());
    uint256 result;
    const auto* end = bytes.data() + bytes.size();
    std::size_t i = 0;
    for (auto rest = bytes.size(); rest != 0; ++i) {
        const auto size = std::min<std::size_t>(rest, 8);
        result.limbs[i] =
            size == 8 ? load_big_endian<std::uint64_t>(end - 8) : load_short(end - size, size);
        end -= size;
        rest -= size;
    }
    return result;
}

Bytes to_minimal_be(const uint256& x) {
    const auto word = to_hash32(x);
    return {word.end() - x.byte_length(), word.end()};
}

}  // namespace meta138
