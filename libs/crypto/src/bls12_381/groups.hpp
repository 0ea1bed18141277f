// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bls12_381/curve.hpp"

/// The subgroups of order r of E: y^2 = x^3 + 4 over Fp and of E': y^2 = x^3 + 4 (1 + u) over Fp2.
namespace meta138::crypto::bls12_381 {

/// The generators of draft-irtf-cfrg-pairing-friendly-curves section 4.2.1.
const G1Affine& g1_generator();
const G2Affine& g2_generator();

bool is_on_curve(const G1Affine& point);
bool is_on_curve(const G2Affine& point);

/// phi(x, y) = (beta x, y), which is multiplication by -x^2 in G1.
G1Affine phi(const G1Affine& point);

/// The twisted Frobenius map, which is multiplication by x in G2.
G2Affine psi(const G2Affine& point);
G2 psi(const G2& point);
/// psi applied twice, which is cheaper than one psi.
G2 psi_squared(const G2& point);

/// |x| P.
G1 times_abs_x(const G1& point);
G2 times_abs_x(const G2& point);

/// Whether a point of the curve is in the subgroup of order r (Scott, eprint 2021/1130, section 4).
bool is_in_subgroup(const G1Affine& point);
bool is_in_subgroup(const G2Affine& point);
/// Whether all points, of their curve, are in the subgroup.
bool are_in_subgroup(std::span<const G1Affine> points);
bool are_in_subgroup(std::span<const G2Affine> points);

/// h_eff P of RFC 9380 section 8.8.
G1 clear_cofactor(const G1& point);
/// h_eff P of RFC 9380 section 8.8.2, by Budroni and Pintore (eprint 2017/419, section 4.1).
G2 clear_cofactor(const G2& point);

}  // namespace meta138::crypto::bls12_381
