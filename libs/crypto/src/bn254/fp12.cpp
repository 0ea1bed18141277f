// SPDX-License-Identifier: Apache-2.0
#include "fp12.hpp"

#include "frobenius.hpp"

namespace meta138::crypto::bn254 {

Fp12 operator*(const Fp12& a, const Fp12& b) {
    const auto t0 = a.c0 * b.c0;
    const auto t1 = a.c1 * b.c1;
    return {t0 + t1.times_v(), (a.c0 + a.c1) * (b.c0 + b.c1) - t0 - t1};
}

Fp12 operator*(const Fp12& a, const Line& b) {
    const auto t0 = a.c0 * b.c0;
    const auto t1 = a.c1.times_sparse(b.c1, b.c3);
    return {t0 + t1.times_v(), (a.c0 + a.c1).times_sparse(b.c0 + b.c1, b.c3) - t0 - t1};
}

// The complex method: a^2 + v b^2 = (a + b)(a + v b) - a b - v a b.
Fp12 Fp12::square() const {
    const auto t = c0 * c1;
    return {(c0 + c1) * (c0 + c1.times_v()) - t - t.times_v(), t.twice()};
}

Fp12 Fp12::inverse() const {
    const auto scale = (c0.square() - c1.square().times_v()).inverse();
    return {c0 * scale, -(c1 * scale)};
}

Fp12 Fp12::frobenius(int n) const {
    const auto& factors = frobenius_factors[static_cast<std::size_t>(n - 1)];
    const auto raise = [n](const Fp2& a) { return n % 2 == 1 ? a.conjugate() : a; };
    return {{raise(c0.c0), raise(c0.c1) * factors[2], raise(c0.c2) * factors[4]},
            {raise(c1.c0) * factors[1], raise(c1.c1) * factors[3], raise(c1.c2) * factors[5]}};
}

namespace {

/// (a + b s)^2 with s^2 = xi.
struct Fp4Square {
    Fp2 c0;
    Fp2 c1;
    Fp4Square(const Fp2& a, const Fp2& b) {
        const auto a2 = a.square();
        const auto b2 = b.square();
        c0 = a2 + b2.times_xi();
        c1 = (a + b).square() - a2 - b2;
    }
};

}  // namespace

// Granger and Scott, "Faster squaring in the cyclotomic subgroup of sixth degree extensions",
// 2009/565, section 3.2.
Fp12 Fp12::cyclotomic_square() const {
    const Fp4Square a{c0.c0, c1.c1};
    const Fp4Square b{c1.c0, c0.c2};
    const Fp4Square c{c0.c1, c1.c2};
    const auto minus = [](const Fp2& t, const Fp2& z) { return (t - z).twice() + t; };
    const auto plus = [](const Fp2& t, const Fp2& z) { return (t + z).twice() + t; };
    return {{minus(a.c0, c0.c0), minus(b.c0, c0.c1), minus(c.c0, c0.c2)},
            {plus(c.c1.times_xi(), c1.c0), plus(a.c1, c1.c1), plus(b.c1, c1.c2)}};
}

}  // namespace meta138::crypto::bn254
