// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/fp2.hpp"

namespace meta138::crypto::bls12_381 {

namespace {

/// (p - 3) / 4.
constexpr auto inverse_root_exponent = limbs_from_hex<6>(
    "0x0680447a8e5ff9a692c6e9ed90d2eb35d91dd2e13ce144af"
    "d9cc34a83dac3d8907aaffffac54ffffee7fbfffffffeaaa");

/// a + b, below 2p: not reduced.
Fp::Limbs add_limbs(const Fp& a, const Fp& b) {
    Fp::Limbs sum;
    limbs::add(sum, a.montgomery_limbs(), b.montgomery_limbs());
    return sum;
}

/// a - b + p, between 0 and 2p: not reduced.
Fp::Limbs subtract_limbs(const Fp& a, const Fp& b) {
    Fp::Limbs difference;
    limbs::add(difference, a.montgomery_limbs(), Fp::modulus);
    limbs::sub(difference, difference, b.montgomery_limbs());
    return difference;
}

}  // namespace

WideFp2 multiply_wide(const Fp2& a, const Fp2& b) {
    const WideFp low = multiply_wide(a.c0.montgomery_limbs(), b.c0.montgomery_limbs());
    const WideFp high = multiply_wide(a.c1.montgomery_limbs(), b.c1.montgomery_limbs());
    const WideFp cross = multiply_wide(add_limbs(a.c0, a.c1), add_limbs(b.c0, b.c1));
    return {low - high, WideFp::subtract_smaller(WideFp::subtract_smaller(cross, low), high)};
}

Fp2 operator*(const Fp2& a, const Fp2& b) {
    return reduce(multiply_wide(a, b));
}

Fp2 Fp2::square() const {
    const WideFp real = multiply_wide(add_limbs(c0, c1), subtract_limbs(c0, c1));
    const Fp imaginary = c0 * c1;
    return {reduce(real), imaginary.twice()};
}

Fp inverse_root(const Fp& a) {
    return a.pow(inverse_root_exponent);
}

Fp2 sqrt_with_norm_root(const Fp2& a, const Fp& norm_root) {
    // A root X + Y u has X^2 - Y^2 = c0, 2 X Y = c1 and X^2 + Y^2 = ±norm_root, so X^2 is one of
    // (c0 ± norm_root) / 2, the two of which have the product -(c1 / 2)^2: one is a square.
    Fp square = (a.c0 + norm_root).half();
    if (square.is_zero()) square = a.c0;
    const Fp inverse = inverse_root(square);
    const Fp root = square * inverse;
    const Fp other = a.c1.half() * inverse;
    if (root.square() == square) return {root, other};
    return {-other, root};  // root^2 = -square = Y^2, and 1 / root = -inverse.
}

std::optional<Fp2> Fp2::sqrt() const {
    const Fp size = norm();
    const Fp norm_root = size * inverse_root(size);
    if (norm_root.square() != size) return std::nullopt;
    return sqrt_with_norm_root(*this, norm_root);
}

}  // namespace meta138::crypto::bls12_381
