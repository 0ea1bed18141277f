// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../jacobian.hpp"
#include "field.hpp"

namespace meta138::crypto::secp256k1 {

using Affine = AffinePoint<FieldElement>;
using Jacobian = JacobianPoint<FieldElement>;

/// 2 p. No point of this curve has y = 0, so only infinity doubles to infinity.
inline Jacobian doubled(const Jacobian& p) noexcept {
    // The slope at p is l / z with l = 3/2 x^2 / y; the factors are arranged for the fewest
    // additions.
    const auto x2 = p.x.squared();
    const auto l = (x2 + x2 + x2).halved();
    const auto y2 = p.y.squared();
    const auto t = p.x * y2;
    const auto x = l.squared() - (t + t);
    const auto y = l * (t - x) - y2.squared();
    return {x, y, p.y * p.z, p.infinity};
}

}  // namespace meta138::crypto::secp256k1
