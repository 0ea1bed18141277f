// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/walkers.hpp"

namespace meta138::crypto::bls12_381 {

namespace {

/// 3 b' a = 12 (1 + u) a.
Fp2 times_three_b(const Fp2& a) {
    const Fp2 four = a.times_xi().twice().twice();
    return four.twice() + four;
}

}  // namespace

Walkers::Walkers(std::span<const PairingInput> pairs) : pairs_{pairs}, lines_(pairs.size()) {
    points_.reserve(pairs.size());
    for (const auto& pair : pairs) points_.push_back({pair.q.x, pair.q.y, Fp2::one()});
}

void Walkers::twice() {
    for (std::size_t i = 0; i < points_.size(); ++i) lines_[i] = twice(points_[i]);
}

void Walkers::add() {
    for (std::size_t i = 0; i < points_.size(); ++i) lines_[i] = add(points_[i], pairs_[i].q);
}

void Walkers::multiply_lines(Fp12& f) const {
    for (std::size_t i = 0; i < lines_.size(); ++i) f *= lines_[i].at(pairs_[i].p.x, pairs_[i].p.y);
}

bool Walkers::are_at_minus_psi() const {
    for (std::size_t i = 0; i < points_.size(); ++i) {
        const auto& t = points_[i];
        const auto place = -psi(pairs_[i].q);
        if (t.z.is_zero() || t.x != place.x * t.z || t.y != place.y * t.z) return false;
    }
    return true;
}

// Costello, Lange and Naehrig (eprint 2009/615, section 5), with the constants of this curve.

Line Walkers::twice(Point& t) {
    const Fp2 a = (t.x * t.y).half();
    const Fp2 b = t.y.square();
    const Fp2 c = t.z.square();
    const Fp2 e = times_three_b(c);
    const Fp2 f = e.twice() + e;
    const Fp2 g = (b + f).half();
    const Fp2 h = (t.y + t.z).square() - b - c;
    const Fp2 xx = t.x.square();
    const Fp2 ee = e.square();
    t.x = a * (b - f);
    t.y = g.square() - (ee.twice() + ee);
    t.z = b * h;
    return {b - e, -(xx.twice() + xx), h};
}

Line Walkers::add(Point& t, const G2Affine& q) {
    const Fp2 theta = t.y - q.y * t.z;
    const Fp2 lambda = t.x - q.x * t.z;
    const Fp2 d = lambda.square();
    const Fp2 e = lambda * d;
    const Fp2 f = t.z * theta.square();
    const Fp2 g = t.x * d;
    const Fp2 h = e + f - g.twice();
    t.x = lambda * h;
    t.y = theta * (g - h) - e * t.y;
    t.z = t.z * e;
    return {theta * q.x - lambda * q.y, -theta, lambda};
}

}  // namespace meta138::crypto::bls12_381
