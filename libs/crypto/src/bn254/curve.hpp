// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fp2.hpp"

/// Points of y^2 = x^3 + b over a field; the formulas do not depend on b. The names of the formulas
/// are those of the Explicit-Formulas Database, short Weierstrass curves with a = 0, Jacobian
/// coordinates.
namespace meta138::crypto::bn254 {

/// A point other than infinity.
template <typename Field>
struct Affine {
    Field x;
    Field y;

    friend constexpr bool operator==(const Affine&, const Affine&) = default;
    constexpr Affine operator-() const { return {x, -y}; }
};

/// (X / Z^2, Y / Z^3); infinity when Z is zero.
template <typename Field>
struct Jacobian {
    Field x;
    Field y;
    Field z;

    static constexpr Jacobian infinity() { return {Field::one(), Field::one(), Field::zero()}; }
    static constexpr Jacobian from(const Affine<Field>& p) { return {p.x, p.y, Field::one()}; }

    [[nodiscard]] constexpr bool is_infinity() const { return z.is_zero(); }
    constexpr Jacobian operator-() const { return {x, -y, z}; }

    /// Of a point other than infinity.
    [[nodiscard]] Affine<Field> to_affine() const {
        const auto inverse = z.inverse();
        const auto inverse2 = inverse.square();
        return {x * inverse2, y * (inverse2 * inverse)};
    }

    /// dbl-2009-l
    [[nodiscard]] Jacobian twice() const {
        const auto a = x.square();
        const auto b = y.square();
        const auto c = b.square();
        const auto d = ((x + b).square() - a - c).twice();
        const auto e = a.twice() + a;
        const auto x3 = e.square() - d.twice();
        return {x3, e * (d - x3) - c.twice().twice().twice(), (y * z).twice()};
    }

    /// madd-2007-bl
    friend Jacobian operator+(const Jacobian& p, const Affine<Field>& q) {
        if (p.is_infinity()) return from(q);
        const auto zz = p.z.square();
        const auto h = q.x * zz - p.x;
        const auto difference = q.y * (zz * p.z) - p.y;
        if (h.is_zero()) return difference.is_zero() ? p.twice() : infinity();
        const auto s = difference.twice();
        const auto hh = h.square();
        const auto i = hh.twice().twice();
        const auto j = h * i;
        const auto v = p.x * i;
        const auto x3 = s.square() - j - v.twice();
        return {x3, s * (v - x3) - (p.y * j).twice(), (p.z + h).square() - zz - hh};
    }

    /// add-2007-bl
    friend Jacobian operator+(const Jacobian& p, const Jacobian& q) {
        if (p.is_infinity()) return q;
        if (q.is_infinity()) return p;
        const auto z1z1 = p.z.square();
        const auto z2z2 = q.z.square();
        const auto u1 = p.x * z2z2;
        const auto s1 = p.y * (q.z * z2z2);
        const auto h = q.x * z1z1 - u1;
        const auto difference = q.y * (p.z * z1z1) - s1;
        if (h.is_zero()) return difference.is_zero() ? p.twice() : infinity();
        const auto s = difference.twice();
        const auto i = h.twice().square();
        const auto j = h * i;
        const auto v = u1 * i;
        const auto x3 = s.square() - j - v.twice();
        return {x3, s * (v - x3) - (s1 * j).twice(), ((p.z + q.z).square() - z1z1 - z2z2) * h};
    }

    friend bool operator==(const Jacobian& p, const Jacobian& q) {
        if (p.is_infinity() || q.is_infinity()) return p.is_infinity() == q.is_infinity();
        const auto z1z1 = p.z.square();
        const auto z2z2 = q.z.square();
        return p.x * z2z2 == q.x * z1z1 && p.y * (q.z * z2z2) == q.y * (p.z * z1z1);
    }
};

}  // namespace meta138::crypto::bn254
