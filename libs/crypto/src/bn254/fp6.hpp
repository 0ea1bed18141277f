// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fp2.hpp"

namespace meta138::crypto::bn254 {

/// c0 + c1 v + c2 v^2 with v^3 = xi.
struct Fp6 {
    Fp2 c0;
    Fp2 c1;
    Fp2 c2;

    static constexpr Fp6 zero() { return {}; }
    static constexpr Fp6 one() { return {Fp2::one(), {}, {}}; }

    friend constexpr bool operator==(const Fp6&, const Fp6&) = default;

    friend constexpr Fp6 operator+(const Fp6& a, const Fp6& b) {
        return {a.c0 + b.c0, a.c1 + b.c1, a.c2 + b.c2};
    }
    friend constexpr Fp6 operator-(const Fp6& a, const Fp6& b) {
        return {a.c0 - b.c0, a.c1 - b.c1, a.c2 - b.c2};
    }
    constexpr Fp6 operator-() const { return {-c0, -c1, -c2}; }
    [[nodiscard]] constexpr Fp6 twice() const { return {c0.twice(), c1.twice(), c2.twice()}; }
    [[nodiscard]] constexpr Fp6 times_v() const { return {c2.times_xi(), c0, c1}; }

    friend Fp6 operator*(const Fp6& a, const Fp6& b);
    friend Fp6 operator*(const Fp6& a, const Fp2& b) { return {a.c0 * b, a.c1 * b, a.c2 * b}; }
    /// The product with b0 + b1 v.
    [[nodiscard]] Fp6 times_sparse(const Fp2& b0, const Fp2& b1) const;
    [[nodiscard]] Fp6 square() const;
    /// 1/a, and 0 for 0.
    [[nodiscard]] Fp6 inverse() const;
};

}  // namespace meta138::crypto::bn254
