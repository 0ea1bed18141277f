// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bls12_381/fp2.hpp"

namespace meta138::crypto::bls12_381 {

/// Fp2[v] / (v^3 - xi): c0 + c1 v + c2 v^2.
struct Fp6 {
    Fp2 c0;
    Fp2 c1;
    Fp2 c2;

    static constexpr Fp6 one() { return {Fp2::one(), {}, {}}; }

    friend constexpr bool operator==(const Fp6&, const Fp6&) = default;

    friend Fp6 operator+(const Fp6& a, const Fp6& b) {
        return {a.c0 + b.c0, a.c1 + b.c1, a.c2 + b.c2};
    }
    friend Fp6 operator-(const Fp6& a, const Fp6& b) {
        return {a.c0 - b.c0, a.c1 - b.c1, a.c2 - b.c2};
    }
    Fp6 operator-() const { return {-c0, -c1, -c2}; }
    friend Fp6 operator*(const Fp6& a, const Fp6& b);

    [[nodiscard]] Fp6 times_v() const { return {c2.times_xi(), c0, c1}; }
    [[nodiscard]] Fp6 inverse() const;
};

/// The value of a line of the Miller loop, but for factors that the final exponentiation removes:
/// a0 + a2 w^2 + a3 w^3 in Fp12.
struct Line {
    Fp2 a0;
    Fp2 a2;
    Fp2 a3;

    /// The line with its second coefficient times x, its third times y.
    [[nodiscard]] Line at(const Fp& x, const Fp& y) const { return {a0, a2 * x, a3 * y}; }
};

/// Fp6[w] / (w^2 - v): c0 + c1 w.
struct Fp12 {
    Fp6 c0;
    Fp6 c1;

    static constexpr Fp12 one() { return {Fp6::one(), {}}; }
    static Fp12 from(const Fp12& value) { return value; }
    [[nodiscard]] Fp12 to_fp12() const { return *this; }

    friend constexpr bool operator==(const Fp12&, const Fp12&) = default;

    friend Fp12 operator*(const Fp12& a, const Fp12& b);
    friend Fp12 operator*(const Fp12& a, const Line& line);
    Fp12& operator*=(const Fp12& b) { return *this = *this * b; }
    Fp12& operator*=(const Line& line) { return *this = *this * line; }

    [[nodiscard]] Fp12 square() const;
    [[nodiscard]] Fp12 inverse() const;
    /// To the power p^6; the inverse, for an element of the cyclotomic subgroup.
    [[nodiscard]] Fp12 conjugate() const { return {c0, -c1}; }
    /// To the power p.
    [[nodiscard]] Fp12 frobenius() const;
    /// To the power p^2.
    [[nodiscard]] Fp12 frobenius_squared() const;

    /// The square of an element of the cyclotomic subgroup, whose order divides p^4 - p^2 + 1
    /// (Granger and Scott, eprint 2009/565, section 3.2).
    [[nodiscard]] Fp12 cyclotomic_square() const;
    /// To the power x, the (negative) parameter of the curve, for an element of that subgroup.
    [[nodiscard]] Fp12 cyclotomic_power_x() const;
};

}  // namespace meta138::crypto::bls12_381
