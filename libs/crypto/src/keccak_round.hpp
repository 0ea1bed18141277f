// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace meta138::crypto::keccak {

inline constexpr std::size_t rate = 136;  // bytes a block takes in: 1600 - 2 * 256 bits
inline constexpr std::size_t rate_words = rate / 8;
inline constexpr std::size_t rounds = 24;

inline constexpr std::array<std::uint64_t, rounds> round_constants = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

#define META138_INLINE [[gnu::always_inline]] inline

/// out = rotate_left(a ^ d, n), for a lane that is a word or a vector of words.
template <int n, typename Lane>
META138_INLINE void theta_rho(Lane& out, const Lane& a, const Lane& d) noexcept {
    const Lane x = a ^ d;
    if constexpr (n == 0)
        out = x;
    else
        out = x << n | x >> (64 - n);
}

template <typename Lane>
META138_INLINE void chi(Lane* out, const Lane& b0, const Lane& b1, const Lane& b2, const Lane& b3,
                        const Lane& b4) noexcept {
    out[0] = b0 ^ (~b1 & b2);
    out[1] = b1 ^ (~b2 & b3);
    out[2] = b2 ^ (~b3 & b4);
    out[3] = b3 ^ (~b4 & b0);
    out[4] = b4 ^ (~b0 & b1);
}

template <typename Lane>
META138_INLINE void theta(Lane (&d)[5], const Lane (&a)[25]) noexcept {
    const Lane c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];
    const Lane c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21];
    const Lane c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22];
    const Lane c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23];
    const Lane c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24];
    theta_rho<1>(d[0], c1, Lane{});
    theta_rho<1>(d[1], c2, Lane{});
    theta_rho<1>(d[2], c3, Lane{});
    theta_rho<1>(d[3], c4, Lane{});
    theta_rho<1>(d[4], c0, Lane{});
    d[0] ^= c4;
    d[1] ^= c0;
    d[2] ^= c1;
    d[3] ^= c2;
    d[4] ^= c3;
}

/// The first row of a round's output: all that a digest needs of the last round.
template <typename Lane>
META138_INLINE void round_row0(Lane* out, const Lane (&a)[25], const Lane (&d)[5],
                               std::uint64_t constant) noexcept {
    Lane b0, b1, b2, b3, b4;
    theta_rho<0>(b0, a[0], d[0]);
    theta_rho<44>(b1, a[6], d[1]);
    theta_rho<43>(b2, a[12], d[2]);
    theta_rho<21>(b3, a[18], d[3]);
    theta_rho<14>(b4, a[24], d[4]);
    chi(out, b0, b1, b2, b3, b4);
    out[0] ^= constant;
}

/// One round of Keccak-f[1600]: theta, then rho and pi as the choice of lanes and rotations, chi,
/// iota. Out of place, so that two rounds in a row need no moves.
template <typename Lane>
META138_INLINE void round(Lane (&out)[25], const Lane (&a)[25], std::uint64_t constant) noexcept {
    Lane d[5];
    theta(d, a);
    round_row0(out, a, d, constant);

    Lane b0, b1, b2, b3, b4;
    theta_rho<28>(b0, a[3], d[3]);
    theta_rho<20>(b1, a[9], d[4]);
    theta_rho<3>(b2, a[10], d[0]);
    theta_rho<45>(b3, a[16], d[1]);
    theta_rho<61>(b4, a[22], d[2]);
    chi(out + 5, b0, b1, b2, b3, b4);

    theta_rho<1>(b0, a[1], d[1]);
    theta_rho<6>(b1, a[7], d[2]);
    theta_rho<25>(b2, a[13], d[3]);
    theta_rho<8>(b3, a[19], d[4]);
    theta_rho<18>(b4, a[20], d[0]);
    chi(out + 10, b0, b1, b2, b3, b4);

    theta_rho<27>(b0, a[4], d[4]);
    theta_rho<36>(b1, a[5], d[0]);
    theta_rho<10>(b2, a[11], d[1]);
    theta_rho<15>(b3, a[17], d[2]);
    theta_rho<56>(b4, a[23], d[3]);
    chi(out + 15, b0, b1, b2, b3, b4);

    theta_rho<62>(b0, a[2], d[2]);
    theta_rho<55>(b1, a[8], d[3]);
    theta_rho<39>(b2, a[14], d[4]);
    theta_rho<41>(b3, a[15], d[0]);
    theta_rho<2>(b4, a[21], d[1]);
    chi(out + 20, b0, b1, b2, b3, b4);
}

}  // namespace meta138::crypto::keccak
