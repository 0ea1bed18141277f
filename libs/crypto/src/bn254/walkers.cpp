// SPDX-License-Identifier: Apache-2.0
#include "walkers.hpp"

#include <utility>

namespace meta138::crypto::bn254 {

std::array<G2Affine, addend_count> addends_of(const G2Affine& q) {
    const auto psi = frobenius(q);
    const auto psi2 = frobenius(psi);
    return {q, -q, psi, -psi2, -frobenius(psi2)};
}

Walkers::Walkers(std::span<const PointPair> pairs) : pairs_{pairs} {
    META138_ASSERT(pairs.size() <= max_pairs_in_a_loop);
    for (std::size_t k = 0; k < pairs.size(); ++k) {
        const auto& q = pairs[k].g2;
        points_[k] = {q.x, q.y, Fp2::one()};
        addends_[k] = addends_of(q);
    }
}

void Walkers::twice() {
    for (std::size_t k = 0; k < pairs_.size(); ++k) lines_[k] = twice(points_[k]);
}

void Walkers::add(Addend addend) {
    for (std::size_t k = 0; k < pairs_.size(); ++k)
        lines_[k] = add(points_[k], addends_[k][std::to_underlying(addend)]);
}

void Walkers::multiply_lines(Fp12& f) const {
    for (std::size_t k = 0; k < pairs_.size(); ++k) {
        const auto& [c0, c1, c3] = lines_[k];
        const auto& p = pairs_[k].g1;
        f = f * Line{c0 * p.y, c1 * p.x, c3};
    }
}

bool Walkers::are_at(Addend place) const {
    for (std::size_t k = 0; k < pairs_.size(); ++k) {
        const auto& [x, y, z] = points_[k];
        const auto& q = addends_[k][std::to_underlying(place)];
        if (z.is_zero() || x != q.x * z || y != q.y * z) return false;
    }
    return true;
}

// Aranha et al. 2010/526, section 4.3; Costello, Lange, Naehrig 2009/615.
Line Walkers::twice(Point& t) {
    constexpr Fp2 three_b = twist_b.twice() + twist_b;
    const auto a = (t.x * t.y).half();
    const auto b = t.y.square();
    const auto c = t.z.square();
    const auto e = c * three_b;
    const auto f = e.twice() + e;
    const auto g = (b + f).half();
    const auto h = (t.y + t.z).square() - b - c;
    const auto j = t.x.square();
    const auto e2 = e.square();
    t.x = a * (b - f);
    t.y = g.square() - (e2.twice() + e2);
    t.z = b * h;
    return {-h, j.twice() + j, e - b};
}

// The same papers.
Line Walkers::add(Point& t, const G2Affine& q) {
    const auto theta = t.y - q.y * t.z;
    const auto lambda = t.x - q.x * t.z;
    const auto d = lambda.square();
    const auto e = lambda * d;
    const auto f = t.z * theta.square();
    const auto g = t.x * d;
    const auto h = e + f - g.twice();
    t.x = lambda * h;
    t.y = theta * (g - h) - e * t.y;
    t.z = t.z * e;
    return {lambda, -theta, theta * q.x - lambda * q.y};
}

}  // namespace meta138::crypto::bn254
