// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fp12.hpp"
#include "g1.hpp"
#include "g2.hpp"

#include <span>

namespace meta138::crypto::bn254 {

struct PointPair {
    G1Affine g1;
    G2Affine g2;
};

/// As many pairs as one Miller loop takes, which lie on the stack.
inline constexpr std::size_t max_pairs_in_a_loop = 16;

/// The product of the optimal ate Miller functions of up to max_pairs_in_a_loop pairs, whose
/// squarings are shared; one for no pairs.
Fp12 miller_loop(std::span<const PointPair> pairs);

/// The power 2x(6x^2 + 3x + 1) (p^12 - 1)/r: one exactly when the power (p^12 - 1)/r is.
Fp12 final_exponentiation(const Fp12& f);

// The same with the arithmetic of Tower, Fp12 or Fp12Ifma; the functions above choose by the
// processor.
template <typename Tower>
Fp12 miller_loop_with(std::span<const PointPair> pairs);
template <typename Tower>
Fp12 final_exponentiation_with(const Fp12& f);

}  // namespace meta138::crypto::bn254
