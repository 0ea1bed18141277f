// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fp12.hpp"
#include "g1.hpp"
#include "g2.hpp"

#include <array>
#include <cstddef>
#include <span>

namespace meta138::crypto::bn254 {

struct PointPair {
    G1Affine g1;
    G2Affine g2;
};

/// As many pairs as one Miller loop takes, which lie on the stack.
inline constexpr std::size_t max_pairs_in_a_loop = 16;

/// What the optimal ate pairing adds to the points that walk from Q.
enum class Addend : std::uint8_t { q, minus_q, psi_q, minus_psi2_q, minus_psi3_q };
inline constexpr std::size_t addend_count = 5;

/// The multiples of Q that an Addend stands for, in its order.
std::array<G2Affine, addend_count> addends_of(const G2Affine& q);

/// The points of a Miller loop, (X / Z, Y / Z) on the twist, walking from each pair's Q to
/// [6x + 2]Q + psi(Q) - psi^2(Q), with the values at the pair's P of the lines of the last step.
/// The lines are right up to factors that the final exponentiation removes.
class Walkers {
public:
    using Tower = Fp12;

    /// Up to max_pairs_in_a_loop pairs.
    explicit Walkers(std::span<const PointPair> pairs);

    /// Doubles the points; the lines are the tangents.
    void twice();
    /// Adds to each point; the lines are the chords. Once a point was equal or opposite to what is
    /// added to it, its Z is zero for good.
    void add(Addend addend);
    /// f times each line.
    void multiply_lines(Fp12& f) const;
    /// Whether each point is the one named, and none infinity.
    [[nodiscard]] bool are_at(Addend place) const;

private:
    struct Point {
        Fp2 x;
        Fp2 y;
        Fp2 z;
    };

    static Line twice(Point& point);
    static Line add(Point& point, const G2Affine& q);

    std::span<const PointPair> pairs_;
    std::array<Point, max_pairs_in_a_loop> points_;
    std::array<Line, max_pairs_in_a_loop> lines_;
    std::array<std::array<G2Affine, addend_count>, max_pairs_in_a_loop> addends_;
};

}  // namespace meta138::crypto::bn254
