// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bls12_381/field.hpp"
#include "bls12_381/wide.hpp"

#include <optional>
#include <string_view>

namespace meta138::crypto::bls12_381 {

/// Fp[u] / (u^2 + 1): c0 + c1 u.
struct Fp2 {
    Fp c0;
    Fp c1;

    static constexpr Fp2 zero() { return {}; }
    static constexpr Fp2 one() { return {Fp::one(), Fp{}}; }
    static consteval Fp2 from_hex(std::string_view c0, std::string_view c1) {
        return {Fp::from_hex(c0), Fp::from_hex(c1)};
    }

    [[nodiscard]] constexpr bool is_zero() const { return c0.is_zero() && c1.is_zero(); }
    friend constexpr bool operator==(const Fp2&, const Fp2&) = default;

    friend Fp2 operator+(const Fp2& a, const Fp2& b) { return {a.c0 + b.c0, a.c1 + b.c1}; }
    friend Fp2 operator-(const Fp2& a, const Fp2& b) { return {a.c0 - b.c0, a.c1 - b.c1}; }
    Fp2 operator-() const { return {-c0, -c1}; }
    Fp2& operator+=(const Fp2& b) { return *this = *this + b; }
    Fp2& operator-=(const Fp2& b) { return *this = *this - b; }
    Fp2& operator*=(const Fp2& b) { return *this = *this * b; }

    friend Fp2 operator*(const Fp2& a, const Fp2& b);
    friend Fp2 operator*(const Fp2& a, const Fp& b) { return {a.c0 * b, a.c1 * b}; }

    [[nodiscard]] Fp2 square() const;
    [[nodiscard]] Fp2 twice() const { return {c0.twice(), c1.twice()}; }
    [[nodiscard]] Fp2 half() const { return {c0.half(), c1.half()}; }
    /// c0 - c1 u, which is also the Frobenius map.
    [[nodiscard]] Fp2 conjugate() const { return {c0, -c1}; }
    /// c0^2 + c1^2, an element of Fp.
    [[nodiscard]] Fp norm() const { return c0.square() + c1.square(); }
    /// 1/a, and 0 for 0.
    [[nodiscard]] Fp2 inverse() const {
        const Fp scale = norm().inverse();
        return {c0 * scale, -(c1 * scale)};
    }
    /// Times xi = 1 + u, which is neither a square nor a cube: the tower stands on it.
    [[nodiscard]] Fp2 times_xi() const { return {c0 - c1, c0 + c1}; }

    /// A square root, when there is one.
    [[nodiscard]] std::optional<Fp2> sqrt() const;
};

/// A product in Fp2 that is still to be reduced.
struct WideFp2 {
    WideFp c0;
    WideFp c1;

    friend WideFp2 operator+(const WideFp2& a, const WideFp2& b) {
        return {a.c0 + b.c0, a.c1 + b.c1};
    }
    friend WideFp2 operator-(const WideFp2& a, const WideFp2& b) {
        return {a.c0 - b.c0, a.c1 - b.c1};
    }
    [[nodiscard]] WideFp2 times_xi() const { return {c0 - c1, c0 + c1}; }
};
WideFp2 multiply_wide(const Fp2& a, const Fp2& b);
inline Fp2 reduce(const WideFp2& a) {
    return {reduce(a.c0), reduce(a.c1)};
}

/// The square root of `a` whose norm's square root is `norm_root` (of either sign): norm_root^2
/// must be a.norm(), so that the root exists.
Fp2 sqrt_with_norm_root(const Fp2& a, const Fp& norm_root);

/// a^((p - 3) / 4): the root of 1/a up to sign, when a is a square.
Fp inverse_root(const Fp& a);

/// sgn0 of RFC 9380 section 4.1 for an extension of degree 2.
inline bool is_odd(const Fp2& a) {
    return is_odd(a.c0) || (a.c0.is_zero() && is_odd(a.c1));
}

}  // namespace meta138::crypto::bls12_381
