// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/groups.hpp"

#include "bls12_381/subgroup_ifma.hpp"

#include <algorithm>

namespace meta138::crypto::bls12_381 {

namespace {

constexpr G1Affine generator_of_g1{
    Fp::from_hex("0x17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905"
                 "a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"),
    Fp::from_hex("0x08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af6"
                 "00db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1")};

constexpr G2Affine generator_of_g2{
    Fp2::from_hex("0x024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02"
                  "b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8",
                  "0x13e02b6052719f607dacd3a088274f65596bd0d09920b61a"
                  "b5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"),
    Fp2::from_hex("0x0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a7"
                  "6d429a695160d12c923ac9cc3baca289e193548608b82801",
                  "0x0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af"
                  "267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be")};

constexpr Fp b = Fp::from_uint64(4);
constexpr Fp2 b_of_the_twist{Fp::from_uint64(4), Fp::from_uint64(4)};

/// A primitive cube root of one.
constexpr Fp beta = Fp::from_hex(
    "0x00000000000000005f19672fdf76ce51ba69c6076a0f77ea"
    "ddb3a93be6f89688de17d813620a00022e01fffffffefffe");

/// xi^(-(p - 1) / 3), which is this times u.
constexpr Fp psi_x = Fp::from_hex(
    "0x1a0111ea397fe699ec02408663d4de85aa0d857d89759ad4"
    "897d29650fb85f9b409427eb4f49fffd8bfd00000000aaad");
/// xi^(-(p - 1) / 2).
constexpr Fp2 psi_y = Fp2::from_hex(
    "0x135203e60180a68ee2e9c448d77a2cd91c3dedd930b1cf60"
    "ef396489f61eb45e304466cf3e67fa0af1ee7b04121bdea2",
    "0x06af0e0437ff400b6831e36d6bd17ffe48395dabc2d3435e"
    "77f76e17009241c5ee67992f72ec05f4c81084fbede3cc09");
/// xi^(-(p^2 - 1) / 3).
constexpr Fp psi_squared_x = Fp::from_hex(
    "0x1a0111ea397fe699ec02408663d4de85aa0d857d89759ad4"
    "897d29650fb85f9b409427eb4f49fffd8bfd00000000aaac");

/// conj(x) psi_x u.
Fp2 times_psi_x(const Fp2& x) {
    return {x.c1 * psi_x, x.c0 * psi_x};
}

/// |x| P: 63 doublings, and five additions of a point in the coordinates that are at hand.
template <typename Field, typename Point>
JacobianPoint<Field> multiply_by_abs_x(const Point& point) {
    JacobianPoint<Field> result{point};
    for (int bit = 62; bit >= 0; --bit) {
        result = result.twice();
        if ((abs_x >> bit & 1) != 0) result += point;
    }
    return result;
}

}  // namespace

const G1Affine& g1_generator() {
    return generator_of_g1;
}
const G2Affine& g2_generator() {
    return generator_of_g2;
}

bool is_on_curve(const G1Affine& point) {
    return point.is_infinity() || point.y.square() == point.x.square() * point.x + b;
}

bool is_on_curve(const G2Affine& point) {
    return point.is_infinity() || point.y.square() == point.x.square() * point.x + b_of_the_twist;
}

G1Affine phi(const G1Affine& point) {
    return {point.x * beta, point.y};
}

G2Affine psi(const G2Affine& point) {
    return {times_psi_x(point.x), point.y.conjugate() * psi_y};
}

G2 psi(const G2& point) {
    return {times_psi_x(point.x), point.y.conjugate() * psi_y, point.z.conjugate()};
}

G2 psi_squared(const G2& point) {
    return {point.x * psi_squared_x, -point.y, point.z};
}

G1 times_abs_x(const G1& point) {
    return multiply_by_abs_x<Fp>(point);
}
G2 times_abs_x(const G2& point) {
    return multiply_by_abs_x<Fp2>(point);
}

bool is_in_subgroup(const G1Affine& point) {
    return times_abs_x(multiply_by_abs_x<Fp>(point)) == -phi(point);
}

bool is_in_subgroup(const G2Affine& point) {
    return multiply_by_abs_x<Fp2>(point) == -psi(point);
}

bool are_in_subgroup(std::span<const G1Affine> points) {
#if defined(__x86_64__)
    if (has_ifma() && points.size() > 1) return are_in_subgroup_ifma(points);
#endif
    return std::ranges::all_of(points, [](const auto& point) { return is_in_subgroup(point); });
}

bool are_in_subgroup(std::span<const G2Affine> points) {
#if defined(__x86_64__)
    if (has_ifma()) return are_in_subgroup_ifma(points);
#endif
    return std::ranges::all_of(points, [](const auto& point) { return is_in_subgroup(point); });
}

G1 clear_cofactor(const G1& point) {
    return times_abs_x(point) + point;
}

G2 clear_cofactor(const G2& point) {
    // (x^2 - x - 1) P + (x - 1) psi(P) + psi^2(2 P) with y = -x = |x|:
    // y (y P + P) - P - (y psi(P) + psi(P)) + psi^2(2 P).
    const G2 times_y_and_one = times_abs_x(point) + point;
    return times_abs_x(times_y_and_one) - point - psi(times_y_and_one) + psi_squared(point.twice());
}

}  // namespace meta138::crypto::bls12_381
