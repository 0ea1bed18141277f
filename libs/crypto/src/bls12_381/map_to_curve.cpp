// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/map_to_curve.hpp"

#include "bls12_381/isogeny.hpp"

#include <array>

namespace meta138::crypto::bls12_381 {

namespace {

// E1': y^2 = x^3 + A x + B, 11-isogenous to E (RFC 9380 section 8.8.1).
constexpr Fp a_of_e1 = Fp::from_hex(
    "0x00144698a3b8e9433d693a02c96d4982b0ea985383ee66a8"
    "d8e8981aefd881ac98936f8da0e0f97f5cf428082d584c1d");
constexpr Fp b_of_e1 = Fp::from_hex(
    "0x12e2908d11688030018b12e8753eee3b2016c1f0f24f4070"
    "a0b9c14fcef35ef55a23215a316ceaa5d1cc48e98e172be0");
constexpr Fp z_of_e1 = Fp::from_uint64(11);
constexpr Fp root_of_minus_z_of_e1 = Fp::from_hex(
    "0x04610e003bd3ac94dfa9246c390d7a78942602029175a4ca"
    "366d601f33f3946e3ed39794735c38315d874bc1d70637c3");

// E2': y^2 = x^3 + 240 u x + 1012 (1 + u), 3-isogenous to the twist (section 8.8.2); Z = -(2 + u).
constexpr Fp2 a_of_e2{Fp{}, Fp::from_uint64(240)};
constexpr Fp2 b_of_e2{Fp::from_uint64(1012), Fp::from_uint64(1012)};
constexpr Fp2 z_of_e2{-Fp::from_uint64(2), -Fp::from_uint64(1)};
/// The square root of -norm(Z)^3 = -125.
constexpr Fp root_of_minus_norm_of_z_cubed =
    Fp::from_uint64(5) * Fp::from_hex(
                             "0x186417302d5a65347a88b0f999ab2b504614aa5e2eebdeb1"
                             "a014c40bceb7d2306c12a6d436befcf94d39c9db7b263cd4");

/// The value at numerator / denominator of a polynomial, lowest coefficient first, times
/// denominator^degree; `powers[i]` is denominator^i.
template <std::size_t Count, std::size_t Powers>
Fp evaluate(const std::array<Fp, Count>& coefficients, const Fp& numerator,
            const std::array<Fp, Powers>& powers) {
    static_assert(Count <= Powers);
    Fp sum = coefficients[Count - 1];
    for (std::size_t i = Count - 1; i-- > 0;)
        sum = sum * numerator + coefficients[i] * powers[Count - 1 - i];
    return sum;
}

template <std::size_t Count>
Fp2 evaluate(const std::array<Fp2, Count>& coefficients, const Fp2& x) {
    Fp2 sum = coefficients[Count - 1];
    for (std::size_t i = Count - 1; i-- > 0;) sum = sum * x + coefficients[i];
    return sum;
}

/// The 11-isogeny at (numerator / denominator, y) (RFC 9380 appendix E.2). Where a denominator of
/// the map is zero, so is the result's z: infinity.
G1 apply_isogeny(const Fp& numerator, const Fp& denominator, const Fp& y) {
    std::array<Fp, 16> powers{Fp::one()};
    for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * denominator;
    const Fp x_num = evaluate(isogeny_of_e1.x_num, numerator, powers);
    // The homogenized x_den has one degree less than x_num, y_den as many as y_num.
    const Fp x_den = evaluate(isogeny_of_e1.x_den, numerator, powers) * denominator;
    const Fp y_num = evaluate(isogeny_of_e1.y_num, numerator, powers) * y;
    const Fp y_den = evaluate(isogeny_of_e1.y_den, numerator, powers);
    const Fp z = x_den * y_den;
    const Fp zz = z.square();
    return {x_num * y_den * z, y_num * x_den * zz, z};
}

/// The 3-isogeny at (x, y) (RFC 9380 appendix E.3).
G2 apply_isogeny(const Fp2& x, const Fp2& y) {
    const Fp2 x_num = evaluate(isogeny_of_e2.x_num, x);
    const Fp2 x_den = evaluate(isogeny_of_e2.x_den, x);
    const Fp2 y_num = evaluate(isogeny_of_e2.y_num, x) * y;
    const Fp2 y_den = evaluate(isogeny_of_e2.y_den, x);
    const Fp2 z = x_den * y_den;
    const Fp2 zz = z.square();
    return {x_num * y_den * z, y_num * x_den * zz, z};
}

}  // namespace

G1 map_to_curve(const Fp& u) {
    // RFC 9380 appendix F.2, with the square root of a ratio of appendix F.2.1.2 (q = 3 mod 4).
    const Fp zuu = z_of_e1 * u.square();
    const Fp tv2 = zuu.square() + zuu;
    Fp x_numerator = b_of_e1 * (tv2 + Fp::one());
    const Fp x_denominator = a_of_e1 * (tv2.is_zero() ? z_of_e1 : -tv2);
    const Fp denominator_squared = x_denominator.square();
    const Fp gx_denominator = denominator_squared * x_denominator;
    const Fp gx_numerator = (x_numerator.square() + a_of_e1 * denominator_squared) * x_numerator +
                            b_of_e1 * gx_denominator;
    const Fp product = gx_numerator * gx_denominator;
    Fp y = product * inverse_root(product * gx_denominator.square());
    if (y.square() * gx_denominator != gx_numerator) {
        // g(x1) is no square, and y^2 = -g(x1); x2 = Z u^2 x1 has g(x2) = (Z u^2)^3 g(x1).
        x_numerator = zuu * x_numerator;
        y = zuu * u * root_of_minus_z_of_e1 * y;
    }
    if (is_odd(u) != is_odd(y)) y = -y;
    return apply_isogeny(x_numerator, x_denominator, y);
}

G2 map_to_curve(const Fp2& u) {
    // RFC 9380 section 6.6.2. An element is a square if its norm, in Fp, is one.
    const Fp2 zuu = z_of_e2 * u.square();
    const Fp2 tv2 = zuu.square() + zuu;
    const Fp2 denominator = a_of_e2 * (tv2.is_zero() ? z_of_e2 : -tv2);
    Fp2 x = b_of_e2 * (tv2 + Fp2::one()) * denominator.inverse();
    Fp2 gx = (x.square() + a_of_e2) * x + b_of_e2;
    const Fp norm = gx.norm();
    Fp norm_root = norm * inverse_root(norm);
    if (norm_root.square() != norm) {
        // g(x1) is no square, and norm_root^2 = -norm; x2 = Z u^2 x1 has g(x2) = (Z u^2)^3 g(x1).
        x = zuu * x;
        gx = zuu.square() * zuu * gx;
        const Fp norm_of_u = u.norm();
        norm_root = norm_root * norm_of_u.square() * norm_of_u * root_of_minus_norm_of_z_cubed;
    }
    Fp2 y = sqrt_with_norm_root(gx, norm_root);
    if (is_odd(u) != is_odd(y)) y = -y;
    return apply_isogeny(x, y);
}

}  // namespace meta138::crypto::bls12_381
