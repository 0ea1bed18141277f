// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace meta138::crypto::bls12_381 {

/// Whether the processor has what the functions on lanes need: AVX-512 with 52-bit multiplication.
bool has_ifma();

#if defined(__GNUC__) && !defined(__clang__)
// g++-12 does not align temporaries as far as 64 bytes, but copies them as if it did.
inline constexpr std::size_t lanes_alignment = 8;
#else
inline constexpr std::size_t lanes_alignment = 64;
#endif

/// Eight elements of Fp in memory, limb by limb: see lanes_ifma.hpp.
struct alignas(lanes_alignment) StoredLanes {
    std::array<std::array<std::uint64_t, 8>, 8> limbs{};
};

}  // namespace meta138::crypto::bls12_381
