// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bls12_381/field.hpp"

#include "meta138/base/bytes.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace meta138::crypto::bls12_381 {

/// A canonical number below r, least significant limb first.
using Scalar = std::array<std::uint64_t, 4>;

/// The big-endian number modulo r.
Scalar decode_scalar(std::span<const std::uint8_t, 32> bytes);

/// The four digits of a scalar in base |x|, lowest first. r < x^4, so four are enough.
std::array<std::uint64_t, 4> digits_in_base_x(const Scalar& scalar);

}  // namespace meta138::crypto::bls12_381
