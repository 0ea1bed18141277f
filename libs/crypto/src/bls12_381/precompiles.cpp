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

std::optional<G1Affine> decode_in_subgroup(std::span<const std::uint8_t, bls12_381_g1_size> bytes) {
    auto point = decode_g1(bytes);
    if (point && !is_in_subgroup(*point)) return std::nullopt;
    return point;
}

std::optional<G2Affine> decode_in_subgroup(std::span<const std::uint8_t, bls12_381_g2_size> bytes) {
    auto point = decode_g2(bytes);
    if (point && !is_in_subgroup(*point)) return std::nullopt;
    return point;
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
        const auto point = decode_in_subgroup(input.template first<PointSize>());
        if (!point) return std::nullopt;
        points.push_back(*point);
        scalars.push_back(decode_scalar(input.template subspan<PointSize, scalar_size>()));
    }
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
    pairs.reserve(input.size() / item_size);
    for (; !input.empty(); input = input.subspan(item_size)) {
        const auto p = decode_in_subgroup(input.first<bls12_381_g1_size>());
        if (!p) return std::nullopt;
        const auto q = decode_in_subgroup(input.subspan<bls12_381_g1_size, bls12_381_g2_size>());
        if (!q) return std::nullopt;
        pairs.push_back({*p, *q});
    }
    return is_pairing_product_one(pairs);
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
