// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "point.hpp"

#include "meta138/base/uint256.hpp"

#include <optional>

namespace meta138::crypto::secp256k1 {

inline constexpr Affine generator{
    FieldElement{{0x59f2815b16f81798, 0x029bfcdb2dce28d9, 0x55a06295ce870b07, 0x79be667ef9dcbbac}},
    FieldElement{{0x9c47d08ffb10d4b8, 0xfd17b448a6855419, 0x5da4fbfc0e1108a8, 0x483ada7726a3c465}}};

/// The point with this x whose y is odd, or not; absent if there is none.
std::optional<Affine> decompress(const FieldElement& x, bool y_is_odd) noexcept;

/// a * generator + b * p for scalars below the group's order; absent if that is infinity.
std::optional<Affine> double_multiply(const uint256& a, const uint256& b, const Affine& p) noexcept;

}  // namespace meta138::crypto::secp256k1
