// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/encoding.hpp"
#include "bls12_381/map_to_curve.hpp"
#include "bls12_381/multi_scalar.hpp"
#include "bls12_381/pairing.hpp"

#include "meta138/crypto/bls12_381.hpp"

#include <vector>

namespace meta138::crypto {

namespace {

using namespace bls12_381;

constexpr std::size_t scalar_size = 32;

std::optional<G1Affine> decode_point(std::span<const std::uint8_t, bls12_381_g1_size> bytes) {
    return decode_g1(bytes);
}
std::optional<G2Affine> decode_point(std::span<const std::uint8_t, bls12_381_g2_size> bytes) {
    return decode_g2(bytes);
}

/// The points and scalars of a multi-scalar multiplication, added up.
template <std::size_t PointSize, typename Field>
std::optional<JacobianPoint<Field>> multiply(ByteView input) {
    constexpr std::size_t item_size = PointSize + scalar_size;
    if (input.empty() || input.size() % item_size != 0) return std::nullopt;
    std::vector<AffinePoint<Field>> points;
    std::vector<Scalar> scalars;
    points.reserve(input.size() / item_size);
    scalars.reserve(input.size() / item_size);
    for (; !input.empty(); input = input.subspan(item_size)) {
        const auto point = decode_point(input.template first<PointSize>());
        if (!point) return std::nullopt;
        points.push_back(*point);
        scalars.push_back(decode_scalar(input.template subspan<PointSize, scalar_size>()));
    }
    if (!are_in_subgroup(points)) return std::nullopt;
    return multi_scalar_multiply(points, scalars);
}

}  // namespace

std::optional<Bls12381G1Bytes> bls12_381_g1_add(
    std::span<const std::uint8_t, 2 * bls12_381_g1_size> input) {
    const auto a = decode_g1(input.first<bls12_381_g1_size>());
    const auto b = decode_g1(input.last<bls12_381_g1_size>());
    if (!a || !b) return std::nullopt;
    return encode_g1(G1{*a} + *b);
}

std::optional<Bls12381G1Bytes> bls12_381_g1_msm(ByteView input) {
    return multiply<bls12_381_g1_size, Fp>(input).transform(encode_g1);
}

std::optional<Bls12381G2Bytes> bls12_381_g2_add(
    std::span<const std::uint8_t, 2 * bls12_381_g2_size> input) {
    const auto a = decode_g2(input.first<bls12_381_g2_size>());
    const auto b = decode_g2(input.last<bls12_381_g2_size>());
    if (!a || !b) return std::nullopt;
    return encode_g2(G2{*a} + *b);
}

std::optional<Bls12381G2Bytes> bls12_381_g2_msm(ByteView input) {
    return multiply<bls12_381_g2_size, Fp2>(input).transform(encode_g2);
}

std::optional<bool> bls12_381_pairing_check(ByteView input) {
    constexpr std::size_t item_size = bls12_381_g1_size + bls12_381_g2_size;
    if (input.empty() || input.size() % item_size != 0) return std::nullopt;
    std::vector<PairingInput> pairs;
    std::vector<G1Affine> points_of_g1;
    pairs.reserve(input.size() / item_size);
    points_of_g1.reserve(input.size() / item_size);
    for (; !input.empty(); input = input.subspan(item_size)) {
        const auto p = decode_g1(input.first<bls12_381_g1_size>());
        if (!p) return std::nullopt;
        const auto q = decode_g2(input.subspan<bls12_381_g1_size, bls12_381_g2_size>());
        if (!q) return std::nullopt;
        pairs.push_back({*p, *q});
        points_of_g1.push_back(*p);
    }
    if (!are_in_subgroup(points_of_g1)) return std::nullopt;
    return check_pairing_product(pairs);
}

std::optional<Bls12381G1Bytes> bls12_381_map_fp_to_g1(std::span<const std::uint8_t, 64> element) {
    const auto u = decode_fp(element);
    if (!u) return std::nullopt;
    return encode_g1(clear_cofactor(map_to_curve(*u)));
}

std::optional<Bls12381G2Bytes> bls12_381_map_fp2_to_g2(std::span<const std::uint8_t, 128> element) {
    const auto u = decode_fp2(element);
    if (!u) return std::nullopt;
    return encode_g2(clear_cofactor(map_to_curve(*u)));
}

}  // namespace meta138::crypto
