// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bls12_381/groups.hpp"
#include "bls12_381/scalar.hpp"
#include "kzg/polynomial.hpp"

#include "meta138/crypto/kzg.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

/// Between the bytes of the specification and the numbers and points of the computation.
namespace meta138::crypto::kzg {

/// bytes_to_bls_field: nothing if it is not below BLS_MODULUS.
std::optional<Fr> decode_field_element(
    std::span<const std::uint8_t, BYTES_PER_FIELD_ELEMENT> bytes);
Hash32 encode_field_element(const Fr& element);
/// Of whole elements; nothing if one of them is not below BLS_MODULUS.
std::optional<std::vector<Fr>> decode_field_elements(ByteView bytes);
/// hash_to_bls_field, without the hash.
Fr reduce(const Hash32& digest);

/// bytes_to_kzg_commitment and bytes_to_kzg_proof: a point of G1, which may be infinity.
std::optional<bls12_381::G1Affine> decode_point(const FixedBytes<48>& bytes);
std::optional<std::vector<bls12_381::G1Affine>> decode_points(
    std::span<const FixedBytes<48>> points);
FixedBytes<48> encode_point(const bls12_381::G1& point);

inline bls12_381::Scalar to_scalar(const Fr& element) {
    return element.to_limbs();
}
std::vector<bls12_381::Scalar> to_scalars(std::span<const Fr> elements);

}  // namespace meta138::crypto::kzg
