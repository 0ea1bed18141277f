// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bls12_381/fp2.hpp"

#include <span>
#include <vector>

namespace meta138::crypto::bls12_381 {

/// A point of a curve y^2 = x^3 + b over Field, or infinity as (0, 0), which is on none of them.
template <typename Field>
struct AffinePoint {
    Field x;
    Field y;

    [[nodiscard]] constexpr bool is_infinity() const { return x.is_zero() && y.is_zero(); }
    friend constexpr bool operator==(const AffinePoint&, const AffinePoint&) = default;
    AffinePoint operator-() const { return {x, -y}; }
};

/// (x / z^2, y / z^3), or infinity where z is zero.
template <typename Field>
struct JacobianPoint {
    Field x;
    Field y;
    Field z;

    JacobianPoint() = default;  // infinity
    JacobianPoint(const Field& px, const Field& py, const Field& pz) : x{px}, y{py}, z{pz} {}
    explicit JacobianPoint(const AffinePoint<Field>& p)
        : x{p.x}, y{p.y}, z{p.is_infinity() ? Field{} : Field::one()} {}

    [[nodiscard]] bool is_infinity() const { return z.is_zero(); }
    JacobianPoint operator-() const { return {x, -y, z}; }

    [[nodiscard]] JacobianPoint twice() const;
    friend JacobianPoint operator+(const JacobianPoint& a, const JacobianPoint& b) {
        return add(a, b);
    }
    friend JacobianPoint operator+(const JacobianPoint& a, const AffinePoint<Field>& b) {
        return add(a, b);
    }
    JacobianPoint& operator+=(const JacobianPoint& b) { return *this = add(*this, b); }
    JacobianPoint& operator+=(const AffinePoint<Field>& b) { return *this = add(*this, b); }
    friend JacobianPoint operator-(const JacobianPoint& a, const JacobianPoint& b) {
        return add(a, -b);
    }

    friend bool operator==(const JacobianPoint& a, const JacobianPoint& b) {
        if (a.is_infinity() || b.is_infinity()) return a.is_infinity() == b.is_infinity();
        const Field aa = a.z.square();
        const Field bb = b.z.square();
        return a.x * bb == b.x * aa && a.y * (bb * b.z) == b.y * (aa * a.z);
    }
    friend bool operator==(const JacobianPoint& a, const AffinePoint<Field>& b) {
        if (a.is_infinity() || b.is_infinity()) return a.is_infinity() == b.is_infinity();
        const Field aa = a.z.square();
        return a.x == b.x * aa && a.y == b.y * (aa * a.z);
    }

    [[nodiscard]] AffinePoint<Field> to_affine() const {
        const Field inverse = z.inverse();
        const Field squared = inverse.square();
        return {x * squared, y * (squared * inverse)};
    }

private:
    static JacobianPoint add(const JacobianPoint& a, const JacobianPoint& b);
    static JacobianPoint add(const JacobianPoint& a, const AffinePoint<Field>& b);
};

// The explicit-formulas database, short Weierstrass curves with a = 0, Jacobian coordinates.

template <typename Field>
JacobianPoint<Field> JacobianPoint<Field>::twice() const {
    const Field b = y.square();
    const Field d = (x * b).twice().twice();
    const Field xx = x.square();
    const Field e = xx.twice() + xx;
    const Field x3 = e.square() - d.twice();
    return {x3, e * (d - x3) - b.square().twice().twice().twice(), (y * z).twice()};
}

template <typename Field>
JacobianPoint<Field> JacobianPoint<Field>::add(const JacobianPoint& a, const JacobianPoint& b) {
    if (a.is_infinity()) return b;
    if (b.is_infinity()) return a;
    const Field aa = a.z.square();
    const Field bb = b.z.square();
    const Field u1 = a.x * bb;
    const Field h = b.x * aa - u1;
    const Field s1 = a.y * (b.z * bb);
    const Field r = b.y * (a.z * aa) - s1;
    if (h.is_zero()) return r.is_zero() ? a.twice() : JacobianPoint{};
    const Field hh = h.square();
    const Field hhh = h * hh;
    const Field v = u1 * hh;
    const Field x3 = r.square() - hhh - v.twice();
    return {x3, r * (v - x3) - s1 * hhh, a.z * b.z * h};
}

template <typename Field>
JacobianPoint<Field> JacobianPoint<Field>::add(const JacobianPoint& a,
                                               const AffinePoint<Field>& b) {
    if (b.is_infinity()) return a;
    if (a.is_infinity()) return JacobianPoint{b};
    const Field aa = a.z.square();
    const Field h = b.x * aa - a.x;
    const Field r = b.y * (a.z * aa) - a.y;
    if (h.is_zero()) return r.is_zero() ? a.twice() : JacobianPoint{};
    const Field hh = h.square();
    const Field hhh = h * hh;
    const Field v = a.x * hh;
    const Field x3 = r.square() - hhh - v.twice();
    return {x3, r * (v - x3) - a.y * hhh, a.z * h};
}

/// The same points in affine coordinates, with one inversion for all.
template <typename Field>
std::vector<AffinePoint<Field>> to_affine(std::span<const JacobianPoint<Field>> points) {
    std::vector<Field> inverses;
    inverses.reserve(points.size());
    for (const auto& point : points) inverses.push_back(point.z);
    std::vector<Field> scratch(points.size());
    invert_all<Field>(inverses, scratch);
    std::vector<AffinePoint<Field>> result;
    result.reserve(points.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
        const Field squared = inverses[i].square();
        result.push_back({points[i].x * squared, points[i].y * (squared * inverses[i])});
    }
    return result;
}

using G1Affine = AffinePoint<Fp>;
using G2Affine = AffinePoint<Fp2>;
using G1 = JacobianPoint<Fp>;
using G2 = JacobianPoint<Fp2>;

}  // namespace meta138::crypto::bls12_381
