// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/ripemd160.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

namespace meta138::crypto {
namespace {

using Words = std::array<std::uint32_t, 5>;
using Table = std::array<std::uint8_t, 80>;

constexpr std::size_t block_size = 64;

constexpr Words initial_state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};

// Which word of the message each of the 80 steps adds, and how far it rotates; in the left line and
// in the right one.
constexpr Table left_word = {
    0, 1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15,  //
    7, 4,  13, 1,  10, 6,  15, 3,  12, 0, 9,  5,  2,  14, 11, 8,   //
    3, 10, 14, 4,  9,  15, 8,  1,  2,  7, 0,  6,  13, 11, 5,  12,  //
    1, 9,  11, 10, 0,  8,  12, 4,  13, 3, 7,  15, 14, 5,  6,  2,   //
    4, 0,  5,  9,  7,  12, 2,  10, 14, 1, 3,  8,  11, 6,  15, 13,
};
constexpr Table right_word = {
    5,  14, 7,  0, 9, 2,  11, 4,  13, 6,  15, 8,  1,  10, 3,  12,  //
    6,  11, 3,  7, 0, 13, 5,  10, 14, 15, 8,  12, 4,  9,  1,  2,   //
    15, 5,  1,  3, 7, 14, 6,  9,  11, 8,  12, 2,  10, 0,  4,  13,  //
    8,  6,  4,  1, 3, 11, 15, 0,  5,  12, 2,  13, 9,  7,  10, 14,  //
    12, 15, 10, 4, 1, 5,  8,  7,  6,  2,  13, 14, 0,  3,  9,  11,
};
constexpr Table left_rotation = {
    11, 14, 15, 12, 5,  8,  7,  9,  11, 13, 14, 15, 6,  7,  9,  8,   //
    7,  6,  8,  13, 11, 9,  7,  15, 7,  12, 15, 9,  11, 7,  13, 12,  //
    11, 13, 6,  7,  14, 9,  13, 15, 14, 8,  13, 6,  5,  12, 7,  5,   //
    11, 12, 14, 15, 14, 15, 9,  8,  9,  14, 5,  6,  8,  6,  5,  12,  //
    9,  15, 5,  11, 6,  8,  13, 12, 5,  12, 13, 14, 11, 8,  5,  6,
};
constexpr Table right_rotation = {
    8,  9,  9,  11, 13, 15, 15, 5,  7,  7,  8,  11, 14, 14, 12, 6,   //
    9,  13, 15, 7,  12, 8,  9,  11, 7,  7,  12, 7,  6,  15, 13, 11,  //
    9,  7,  15, 11, 8,  6,  6,  14, 12, 13, 5,  14, 13, 13, 7,  5,   //
    15, 5,  8,  11, 14, 14, 6,  14, 6,  9,  12, 9,  12, 5,  15, 8,   //
    8,  5,  12, 9,  12, 5,  14, 6,  8,  13, 6,  5,  15, 13, 11, 11,
};
constexpr Words left_constant = {0, 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xa953fd4e};
constexpr Words right_constant = {0x50a28be6, 0x5c4dd124, 0x6d703ef3, 0x7a6d76e9, 0};

template <std::size_t function>
[[gnu::always_inline]] inline std::uint32_t mix(std::uint32_t x, std::uint32_t y,
                                                std::uint32_t z) noexcept {
    if constexpr (function == 0) return x ^ y ^ z;
    if constexpr (function == 1) return (x & y) | (~x & z);
    if constexpr (function == 2) return (x | ~y) ^ z;
    if constexpr (function == 3) return (x & z) | (y & ~z);
    if constexpr (function == 4) return x ^ (y | ~z);
}

/// One step, with the five words left where they are: the step's number says which plays which
/// part.
template <std::size_t step, std::size_t function>
[[gnu::always_inline]] inline void apply_step(Words& v, std::uint32_t word, std::uint32_t constant,
                                              int rotation) noexcept {
    constexpr std::size_t first = (80 - step) % 5;
    std::uint32_t& a = v[first];
    const std::uint32_t b = v[(first + 1) % 5];
    std::uint32_t& c = v[(first + 2) % 5];
    const std::uint32_t d = v[(first + 3) % 5];
    const std::uint32_t e = v[(first + 4) % 5];
    a = std::rotl(a + mix<function>(b, c, d) + word + constant, rotation) + e;
    c = std::rotl(c, 10);
}

template <std::size_t... step>
[[gnu::always_inline]] inline void apply_steps(Words& left, Words& right,
                                               const std::array<std::uint32_t, 16>& x,
                                               std::index_sequence<step...>) noexcept {
    ((apply_step<step, step / 16>(left, x[left_word[step]], left_constant[step / 16],
                                  left_rotation[step]),
      apply_step<step, 4 - step / 16>(right, x[right_word[step]], right_constant[step / 16],
                                      right_rotation[step])),
     ...);
}

void compress(Words& state, const std::uint8_t* block) noexcept {
    static_assert(std::endian::native == std::endian::little);
    std::array<std::uint32_t, 16> x;
    std::memcpy(x.data(), block, block_size);
    Words left = state;
    Words right = state;
    apply_steps(left, right, x, std::make_index_sequence<80>{});
    state = {state[1] + left[2] + right[3], state[2] + left[3] + right[4],
             state[3] + left[4] + right[0], state[4] + left[0] + right[1],
             state[0] + left[1] + right[2]};
}

}  // namespace

FixedBytes<20> ripemd160(ByteView input) noexcept {
    Words state = initial_state;
    const auto blocks = input.size() / block_size;
    const auto left = input.size() % block_size;
    for (std::size_t i = 0; i < blocks; ++i) compress(state, input.data() + i * block_size);

    // MD4's padding: a one bit, zeros, the length in bits as a little-endian word.
    std::uint8_t tail[2 * block_size] = {};
    std::copy_n(input.data() + blocks * block_size, left, tail);
    tail[left] = 0x80;
    const std::size_t tail_size = left < block_size - 8 ? block_size : 2 * block_size;
    const std::uint64_t bits = std::uint64_t{input.size()} * 8;
    std::memcpy(tail + tail_size - 8, &bits, sizeof bits);
    for (std::size_t at = 0; at < tail_size; at += block_size) compress(state, tail + at);

    FixedBytes<20> digest;
    std::memcpy(digest.data(), state.data(), digest.size());
    return digest;
}

}  // namespace meta138::crypto
