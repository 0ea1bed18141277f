// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "field.hpp"

namespace meta138::crypto::secp256k1 {

/// A point other than infinity.
struct AffinePoint {
    FieldElement x;
    FieldElement y;

    AffinePoint operator-() const noexcept { return {x, -y}; }
};

/// The point (x / z^2, y / z^3). Infinity is told apart, as most additions never meet it.
struct JacobianPoint {
    FieldElement x;
    FieldElement y;
    FieldElement z;
    bool infinity = true;

    static JacobianPoint from(const AffinePoint& point) noexcept {
        return {point.x, point.y, FieldElement{{1, 0, 0, 0}}, false};
    }
};

/// 2 p. No point of this curve has y = 0, so only infinity doubles to infinity.
inline JacobianPoint doubled(const JacobianPoint& p) noexcept {
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

/// p + q.
inline JacobianPoint add(const JacobianPoint& p, const AffinePoint& q) noexcept {
    if (p.infinity) return JacobianPoint::from(q);
    const auto z2 = p.z.squared();
    const auto h = q.x * z2 - p.x;
    const auto i = q.y * (z2 * p.z) - p.y;
    if (h.is_zero()) return i.is_zero() ? doubled(p) : JacobianPoint{};
    const auto h2 = h.squared();
    const auto h3 = h2 * h;
    const auto t = p.x * h2;
    const auto x = i.squared() - h3 - (t + t);
    const auto y = i * (t - x) - h3 * p.y;
    return {x, y, p.z * h, false};
}

/// Of a point that is not infinity.
inline AffinePoint to_affine(const JacobianPoint& p) noexcept {
    const auto inverse = p.z.inverse();
    const auto inverse2 = inverse.squared();
    return {p.x * inverse2, p.y * (inverse2 * inverse)};
}

}  // namespace meta138::crypto::secp256k1
