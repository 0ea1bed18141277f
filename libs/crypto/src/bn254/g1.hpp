// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "curve.hpp"

namespace meta138::crypto::bn254 {

using G1Affine = Affine<Fp>;
using G1Jacobian = Jacobian<Fp>;

/// y^2 = x^3 + 3. Every point of the curve is in G1: its order is r.
bool is_on_curve(const G1Affine& point);

/// p + q by the chord or the tangent, with one inversion; nothing for infinity.
std::optional<G1Affine> add(const G1Affine& p, const G1Affine& q);

/// scalar * point; the scalar (least significant limb first) may be any, also above r.
G1Jacobian multiply(const G1Affine& point, const std::array<std::uint64_t, 4>& scalar);

/// k = k1 + k2 lambda mod r, with the absolute values of k1 and k2 below 2^127.
struct Decomposition {
    uint128 k1;
    uint128 k2;
    bool k1_negative;
    bool k2_negative;
};
/// Gallant, Lambert, Vanstone, "Faster point multiplication on elliptic curves with efficient
/// endomorphisms", 2001; `scalar` is below r.
Decomposition decompose(const std::array<std::uint64_t, 4>& scalar);

/// (beta x, y) = lambda (x, y) for the cube roots of one beta and lambda modulo p and r.
inline constexpr Fp glv_beta = Fp::from_hex("0x59e26bcea0d48bacd4f263f1acdb5c4f5763473177fffffe");
inline constexpr auto glv_lambda =
    limbs_from_hex<4>("0xb3c4d79d41a917585bfc41088d8daaa78b17ea66b99c90dd");

}  // namespace meta138::crypto::bn254
