// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/subgroup_ifma.hpp"

#include "bls12_381/groups.hpp"
#include "bls12_381/lanes_ifma.hpp"

#if defined(__x86_64__)

#include <algorithm>
#include <array>

namespace meta138::crypto::bls12_381 {

using namespace ifma;

namespace {

/// The fields of the two groups, lane by lane; a second operand is at most 2^Bits.
struct FpLanes {
    using Field = Fp;
    static constexpr std::size_t width = 8;

    template <unsigned Bits>
    META138_IFMA static Lanes multiply(const Lanes& a, const Lanes& b) {
        return product(a, b);
    }
    template <unsigned Bits>
    META138_IFMA static Lanes square(const Lanes& a) {
        return product(a, a);
    }
    static const Fp* elements(const Fp* a) { return a; }
    static Fp* elements(Fp* a) { return a; }
};

struct Fp2Lanes {
    using Field = Fp2;
    static constexpr std::size_t width = 4;

    template <unsigned Bits>
    META138_IFMA static Lanes multiply(const Lanes& a, const Lanes& b) {
        return product2<Bits>(a, b);
    }
    template <unsigned Bits>
    META138_IFMA static Lanes square(const Lanes& a) {
        return square2<Bits>(a);
    }
    static const Fp* elements(const Fp2* a) { return &a->c0; }
    static Fp* elements(Fp2* a) { return &a->c0; }
};

/// Points in Jacobian coordinates: x and y are at most 32, z 4. Infinity has z = 0 modulo p, and so
/// has, for good, what the formulas below leave of an exception to them.
struct Points {
    StoredLanes x, y, z;
};

// As JacobianPoint::twice and its additions.

template <typename Group>
META138_IFMA_ENTRY void double_points(Points& points) {
    const auto x = load(points.x);
    const auto y = load(points.y);
    const auto b = Group::template square<5>(y);
    const auto d = shifted<2>(Group::template multiply<1>(x, b));  // up to 8
    const auto e = three_times(Group::template square<5>(x));      // up to 6
    const auto x3 = ifma::difference<4>(Group::template square<3>(e), raw_shifted<1>(d));
    const auto bb = Group::template square<1>(b);
    store(points.z, shifted<1>(Group::template multiply<2>(y, load(points.z))));
    store(points.x, x3);
    store(points.y, ifma::difference<4>(Group::template multiply<6>(e, ifma::difference<5>(d, x3)),
                                        raw_shifted<3>(bb)));
}

template <typename Group>
META138_IFMA_ENTRY void add_points(Points& a, const Points& b) {
    const auto a_z = load(a.z);
    const auto b_z = load(b.z);
    const auto aa = Group::template square<2>(a_z);
    const auto bb = Group::template square<2>(b_z);
    const auto u1 = Group::template multiply<1>(load(a.x), bb);
    const auto h = ifma::difference<1>(Group::template multiply<1>(load(b.x), aa), u1);  // to 4
    const auto s1 = Group::template multiply<1>(load(a.y), Group::template multiply<1>(b_z, bb));
    const auto s2 = Group::template multiply<1>(load(b.y), Group::template multiply<1>(a_z, aa));
    const auto r = ifma::difference<1>(s2, s1);  // up to 4
    const auto hh = Group::template square<2>(h);
    const auto hhh = Group::template multiply<1>(h, hh);
    const auto v = Group::template multiply<1>(u1, hh);
    const auto x3 = ifma::difference<3>(Group::template square<2>(r),
                                        raw_sum(hhh, raw_shifted<1>(v)));  // up to 10
    store(a.x, x3);
    store(a.y, ifma::difference<1>(Group::template multiply<5>(r, ifma::difference<4>(v, x3)),
                                   Group::template multiply<1>(s1, hhh)));
    store(a.z, Group::template multiply<2>(Group::template multiply<2>(a_z, b_z), h));
}

template <typename Group>
Points times_abs_x(const Points& points) {
    Points result = points;
    for (int bit = 62; bit >= 0; --bit) {
        double_points<Group>(result);
        if ((abs_x >> bit & 1) != 0) add_points<Group>(result, points);
    }
    return result;
}

template <typename Group>
using Coordinates = std::array<typename Group::Field, Group::width>;

template <typename Group>
META138_IFMA_ENTRY StoredLanes to_lanes(const Coordinates<Group>& from) {
    StoredLanes result;
    store(result, widen(Group::elements(from.data()), 8));
    return result;
}

template <typename Group>
META138_IFMA_ENTRY Coordinates<Group> from_lanes(const StoredLanes& from) {
    Coordinates<Group> result;
    narrow(load(from), Group::elements(result.data()), 8);
    return result;
}

/// Points that are not infinity, up to as many as there are lanes.
template <typename Group>
Points load_points(std::span<const AffinePoint<typename Group::Field>> points) {
    Coordinates<Group> x{};
    Coordinates<Group> y{};
    Coordinates<Group> z{};
    z.fill(Group::Field::one());
    for (std::size_t i = 0; i < points.size(); ++i) {
        x[i] = points[i].x;
        y[i] = points[i].y;
    }
    return {to_lanes<Group>(x), to_lanes<Group>(y), to_lanes<Group>(z)};
}

/// Whether the multiples are the places, and none infinity.
template <typename Group>
bool are_at(const Points& multiples, std::span<const AffinePoint<typename Group::Field>> places) {
    const auto x = from_lanes<Group>(multiples.x);
    const auto y = from_lanes<Group>(multiples.y);
    const auto z = from_lanes<Group>(multiples.z);
    for (std::size_t i = 0; i < places.size(); ++i) {
        const JacobianPoint<typename Group::Field> multiple{x[i], y[i], z[i]};
        if (multiple.is_infinity() || multiple != places[i]) return false;
    }
    return true;
}

/// Calls `check` with up to `Width` points at a time, none of them infinity.
template <std::size_t Width, typename Point, typename Check>
bool check_in_groups(std::span<const Point> points, const Check& check) {
    std::array<Point, Width> group;
    std::size_t count = 0;
    for (const auto& point : points) {
        if (point.is_infinity()) continue;
        group[count++] = point;
        if (count < Width) continue;
        if (!check(std::span<const Point>{group})) return false;
        count = 0;
    }
    return count == 0 || check(std::span<const Point>{group}.first(count));
}

}  // namespace

bool are_in_subgroup_ifma(std::span<const G1Affine> points) {
    return check_in_groups<FpLanes::width>(points, [](std::span<const G1Affine> group) {
        std::array<G1Affine, FpLanes::width> places;
        std::ranges::transform(group, places.begin(), [](const auto& p) { return -phi(p); });
        const auto multiples =
            times_abs_x<FpLanes>(times_abs_x<FpLanes>(load_points<FpLanes>(group)));
        return are_at<FpLanes>(multiples, std::span{places}.first(group.size()));
    });
}

bool are_in_subgroup_ifma(std::span<const G2Affine> points) {
    return check_in_groups<Fp2Lanes::width>(points, [](std::span<const G2Affine> group) {
        std::array<G2Affine, Fp2Lanes::width> places;
        std::ranges::transform(group, places.begin(), [](const auto& p) { return -psi(p); });
        const auto multiples = times_abs_x<Fp2Lanes>(load_points<Fp2Lanes>(group));
        return are_at<Fp2Lanes>(multiples, std::span{places}.first(group.size()));
    });
}

}  // namespace meta138::crypto::bls12_381

#endif
