// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bls12_381/groups.hpp"
#include "bls12_381/scalar.hpp"

#include <span>

namespace meta138::crypto::bls12_381 {

/// The sum of scalars[i] points[i]. The points must be in the subgroup: the scalars are split with
/// endomorphisms that are multiplications only there.
G1 multi_scalar_multiply(std::span<const G1Affine> points, std::span<const Scalar> scalars);
G2 multi_scalar_multiply(std::span<const G2Affine> points, std::span<const Scalar> scalars);

}  // namespace meta138::crypto::bls12_381
