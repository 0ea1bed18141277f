// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace meta138::crypto::bls12_381 {

/// Whether the processor has what the functions on lanes need: AVX-512 with 52-bit multiplication.
bool has_ifma();

/// Eight elements of Fp in memory, limb by limb: see lanes_ifma.hpp.
struct alignas(64) StoredLanes {
    std::array<std::array<std::uint64_t, 8>, 8> limbs{};
};

}  // namespace meta138::crypto::bls12_381
