// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bls12_381/curve.hpp"
#include "bls12_381/stored_lanes.hpp"

#include <span>

namespace meta138::crypto::bls12_381 {

#if defined(__x86_64__)

/// are_in_subgroup, eight points of G1 or four of G2 side by side. Call only where has_ifma().
bool are_in_subgroup_ifma(std::span<const G1Affine> points);
bool are_in_subgroup_ifma(std::span<const G2Affine> points);

#endif

}  // namespace meta138::crypto::bls12_381
