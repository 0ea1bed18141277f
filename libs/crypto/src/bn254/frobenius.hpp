// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fp2.hpp"

#include <array>
#include <cstddef>

namespace meta138::crypto::bn254 {

/// xi^((p - 1)/6), computed by the compiler.
consteval Fp2 xi_to_a_sixth_of_p_minus_1() {
    // p = 1 mod 6.
    std::array<std::uint64_t, 4> exponent{};
    uint128 remainder = 0;
    for (std::size_t i = 4; i-- > 0;) {
        remainder = remainder << 64 | FpParams::modulus[i];
        exponent[i] = static_cast<std::uint64_t>(remainder / 6);
        remainder %= 6;
    }
    auto result = Fp2::one();
    for (std::size_t i = 256; i-- > 0;) {
        result = result.square();
        if ((exponent[i / 64] >> (i % 64) & 1) != 0) result = result.times_xi();
    }
    return result;
}

/// frobenius_factors[n - 1][i] = xi^(i (p^n - 1)/6): what the power p^n multiplies w^i by.
inline constexpr auto frobenius_factors = [] {
    constexpr Fp2 first = xi_to_a_sixth_of_p_minus_1();
    const Fp2 second = first * first.conjugate();
    const std::array<Fp2, 3> factors{first, second, second * first};
    std::array<std::array<Fp2, 6>, 3> table{};
    for (std::size_t n = 0; n < 3; ++n) {
        table[n][0] = Fp2::one();
        for (std::size_t i = 1; i < 6; ++i) table[n][i] = table[n][i - 1] * factors[n];
    }
    return table;
}();

}  // namespace meta138::crypto::bn254
