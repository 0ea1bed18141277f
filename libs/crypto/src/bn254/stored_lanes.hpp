// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace meta138::crypto::bn254::ifma {

// A whole cache line for a vector; only wished for, as g++-12 returns some such objects in places
// that are not aligned.
#if defined(__clang__)
inline constexpr std::size_t stored_alignment = 64;
#else
inline constexpr std::size_t stored_alignment = 16;
#endif

/// Eight elements of Fp in memory, limb by limb: see lanes_ifma.hpp.
struct alignas(stored_alignment) StoredLanes {
    std::array<std::array<std::uint64_t, 8>, 5> limbs{};
};

}  // namespace meta138::crypto::bn254::ifma
