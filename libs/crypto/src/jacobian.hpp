// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

/// Points of a curve y^2 = x^3 + a x + b of prime order over a field. What depends on a is the
/// curve's: `doubled(const JacobianPoint<Field>&)` beside its Field.
namespace meta138::crypto {

/// A point other than infinity.
template <typename Field>
struct AffinePoint {
    Field x;
    Field y;

    AffinePoint operator-() const noexcept { return {x, -y}; }
};

/// The point (x / z^2, y / z^3). Infinity is told apart, as most additions never meet it.
template <typename Field>
struct JacobianPoint {
    Field x;
    Field y;
    Field z;
    bool infinity = true;

    static JacobianPoint from(const AffinePoint<Field>& point) noexcept {
        return {point.x, point.y, Field::one(), false};
    }
};

/// p + q. `ratio`, if asked for, is the z of the sum over that of p, when neither is infinity and q
/// is not p.
template <typename Field>
JacobianPoint<Field> add(const JacobianPoint<Field>& p, const AffinePoint<Field>& q,
                         Field* ratio = nullptr) noexcept {
    if (p.infinity) [[unlikely]]
        return JacobianPoint<Field>::from(q);
    const Field z2 = p.z.squared();
    const Field h = q.x * z2 - p.x;
    const Field i = q.y * (z2 * p.z) - p.y;
    if (h.is_zero()) [[unlikely]]
        return i.is_zero() ? doubled(p) : JacobianPoint<Field>{};
    if (ratio != nullptr) *ratio = h;
    const Field h2 = h.squared();
    const Field h3 = h2 * h;
    const Field t = p.x * h2;
    const Field x = i.squared() - h3 - (t + t);
    const Field y = i * (t - x) - h3 * p.y;
    return {x, y, p.z * h, false};
}

/// Of a point that is not infinity.
template <typename Field>
AffinePoint<Field> to_affine(const JacobianPoint<Field>& p) noexcept {
    const Field inverse = p.z.inverse();
    const Field inverse2 = inverse.squared();
    return {p.x * inverse2, p.y * (inverse2 * inverse)};
}

/// Fills in 1, 3, 5, ... times `p`, for the price of one inversion.
template <typename Field, std::size_t size>
void fill_odd_multiples(std::array<AffinePoint<Field>, size>& multiples,
                        const AffinePoint<Field>& p) noexcept {
    // On an isomorphic curve 2 p is affine, and p has coordinates without a division. Addition does
    // not care which of the curves it is on; doubling might.
    const auto twice = doubled(JacobianPoint<Field>::from(p));
    const AffinePoint<Field> step{twice.x, twice.y};
    const Field z2 = twice.z.squared();
    auto sum = JacobianPoint<Field>::from({p.x * z2, p.y * (z2 * twice.z)});
    std::array<Field, size> ratios;  // of z to the one before
    multiples[0] = {sum.x, sum.y};
    for (std::size_t i = 1; i < size; ++i) {
        sum = add(sum, step, &ratios[i]);
        multiples[i] = {sum.x, sum.y};
    }
    Field inverse = (sum.z * twice.z).inverse();  // of each one's z, from the last to the first
    for (std::size_t i = size; i-- > 0;) {
        const Field inverse2 = inverse.squared();
        multiples[i] = {multiples[i].x * inverse2, multiples[i].y * (inverse2 * inverse)};
        if (i > 0) inverse = inverse * ratios[i];
    }
}

}  // namespace meta138::crypto
