// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "curve.hpp"
#include "frobenius.hpp"

namespace meta138::crypto::bn254 {

using G2Affine = Affine<Fp2>;
using G2Jacobian = Jacobian<Fp2>;

/// The twist: y^2 = x^3 + 3/xi.
inline constexpr Fp2 twist_b = Fp2{Fp::from_uint64(9), Fp::one()}.inverse() * Fp::from_uint64(3);

bool is_on_curve(const G2Affine& point);

/// Whether a point of the twist has order r: EIP-197's G2.
bool is_in_subgroup(const G2Affine& point);

/// psi: the power p in Fp12, as it appears on the twist.
inline G2Affine frobenius(const G2Affine& point) {
    return {point.x.conjugate() * frobenius_factors[0][2],
            point.y.conjugate() * frobenius_factors[0][3]};
}
inline G2Jacobian frobenius(const G2Jacobian& point) {
    return {point.x.conjugate() * frobenius_factors[0][2],
            point.y.conjugate() * frobenius_factors[0][3], point.z.conjugate()};
}

}  // namespace meta138::crypto::bn254
