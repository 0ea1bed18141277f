// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/blake2f.hpp"

#include <bit>
#include <cstddef>
#include <utility>

namespace meta138::crypto {
namespace {

constexpr std::array<std::uint64_t, 8> initial_vector = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

/// RFC 7693 section 2.7: the order in which a round takes the words of the message.
constexpr std::array<std::array<std::uint8_t, 16>, 10> sigma = {{
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
}};

using Block = std::array<std::uint64_t, 16>;

[[gnu::always_inline]] inline void mix(std::uint64_t& a, std::uint64_t& b, std::uint64_t& c,
                                       std::uint64_t& d, std::uint64_t x,
                                       std::uint64_t y) noexcept {
    // What does not wait for b comes first: the chain of additions and rotations is the bottleneck.
    a = (a + x) + b;
    d = std::rotr(d ^ a, 32);
    c = c + d;
    b = std::rotr(b ^ c, 24);
    a = (a + y) + b;
    d = std::rotr(d ^ a, 16);
    c = c + d;
    b = std::rotr(b ^ c, 63);
}

/// With the row known to the compiler, the words of the message are operands at fixed addresses.
template <std::size_t row>
[[gnu::always_inline]] inline void apply_round(Block& v, const Block& m) noexcept {
    constexpr auto& s = sigma[row];
    mix(v[0], v[4], v[8], v[12], m[s[0]], m[s[1]]);
    mix(v[1], v[5], v[9], v[13], m[s[2]], m[s[3]]);
    mix(v[2], v[6], v[10], v[14], m[s[4]], m[s[5]]);
    mix(v[3], v[7], v[11], v[15], m[s[6]], m[s[7]]);
    mix(v[0], v[5], v[10], v[15], m[s[8]], m[s[9]]);
    mix(v[1], v[6], v[11], v[12], m[s[10]], m[s[11]]);
    mix(v[2], v[7], v[8], v[13], m[s[12]], m[s[13]]);
    mix(v[3], v[4], v[9], v[14], m[s[14]], m[s[15]]);
}

/// Rounds 0 to count - 1 of a cycle of ten.
template <std::size_t... row>
[[gnu::always_inline]] inline void apply_rounds(Block& v, const Block& m, std::uint32_t count,
                                                std::index_sequence<row...>) noexcept {
    ((row < count ? apply_round<row>(v, m) : void()), ...);
}

}  // namespace

void blake2f(std::uint32_t rounds, std::array<std::uint64_t, 8>& h,
             const std::array<std::uint64_t, 16>& m, const std::array<std::uint64_t, 2>& t,
             bool final_block) noexcept {
    Block v;
    for (std::size_t i = 0; i < 8; ++i) {
        v[i] = h[i];
        v[i + 8] = initial_vector[i];
    }
    v[12] ^= t[0];
    v[13] ^= t[1];
    if (final_block) v[14] = ~v[14];

    constexpr std::uint32_t cycle_length = sigma.size();
    constexpr auto cycle = std::make_index_sequence<cycle_length>{};
    for (; rounds >= cycle_length; rounds -= cycle_length) apply_rounds(v, m, cycle_length, cycle);
    apply_rounds(v, m, rounds, cycle);
    for (std::size_t i = 0; i < 8; ++i) h[i] ^= v[i] ^ v[i + 8];
}

}  // namespace meta138::crypto
