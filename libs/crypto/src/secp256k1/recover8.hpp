// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "point.hpp"
#include "scalar.hpp"

#include <array>
#include <cstdint>

namespace meta138::crypto::secp256k1 {

/// What is left of recovering a key when the scalars are known: a G + b R.
struct RecoverTask {
    FieldElement x;         ///< Of R.
    bool y_is_odd = false;  ///< Of R.
    uint256 a;              ///< Below the group's order, as is b.
    uint256 b;
};

enum class RecoverStatus : std::uint8_t {
    found,
    no_such_point,  ///< No R has this x.
    undecided,      ///< A sum met infinity or equal points, which the formulas do not cover.
};

struct RecoverResult {
    RecoverStatus status = RecoverStatus::undecided;
    Affine key;
};

/// Whether the processor has what recover8() needs.
bool has_recover8() noexcept;

/// Eight at a time, in the lanes of AVX-512's 52-bit multiplication.
std::array<RecoverResult, 8> recover8(const std::array<RecoverTask, 8>& tasks) noexcept;

}  // namespace meta138::crypto::secp256k1
