// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>

/// The arithmetic of the precompiles on the curve alt_bn128. A point of G1 is x, y (EIP-196), one
/// of G2 is the imaginary, then the real part of x, then those of y (EIP-197); 32 bytes each,
/// big-endian. Infinity is all zeros.
namespace meta138::crypto {

/// The sum of two points of G1 (EIP-196 ECADD), or nothing when a coordinate is not below p or a
/// point is not on the curve.
std::optional<std::array<std::uint8_t, 64>> bn254_add(std::span<const std::uint8_t, 128> input);

/// A point of G1 times a scalar (EIP-196 ECMUL); the scalar may be any. Nothing as for bn254_add.
std::optional<std::array<std::uint8_t, 64>> bn254_mul(std::span<const std::uint8_t, 96> input);

/// Whether the product of the pairings of pairs (G1, G2) is one (EIP-197); true for no pairs.
/// Nothing when the length is not a multiple of 192, a coordinate is not below p, a point is not on
/// its curve, or a point of the twist is not in G2, the subgroup of order r.
std::optional<bool> bn254_pairing_check(ByteView input);

}  // namespace meta138::crypto
