// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fields.hpp"

namespace meta138::crypto::bn254 {

/// c0 + c1 u with u^2 = -1.
struct Fp2 {
    Fp c0;
    Fp c1;

    static constexpr Fp2 zero() { return {}; }
    static constexpr Fp2 one() { return {Fp::one(), Fp::zero()}; }

    [[nodiscard]] constexpr bool is_zero() const { return c0.is_zero() && c1.is_zero(); }
    friend constexpr bool operator==(const Fp2&, const Fp2&) = default;

    friend constexpr Fp2 operator+(const Fp2& a, const Fp2& b) {
        return {a.c0 + b.c0, a.c1 + b.c1};
    }
    friend constexpr Fp2 operator-(const Fp2& a, const Fp2& b) {
        return {a.c0 - b.c0, a.c1 - b.c1};
    }
    friend constexpr Fp2 operator*(const Fp2& a, const Fp2& b) {
#if defined(META138_BN254_ASSEMBLY)
        if (!std::is_constant_evaluated()) {
            Fp2 product;
            meta138_bn254_fp2_multiply(&product, &a, &b);
            return product;
        }
#endif
        const auto t0 = a.c0 * b.c0;
        const auto t1 = a.c1 * b.c1;
        return {t0 - t1, (a.c0 + a.c1) * (b.c0 + b.c1) - t0 - t1};
    }
    friend constexpr Fp2 operator*(const Fp2& a, const Fp& b) { return {a.c0 * b, a.c1 * b}; }
    constexpr Fp2 operator-() const { return {-c0, -c1}; }
    constexpr Fp2& operator*=(const Fp2& b) { return *this = *this * b; }

    [[nodiscard]] constexpr Fp2 twice() const { return {c0.twice(), c1.twice()}; }
    [[nodiscard]] constexpr Fp2 half() const { return {c0.half(), c1.half()}; }
    /// (c0 + c1)(c0 - c1) + 2 c0 c1 u
    [[nodiscard]] constexpr Fp2 square() const {
#if defined(META138_BN254_ASSEMBLY)
        if (!std::is_constant_evaluated()) {
            Fp2 result;
            meta138_bn254_fp2_square(&result, this);
            return result;
        }
#endif
        return {(c0 + c1) * (c0 - c1), (c0 * c1).twice()};
    }
    /// The p-th power.
    [[nodiscard]] constexpr Fp2 conjugate() const { return {c0, -c1}; }
    /// The product with xi = 9 + u, of which Fp6 adjoins a cube root.
    [[nodiscard]] constexpr Fp2 times_xi() const {
        const auto nine = [](const Fp& a) { return a.twice().twice().twice() + a; };
        return {nine(c0) - c1, nine(c1) + c0};
    }
    /// 1/a, and 0 for 0.
    [[nodiscard]] constexpr Fp2 inverse() const {
        const auto scale = (c0.square() + c1.square()).inverse();
        return {c0 * scale, -(c1 * scale)};
    }
};

}  // namespace meta138::crypto::bn254
