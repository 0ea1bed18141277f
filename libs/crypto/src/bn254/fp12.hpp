// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fp6.hpp"

namespace meta138::crypto::bn254 {

/// The value at a point of a line function: c0 + c1 w + c3 w^3, as they arise with a D-type twist.
struct Line {
    Fp2 c0;
    Fp2 c1;
    Fp2 c3;
};

/// c0 + c1 w with w^2 = v.
struct Fp12 {
    Fp6 c0;
    Fp6 c1;

    static constexpr Fp12 one() { return {Fp6::one(), {}}; }

    // The other representations of this field convert (Fp12Ifma).
    static constexpr const Fp12& from(const Fp12& value) { return value; }
    [[nodiscard]] constexpr const Fp12& to_fp12() const { return *this; }

    friend constexpr bool operator==(const Fp12&, const Fp12&) = default;
    friend Fp12 operator*(const Fp12& a, const Fp12& b);
    Fp12& operator*=(const Fp12& b) { return *this = *this * b; }
    friend Fp12 operator*(const Fp12& a, const Line& b);

    [[nodiscard]] Fp12 square() const;
    [[nodiscard]] Fp12 inverse() const;
    /// The power p^6; the inverse of an element of the cyclotomic subgroup.
    [[nodiscard]] constexpr Fp12 conjugate() const { return {c0, -c1}; }
    /// The power p^n, for n of 1, 2, 3.
    [[nodiscard]] Fp12 frobenius(int n) const;
    /// The square of an element of the cyclotomic subgroup, whose order divides p^4 - p^2 + 1.
    [[nodiscard]] Fp12 cyclotomic_square() const;
};

}  // namespace meta138::crypto::bn254
