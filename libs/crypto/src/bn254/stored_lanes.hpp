// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace meta138::crypto::bn254::ifma {

/// Eight elements of Fp in memory, limb by limb: see lanes_ifma.hpp.
struct alignas(64) StoredLanes {
    std::array<std::array<std::uint64_t, 8>, 5> limbs{};
};

}  // namespace meta138::crypto::bn254::ifma
