// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bls12_381/fp12_ifma.hpp"
#include "bls12_381/groups.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace meta138::crypto::bls12_381 {

/// 63 doublings and 5 additions.
inline constexpr std::size_t line_count = 68;

/// The lines of a Miller loop, still to be evaluated at a point of G1: for a point of G2 that is
/// used again and again.
struct PreparedG2 {
    std::array<Line, line_count> lines;
    std::vector<StoredLanes> lanes;  ///< The lines again, where has_ifma().
};
/// q must be in G2, and not infinity.
PreparedG2 prepare(const G2Affine& q);

struct PreparedPairingInput {
    G1Affine p;
    const PreparedG2* q;
};

/// As Walkers, along prepared lines.
class PreparedWalkers {
public:
    using Tower = Fp12;

    /// Of inputs without infinity.
    explicit PreparedWalkers(std::span<const PreparedPairingInput> inputs) : inputs_{inputs} {}

    void twice() { ++steps_; }
    void add() { ++steps_; }
    void multiply_lines(Fp12& f) const {
        for (const auto& [p, q] : inputs_) f *= q->lines[steps_ - 1].at(p.x, p.y);
    }

private:
    std::span<const PreparedPairingInput> inputs_;
    std::size_t steps_ = 0;
};

#if defined(__x86_64__)

/// The same with vector instructions.
class PreparedWalkersIfma {
public:
    using Tower = Fp12Ifma;

    explicit PreparedWalkersIfma(std::span<const PreparedPairingInput> inputs);

    void twice() { ++steps_; }
    void add() { ++steps_; }
    void multiply_lines(Fp12Ifma& f) const;

private:
    std::span<const PreparedPairingInput> inputs_;
    std::vector<StoredLanes> factors_;  // 1, 1, x, x, y, y of each p
    std::size_t steps_ = 0;
};

#endif

}  // namespace meta138::crypto::bls12_381
