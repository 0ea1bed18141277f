// SPDX-License-Identifier: Apache-2.0
#include "walkers_ifma.hpp"

#include "lanes_ifma.hpp"

#if defined(__x86_64__)

#include <algorithm>
#include <utility>

namespace meta138::crypto::bn254 {

using namespace ifma;

namespace {

// The multiples of p in the comments bound the operands and results; a product of sums below s p^2
// is below (s/84 + 1) p.

inline constexpr Constant three_p = times_p(3);
inline constexpr Constant five_p = times_p(5);
inline constexpr Constant six_p = times_p(6);
inline constexpr Constant fourteen_p = times_p(14);

/// columns += a b in Fp2; a and b are normalised, b at most bound_p.
META138_IFMA inline void accumulate2(Columns& columns, const Lanes& a, const Lanes& b,
                                     const Constant& bound_p) {
    Lanes real;
    Lanes imaginary;
    for (std::size_t i = 0; i < limb_count; ++i) {
        real.limbs[i] = _mm512_permutex_epi64(a.limbs[i], 0xa0);
        imaginary.limbs[i] = _mm512_permutex_epi64(a.limbs[i], 0xf5);
    }
    accumulate(columns, real, b);
    accumulate(columns, imaginary, times_u(b, bound_p));
}

META138_IFMA inline Lanes product(const Lanes& a, const Lanes& b, const Constant& bound_p) {
    auto columns = no_columns();
    accumulate2(columns, a, b, bound_p);
    return montgomery_reduce(columns);
}

/// The products of the elements of Fp.
META138_IFMA inline Lanes scaled(const Lanes& a, const Lanes& b) {
    auto columns = no_columns();
    accumulate(columns, a, b);
    return montgomery_reduce(columns);
}

/// (a0 + a1)(a0 - a1) and 2 a0 a1; a is normalised and at most bound_p.
META138_IFMA inline Lanes square(const Lanes& a, const Constant& bound_p) {
    Lanes left;
    Lanes right;
    for (std::size_t i = 0; i < limb_count; ++i) {
        const auto exchanged = parts_exchanged(a.limbs[i]);
        // Real lanes: a0 + a1, a0 - a1. Imaginary lanes: 2 a0, a1.
        left.limbs[i] =
            _mm512_add_epi64(exchanged, _mm512_mask_mov_epi64(exchanged, real_lanes, a.limbs[i]));
        const auto bounded = _mm512_add_epi64(a.limbs[i], broadcast(bound_p[i]));
        right.limbs[i] = _mm512_mask_sub_epi64(a.limbs[i], real_lanes, bounded, exchanged);
    }
    normalise(left);
    normalise(right);
    auto columns = no_columns();
    accumulate(columns, left, right);
    return montgomery_reduce(columns);
}

/// a - b, normalised, at most that of a plus bound_p, which b is at most.
META138_IFMA inline Lanes minus(const Lanes& a, const Lanes& b, const Constant& bound_p) {
    auto result = difference(plus(a, bound_p), b);
    normalise(result);
    return result;
}

META138_IFMA inline Lanes negative(const Lanes& b, const Constant& bound_p) {
    Lanes zero;
    for (auto& limb : zero.limbs) limb = _mm512_setzero_si512();
    return minus(zero, b, bound_p);
}

META138_IFMA inline Lanes normalised(Lanes a) {
    normalise(a);
    return a;
}

META138_IFMA inline Lanes three_times(const Lanes& a) {
    return sum(a, shifted_left<1>(a));
}

/// The same element of Fp2 four times.
META138_IFMA inline Lanes four_times_over(const Fp2& value) {
    const std::array copies{value, value, value, value};
    return widen<8>(&copies[0].c0);
}

using Group2 = std::array<Fp2, 4>;

META138_IFMA_ENTRY void store_group(StoredLanes& to, const Group2& from) {
    store(to, widen<8>(&from[0].c0));
}

META138_IFMA_ENTRY void load_group(Group2& to, const StoredLanes& from) {
    narrow<8>(load(from), &to[0].c0);
}

constexpr Fp2 three_b = twist_b.twice() + twist_b;

}  // namespace

WalkersIfma::WalkersIfma(std::span<const PointPair> pairs) : count_{pairs.size()} {
    META138_ASSERT(pairs.size() <= max_pairs_in_a_loop);
    for (std::size_t first = 0; first < count_; first += group_size) {
        auto& group = groups_[first / group_size];
        Group2 p_x{};
        Group2 p_y{};
        std::array<Group2, addend_count> q_x{};
        std::array<Group2, addend_count> q_y{};
        for (std::size_t k = 0; k < std::min(group_size, count_ - first); ++k) {
            const auto& [p, q] = pairs[first + k];
            p_x[k] = {p.x, p.x};
            p_y[k] = {p.y, p.y};
            const auto addends = addends_of(q);
            for (std::size_t i = 0; i < addend_count; ++i) {
                q_x[i][k] = addends[i].x;
                q_y[i][k] = addends[i].y;
            }
        }
        store_group(group.p_x, p_x);
        store_group(group.p_y, p_y);
        for (std::size_t i = 0; i < addend_count; ++i) {
            store_group(group.q_x[i], q_x[i]);
            store_group(group.q_y[i], q_y[i]);
        }
        group.x = group.q_x[std::to_underlying(Addend::q)];
        group.y = group.q_y[std::to_underlying(Addend::q)];
        store_group(group.z, {Fp2::one(), Fp2::one(), Fp2::one(), Fp2::one()});
    }
}

void WalkersIfma::twice() {
    for (auto& group : groups()) twice(group);
}

void WalkersIfma::add(Addend addend) {
    for (auto& group : groups()) add(group, std::to_underlying(addend));
}

void WalkersIfma::multiply_lines(Fp12Ifma& f) const {
    for (std::size_t k = 0; k < count_; ++k)
        f = f.times_line(groups_[k / group_size].lines, k % group_size);
}

bool WalkersIfma::are_at(Addend place) const {
    const auto at = std::to_underlying(place);
    for (std::size_t first = 0; first < count_; first += group_size) {
        const auto& group = groups_[first / group_size];
        Group2 x, y, z, q_x, q_y;
        load_group(x, group.x);
        load_group(y, group.y);
        load_group(z, group.z);
        load_group(q_x, group.q_x[at]);
        load_group(q_y, group.q_y[at]);
        for (std::size_t k = 0; k < std::min(group_size, count_ - first); ++k)
            if (z[k].is_zero() || x[k] != q_x[k] * z[k] || y[k] != q_y[k] * z[k]) return false;
    }
    return true;
}

// As Walkers::twice, with X, Y, Z four times as large instead of halved numbers.
META138_IFMA_ENTRY void WalkersIfma::twice(Group& group) {
    const auto x = load(group.x);
    const auto y = load(group.y);
    const auto z = load(group.z);
    const auto xy = product(x, y, two_p);  // 1.1 p, as most.
    const auto b = square(y, two_p);       // 1.2 p
    const auto c = square(z, two_p);
    const auto yz = product(y, z, two_p);
    const auto j = square(x, two_p);
    const auto e = product(c, four_times_over(three_b), two_p);

    store(group.lines.c0, scaled(negative(shifted_left<1>(yz), four_p), load(group.p_y)));
    store(group.lines.c1, scaled(normalised(three_times(j)), load(group.p_x)));
    store(group.lines.c3, minus(e, b, two_p));

    const auto f = normalised(three_times(e));                      // 3.3 p
    const auto e2 = square(e, two_p);                               // 1.1 p
    const auto twice_xy = normalised(shifted_left<1>(xy));          // 2.2 p
    store(group.x, product(twice_xy, minus(b, f, four_p), six_p));  // From 2.2 p and 5.2 p.
    const auto g = square(normalised(sum(b, f)), five_p);           // From 4.5 p: 2 p.
    auto new_y = difference(plus(g, fourteen_p), shifted_left<2>(three_times(e2)));
    reduce(new_y);
    store(group.y, new_y);
    const auto four_b = normalised(shifted_left<2>(b));  // 4.8 p
    store(group.z, product(four_b, normalised(shifted_left<1>(yz)), three_p));
}

// As Walkers::add.
META138_IFMA_ENTRY void WalkersIfma::add(Group& group, std::size_t addend) {
    const auto x = load(group.x);
    const auto y = load(group.y);
    const auto z = load(group.z);
    const auto q_x = load(group.q_x[addend]);
    const auto q_y = load(group.q_y[addend]);
    const auto theta = minus(y, product(z, q_y, two_p), two_p);    // 4 p
    const auto lambda = minus(x, product(z, q_x, two_p), two_p);   // 4 p
    const auto d = square(lambda, four_p);                         // 1.8 p
    const auto e = product(lambda, d, two_p);                      // 1.2 p
    const auto f = product(z, square(theta, four_p), two_p);       // 1.1 p
    const auto g = product(x, d, two_p);                           // 1.1 p
    const auto h = minus(sum(e, f), shifted_left<1>(g), three_p);  // 5.3 p

    store(group.lines.c0, scaled(lambda, load(group.p_y)));
    store(group.lines.c1, scaled(negative(theta, four_p), load(group.p_x)));
    auto c3 = no_columns();
    accumulate2(c3, theta, q_x, two_p);
    accumulate2(c3, negative(lambda, four_p), q_y, two_p);
    store(group.lines.c3, montgomery_reduce(c3));

    store(group.x, product(lambda, h, six_p));  // From 4 p and 5.3 p: 1.6 p.
    auto new_y = no_columns();
    accumulate2(new_y, minus(g, h, six_p), theta, four_p);  // From 7.1 p and 4 p.
    accumulate2(new_y, negative(e, two_p), y, two_p);
    store(group.y, montgomery_reduce(new_y));  // 1.8 p
    store(group.z, product(z, e, two_p));
}

}  // namespace meta138::crypto::bn254

#endif
