// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "power.hpp"

#include <cstdint>
#include <span>

namespace meta138::crypto::modexp_detail {

/// The longest modulus for which the sums of power_ifma() fit their limbs.
inline constexpr std::size_t max_ifma_bits = 8192;
inline constexpr std::size_t ifma_limb_bits = 52;

/// How many limbs of 52 bits a modulus of so many bits takes: two bits are left over.
constexpr std::size_t ifma_limbs_for(std::size_t bits) noexcept {
    return (bits + 2 + ifma_limb_bits - 1) / ifma_limb_bits;
}

/// Whether the processor has AVX-512's multiplication of 52 bits.
bool has_ifma() noexcept;

/// base ** exponent modulo an odd `modulus` of at most max_ifma_bits, into `out`. All have
/// ifma_limbs_for(bits of the modulus) limbs of 52 bits; `base` is below the modulus, and already
/// multiplied by 2^(52 * limbs).
void power_ifma(std::span<const std::uint64_t> base, const Exponent& exponent,
                std::span<const std::uint64_t> modulus, std::span<std::uint64_t> out);

}  // namespace meta138::crypto::modexp_detail
