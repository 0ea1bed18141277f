// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fp12.hpp"
#include "stored_lanes.hpp"

#include <array>
#include <cstdint>

namespace meta138::crypto::bn254 {

#if defined(__x86_64__)

/// Whether the processor has the instructions that Fp12Ifma needs: AVX-512 with 52-bit
/// multiplication.
bool has_ifma();

/// The values of up to four lines, as Line: the real and imaginary parts of each coefficient of
/// line k are in lanes 2k and 2k + 1. Up to 4p.
struct LinesIfma {
    ifma::StoredLanes c0;
    ifma::StoredLanes c1;
    ifma::StoredLanes c3;
};

/// Fp12 with vector instructions: a product is computed as the twelve coefficients' sums of
/// products, six coefficients side by side. Measured on a Zen 5 against Fp12: see fp12_ifma.cpp.
struct Fp12Ifma {
    ifma::StoredLanes c0;
    ifma::StoredLanes c1;

    static Fp12Ifma from(const Fp12& value);
    [[nodiscard]] Fp12 to_fp12() const;
    static Fp12Ifma one() { return from(Fp12::one()); }

    friend Fp12Ifma operator*(const Fp12Ifma& a, const Fp12Ifma& b);
    /// The product with line k of four.
    [[nodiscard]] Fp12Ifma times_line(const LinesIfma& lines, std::size_t k) const;
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
