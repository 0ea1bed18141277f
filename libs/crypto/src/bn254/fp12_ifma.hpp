// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fp12.hpp"

#include <array>
#include <cstdint>

namespace meta138::crypto::bn254 {

#if defined(__x86_64__)

/// Whether the processor has the instructions that Fp12Ifma needs: AVX-512 with 52-bit
/// multiplication.
bool has_ifma();

/// Six elements of Fp in the first lanes of 512-bit vectors, one vector for each of five limbs of
/// 52 bits: the coefficients of an element of Fp6 in the order of the tower. In Montgomery form
/// with 2^260, and up to 2p: p is so much shorter that sums and products need no exact reduction.
struct alignas(64) Fp6Lanes {
    std::array<std::array<std::uint64_t, 8>, 5> limbs{};
};

/// Fp12 with vector instructions: a product is computed as the twelve coefficients' sums of
/// products, six coefficients side by side. Measured on a Zen 5 against Fp12: see fp12_ifma.cpp.
struct Fp12Ifma {
    Fp6Lanes c0;
    Fp6Lanes c1;

    static Fp12Ifma from(const Fp12& value);
    [[nodiscard]] Fp12 to_fp12() const;
    static Fp12Ifma one() { return from(Fp12::one()); }

    friend Fp12Ifma operator*(const Fp12Ifma& a, const Fp12Ifma& b);
    friend Fp12Ifma operator*(const Fp12Ifma& a, const Line& b);
    Fp12Ifma& operator*=(const Fp12Ifma& b) { return *this = *this * b; }
    [[nodiscard]] Fp12Ifma square() const;
    [[nodiscard]] Fp12Ifma cyclotomic_square() const;
    [[nodiscard]] Fp12Ifma conjugate() const;
    // Too rare to matter: by way of Fp12.
    [[nodiscard]] Fp12Ifma inverse() const { return from(to_fp12().inverse()); }
    [[nodiscard]] Fp12Ifma frobenius(int n) const { return from(to_fp12().frobenius(n)); }
};

#endif

}  // namespace meta138::crypto::bn254
