// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bls12_381/groups.hpp"

#include "meta138/base/bytes.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace meta138::crypto::bls12_381 {

// EIP-2537: field elements are 64 bytes, big-endian, the first 16 of them zero; a point is x and y;
// infinity is all zeros. Decoding fails for numbers not below p and points not on the curve; it
// does not look at the subgroup.

std::optional<Fp> decode_fp(std::span<const std::uint8_t, 64> bytes);
std::optional<Fp2> decode_fp2(std::span<const std::uint8_t, 128> bytes);
std::optional<G1Affine> decode_g1(std::span<const std::uint8_t, 128> bytes);
std::optional<G2Affine> decode_g2(std::span<const std::uint8_t, 256> bytes);
std::array<std::uint8_t, 128> encode_g1(const G1& point);
std::array<std::uint8_t, 256> encode_g2(const G2& point);

// The compressed form (draft-irtf-cfrg-pairing-friendly-curves appendix C): x, big-endian, for G2
// the coefficient of u first; in the first byte three flags: compressed, infinity, and whether y is
// the larger of y and -y. Decoding fails for any other use of the flags, numbers not below p, x of
// no point; it does not look at the subgroup.

std::optional<G1Affine> decompress_g1(std::span<const std::uint8_t, 48> bytes);
std::optional<G2Affine> decompress_g2(std::span<const std::uint8_t, 96> bytes);
std::array<std::uint8_t, 48> compress(const G1Affine& point);
std::array<std::uint8_t, 96> compress(const G2Affine& point);

}  // namespace meta138::crypto::bls12_381
