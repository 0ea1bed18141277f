// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bls12_381/fp12.hpp"
#include "bls12_381/stored_lanes.hpp"

#include <array>
#include <cstddef>

namespace meta138::crypto::bls12_381 {

#if defined(__x86_64__)

/// The lines of up to four pairs, pair k in lanes 2 k and 2 k + 1.
struct LinesIfma {
    StoredLanes a0;
    StoredLanes a2;
    StoredLanes a3;
};

/// Fp12 with vector instructions: a product is computed as the twelve coefficients' sums of
/// products, six coefficients side by side, those of an element of Fp6 in the order of the tower.
/// Call only where has_ifma().
struct Fp12Ifma {
    StoredLanes c0;
    StoredLanes c1;

    static Fp12Ifma from(const Fp12& value);
    [[nodiscard]] Fp12 to_fp12() const;
    static Fp12Ifma one() { return from(Fp12::one()); }

    friend Fp12Ifma operator*(const Fp12Ifma& a, const Fp12Ifma& b);
    Fp12Ifma& operator*=(const Fp12Ifma& b) { return *this = *this * b; }
    /// Times the line of pair `index`.
    [[nodiscard]] Fp12Ifma times_line(const LinesIfma& lines, std::size_t index) const;
    /// Times a0 + a2 w^2 + a3 w^3, which are the first six lanes in that order.
    [[nodiscard]] Fp12Ifma times_line(const StoredLanes& line) const;
    [[nodiscard]] Fp12Ifma square() const;
    [[nodiscard]] Fp12Ifma cyclotomic_square() const;
    [[nodiscard]] Fp12Ifma cyclotomic_power_x() const;
    [[nodiscard]] Fp12Ifma conjugate() const;
    // Too rare to matter: by way of Fp12.
    [[nodiscard]] Fp12Ifma frobenius() const { return from(to_fp12().frobenius()); }
    [[nodiscard]] Fp12Ifma frobenius_squared() const { return from(to_fp12().frobenius_squared()); }
};

#endif

}  // namespace meta138::crypto::bls12_381
