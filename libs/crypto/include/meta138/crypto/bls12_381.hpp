// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

/// The operations of the BLS12-381 precompiles (EIP-2537).
///
/// Field elements are 64 bytes, big-endian, below p (so 16 zero bytes first); elements of Fp2 are
/// c0 and c1; points are x and y; infinity is all zeros. Scalars are 32 bytes, big-endian, of any
/// value. Every function returns nothing where the precompile fails: an element not below p, a
/// point not on its curve, a point outside its subgroup where that is checked, a wrong length.
namespace meta138::crypto {

inline constexpr std::size_t bls12_381_g1_size = 128;
inline constexpr std::size_t bls12_381_g2_size = 256;
using Bls12381G1Bytes = std::array<std::uint8_t, bls12_381_g1_size>;
using Bls12381G2Bytes = std::array<std::uint8_t, bls12_381_g2_size>;

/// BLS12_G1ADD: the sum of two points of the curve, of any subgroup.
[[nodiscard]] std::optional<Bls12381G1Bytes> bls12_381_g1_add(
    std::span<const std::uint8_t, 2 * bls12_381_g1_size> input);

/// BLS12_G1MSM: one or more times a point of G1 and a scalar (160 bytes), the sum of their
/// products.
[[nodiscard]] std::optional<Bls12381G1Bytes> bls12_381_g1_msm(ByteView input);

/// BLS12_G2ADD: the sum of two points of the curve, of any subgroup.
[[nodiscard]] std::optional<Bls12381G2Bytes> bls12_381_g2_add(
    std::span<const std::uint8_t, 2 * bls12_381_g2_size> input);

/// BLS12_G2MSM: one or more times a point of G2 and a scalar (288 bytes), the sum of their
/// products.
[[nodiscard]] std::optional<Bls12381G2Bytes> bls12_381_g2_msm(ByteView input);

/// BLS12_PAIRING_CHECK: one or more times a point of G1 and one of G2 (384 bytes), whether the
/// product of their pairings is one.
[[nodiscard]] std::optional<bool> bls12_381_pairing_check(ByteView input);

/// BLS12_MAP_FP_TO_G1: map_to_curve and clear_cofactor of RFC 9380's suites for G1.
[[nodiscard]] std::optional<Bls12381G1Bytes> bls12_381_map_fp_to_g1(
    std::span<const std::uint8_t, 64> element);

/// BLS12_MAP_FP2_TO_G2: the same for G2.
[[nodiscard]] std::optional<Bls12381G2Bytes> bls12_381_map_fp2_to_g2(
    std::span<const std::uint8_t, 128> element);

}  // namespace meta138::crypto
