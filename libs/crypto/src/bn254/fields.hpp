// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../montgomery.hpp"
#include "multiply.hpp"

/// alt_bn128 (EIP-196, EIP-197), of Barreto and Naehrig's family (2005/133): p(x), r(x) and the
/// Frobenius trace 6x^2 + 1 are polynomials in the parameter x.
namespace meta138::crypto::bn254 {

inline constexpr std::uint64_t parameter_x = 0x44e992b44a6909f1;

struct FpParams {
    static constexpr auto modulus =
        limbs_from_hex<4>("0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47");

#if defined(META138_BN254_ASSEMBLY)
    static void multiply(std::array<std::uint64_t, 4>& out, const std::array<std::uint64_t, 4>& a,
                         const std::array<std::uint64_t, 4>& b) {
        meta138_bn254_fp_multiply(out.data(), a.data(), b.data());
    }
#endif
};
/// The field of the coordinates: EIP-196's p.
using Fp = MontgomeryField<FpParams>;

/// The order of G1 and G2, EIP-197's q (least significant limb first).
inline constexpr auto r =
    limbs_from_hex<4>("0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001");

}  // namespace meta138::crypto::bn254
