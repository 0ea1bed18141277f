// SPDX-License-Identifier: Apache-2.0
#include "kzg/inputs.hpp"

#include "bls12_381/encoding.hpp"

namespace meta138::crypto::kzg {

using namespace bls12_381;

std::optional<Fr> decode_field_element(
    std::span<const std::uint8_t, BYTES_PER_FIELD_ELEMENT> bytes) {
    return Fr::from_be_bytes(bytes);
}

Hash32 encode_field_element(const Fr& element) {
    return {element.to_be_bytes()};
}

std::optional<std::vector<Fr>> decode_field_elements(ByteView bytes) {
    std::vector<Fr> elements;
    elements.reserve(bytes.size() / BYTES_PER_FIELD_ELEMENT);
    for (; !bytes.empty(); bytes = bytes.subspan(BYTES_PER_FIELD_ELEMENT)) {
        const auto element = decode_field_element(bytes.first<BYTES_PER_FIELD_ELEMENT>());
        if (!element) return std::nullopt;
        elements.push_back(*element);
    }
    return elements;
}

Fr reduce(const Hash32& digest) {
    return Fr::from_limbs(decode_scalar(digest.bytes));
}

std::optional<G1Affine> decode_point(const FixedBytes<48>& bytes) {
    auto point = decompress_g1(bytes.bytes);
    if (point && !is_in_subgroup(*point)) return std::nullopt;
    return point;
}

std::optional<std::vector<G1Affine>> decode_points(std::span<const FixedBytes<48>> points) {
    std::vector<G1Affine> result;
    result.reserve(points.size());
    for (const auto& bytes : points) {
        const auto point = decompress_g1(bytes.bytes);
        if (!point) return std::nullopt;
        result.push_back(*point);
    }
    if (!are_in_subgroup(result)) return std::nullopt;
    return result;
}

FixedBytes<48> encode_point(const G1& point) {
    return {compress(point.to_affine())};
}

std::vector<Scalar> to_scalars(std::span<const Fr> elements) {
    std::vector<Scalar> scalars;
    scalars.reserve(elements.size());
    for (const auto& element : elements) scalars.push_back(to_scalar(element));
    return scalars;
}

}  // namespace meta138::crypto::kzg
