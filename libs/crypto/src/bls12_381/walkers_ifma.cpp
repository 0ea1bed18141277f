// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/walkers_ifma.hpp"

#include "bls12_381/lanes_ifma.hpp"

#if defined(__x86_64__)

#include <algorithm>
#include <array>

namespace meta138::crypto::bls12_381 {

using namespace ifma;

namespace {

using Four = std::array<Fp2, 4>;

META138_IFMA_ENTRY void store_four(StoredLanes& to, const Four& from) {
    store(to, widen(&from[0].c0, 8));
}

META138_IFMA_ENTRY Four load_four(const StoredLanes& from) {
    Four result;
    narrow(load(from), &result[0].c0, 8);
    return result;
}

}  // namespace

WalkersIfma::WalkersIfma(std::span<const PairingInput> pairs)
    : pairs_{pairs}, groups_((pairs.size() + group_size - 1) / group_size) {
    for (std::size_t first = 0; first < pairs.size(); first += group_size) {
        Four q_x{};
        Four q_y{};
        Four p_x{};
        Four minus_p_y{};
        for (std::size_t k = 0; k < std::min(group_size, pairs.size() - first); ++k) {
            const auto& [p, q] = pairs[first + k];
            q_x[k] = q.x;
            q_y[k] = q.y;
            p_x[k] = {p.x, p.x};
            minus_p_y[k] = {-p.y, -p.y};
        }
        auto& group = groups_[first / group_size];
        store_four(group.q_x, q_x);
        store_four(group.q_y, q_y);
        store_four(group.p_x, p_x);
        store_four(group.minus_p_y, minus_p_y);
        group.x = group.q_x;
        group.y = group.q_y;
        store_four(group.z, {Fp2::one(), Fp2::one(), Fp2::one(), Fp2::one()});
    }
}

void WalkersIfma::twice() {
    for (auto& group : groups_) twice(group);
}

void WalkersIfma::add() {
    for (auto& group : groups_) add(group);
}

void WalkersIfma::multiply_lines(Fp12Ifma& f) const {
    for (std::size_t k = 0; k < pairs_.size(); ++k)
        f = f.times_line(groups_[k / group_size].lines, k % group_size);
}

bool WalkersIfma::are_at_minus_psi() const {
    for (std::size_t first = 0; first < pairs_.size(); first += group_size) {
        const auto& group = groups_[first / group_size];
        const auto x = load_four(group.x);
        const auto y = load_four(group.y);
        const auto z = load_four(group.z);
        for (std::size_t k = 0; k < std::min(group_size, pairs_.size() - first); ++k) {
            const auto place = -psi(pairs_[first + k].q);
            if (z[k].is_zero() || x[k] != place.x * z[k] || y[k] != place.y * z[k]) return false;
        }
    }
    return true;
}

// As Walkers::twice, with x, y and z four times as large instead of halved numbers, and the line
// times -1. Before and after, x is at most 2, y 32 and z 2.
META138_IFMA_ENTRY void WalkersIfma::twice(Group& group) {
    const auto x = load(group.x);
    const auto y = load(group.y);
    const auto z = load(group.z);
    const auto xy = product2<1>(y, x);
    const auto b = square2<5>(y);
    const auto c = square2<1>(z);
    const auto yz = product2<1>(y, z);
    const auto xx = square2<1>(x);
    const auto h = shifted<1>(yz);
    // 3 b' c = 12 xi c, up to 48.
    const auto xi_c = raw_times_xi<1>(c);
    const auto e = normalised(raw_shifted<2>(raw_sum(raw_shifted<1>(xi_c), xi_c)));

    store(group.lines.a0, ifma::difference<1>(e, b));
    store(group.lines.a2, ifma::product(three_times(xx), load(group.p_x)));
    store(group.lines.a3, ifma::product(h, load(group.minus_p_y)));

    const auto f = three_times(e);  // up to 144
    const auto ee = square2<6>(e);
    store(group.x, product2<9>(shifted<1>(xy), ifma::difference<8>(b, f)));
    const auto g = square2<8>(ifma::sum(b, f));
    const auto three_ee = raw_sum(raw_shifted<1>(ee), ee);
    store(group.y, ifma::difference<4>(g, raw_shifted<2>(three_ee)));
    store(group.z, product2<3>(h, shifted<2>(b)));
}

// As Walkers::add, with the line times -1.
META138_IFMA_ENTRY void WalkersIfma::add(Group& group) {
    const auto x = load(group.x);
    const auto y = load(group.y);
    const auto z = load(group.z);
    const auto q_x = load(group.q_x);
    const auto q_y = load(group.q_y);
    const auto theta = ifma::difference<1>(y, product2<1>(z, q_y));   // up to 34
    const auto lambda = ifma::difference<1>(x, product2<1>(z, q_x));  // up to 4
    const auto d = square2<2>(lambda);
    const auto e = product2<1>(lambda, d);
    const auto f = product2<1>(z, square2<6>(theta));
    const auto g = product2<1>(x, d);
    const auto h = ifma::difference<2>(ifma::sum(e, f), raw_shifted<1>(g));  // up to 8
    store(group.x, product2<3>(lambda, h));
    store(group.y,
          ifma::difference<1>(product2<4>(theta, ifma::difference<3>(g, h)), product2<1>(y, e)));
    store(group.z, product2<1>(z, e));

    store(group.lines.a0, ifma::difference<1>(product2<1>(lambda, q_y), product2<1>(theta, q_x)));
    store(group.lines.a2, ifma::product(theta, load(group.p_x)));
    store(group.lines.a3, ifma::product(lambda, load(group.minus_p_y)));
}

}  // namespace meta138::crypto::bls12_381

#endif
