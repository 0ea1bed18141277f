// SPDX-License-Identifier: Apache-2.0
#include "fp6.hpp"

namespace meta138::crypto::bn254 {

// Karatsuba's method for three terms (Devegili, Ó hÉigeartaigh, Scott, Dahab 2006/471, section 4).
Fp6 operator*(const Fp6& a, const Fp6& b) {
    const auto t0 = a.c0 * b.c0;
    const auto t1 = a.c1 * b.c1;
    const auto t2 = a.c2 * b.c2;
    return {((a.c1 + a.c2) * (b.c1 + b.c2) - t1 - t2).times_xi() + t0,
            (a.c0 + a.c1) * (b.c0 + b.c1) - t0 - t1 + t2.times_xi(),
            (a.c0 + a.c2) * (b.c0 + b.c2) - t0 - t2 + t1};
}

Fp6 Fp6::times_sparse(const Fp2& b0, const Fp2& b1) const {
    const auto t0 = c0 * b0;
    const auto t1 = c1 * b1;
    return {(c2 * b1).times_xi() + t0, (c0 + c1) * (b0 + b1) - t0 - t1, c2 * b0 + t1};
}

// Chung and Hasan's SQR2 ("Asymmetric squaring formulae", 2006).
Fp6 Fp6::square() const {
    const auto s0 = c0.square();
    const auto s1 = (c0 * c1).twice();
    const auto s2 = (c0 - c1 + c2).square();
    const auto s3 = (c1 * c2).twice();
    const auto s4 = c2.square();
    return {s0 + s3.times_xi(), s1 + s4.times_xi(), s1 + s2 + s3 - s0 - s4};
}

// The adjugate over the norm (Beuchat et al. 2010/354, algorithm 17).
Fp6 Fp6::inverse() const {
    const auto t0 = c0.square() - (c1 * c2).times_xi();
    const auto t1 = c2.square().times_xi() - c0 * c1;
    const auto t2 = c1.square() - c0 * c2;
    const auto scale = (c0 * t0 + (c2 * t1 + c1 * t2).times_xi()).inverse();
    return {t0 * scale, t1 * scale, t2 * scale};
}

}  // namespace meta138::crypto::bn254
