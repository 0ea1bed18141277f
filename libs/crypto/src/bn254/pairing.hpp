// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fp12.hpp"
#include "walkers.hpp"

#include <optional>
#include <span>

namespace meta138::crypto::bn254 {

/// The product of the optimal ate Miller functions of up to max_pairs_in_a_loop pairs, whose
/// squarings are shared; one for no pairs. The points of the pairs are on their curves; nothing
/// when one of the twist's is not in G2, which the loop's last point shows for little more than
/// nothing.
std::optional<Fp12> miller_loop(std::span<const PointPair> pairs);

/// The power 2x(6x^2 + 3x + 1) (p^12 - 1)/r: one exactly when the power (p^12 - 1)/r is.
Fp12 final_exponentiation(const Fp12& f);

// The same with the arithmetic of Fp12, or of Fp12Ifma; the functions above choose by the
// processor.
template <typename SomeWalkers>
std::optional<Fp12> miller_loop_with(std::span<const PointPair> pairs);
template <typename Tower>
Fp12 final_exponentiation_with(const Fp12& f);

}  // namespace meta138::crypto::bn254
