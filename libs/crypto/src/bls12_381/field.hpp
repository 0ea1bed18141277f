// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "montgomery.hpp"

#include <array>
#include <cstdint>

/// BLS12-381 as EIP-2537 and draft-irtf-cfrg-pairing-friendly-curves define it. Everything here
/// takes time that depends on its operands: verification handles public data only.
namespace meta138::crypto::bls12_381 {

struct FpParams {
    using Limbs = std::array<std::uint64_t, 6>;
    static constexpr Limbs modulus = limbs_from_hex<6>(
        "0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf"
        "6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab");

#if defined(__x86_64__) && defined(__BMI2__)
    /// As MontgomeryField's: 25 ns instead of 32.
    static void multiply(Limbs& out, const Limbs& a, const Limbs& b);
#endif
};
/// The field of the coordinates.
using Fp = MontgomeryField<FpParams>;

struct FrParams {
    static constexpr auto modulus =
        limbs_from_hex<4>("0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001");
};
/// The field of the scalars: its modulus r is the order of G1, G2 and GT.
using Fr = MontgomeryField<FrParams>;

/// |x|, the parameter of the curve family; x itself is negative.
inline constexpr std::uint64_t abs_x = 0xd201000000010000;

/// Whether the canonical number is odd (RFC 9380 section 4.1, sgn0).
inline bool is_odd(const Fp& a) {
    return (a.to_limbs()[0] & 1) != 0;
}

}  // namespace meta138::crypto::bls12_381
