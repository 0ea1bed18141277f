// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bls12_381/fp12.hpp"
#include "bls12_381/groups.hpp"

#include <span>
#include <vector>

namespace meta138::crypto::bls12_381 {

struct PairingInput {
    G1Affine p;
    G2Affine q;
};

/// The points of a Miller loop, (x / z, y / z) on the twist, walking from each pair's q to |x| q,
/// with the lines of the last step at each pair's p.
///
/// E' is untwisted by (x, y) -> (x / w^2, y / w^3). A line of slope s through (x, y) of E', at a
/// point p of E and times w^3, is (s x - y) - s p.x w^2 + p.y w^3; lines here are that up to
/// factors in Fp2, which the final exponentiation removes.
class Walkers {
public:
    using Tower = Fp12;

    /// Of pairs without infinity.
    explicit Walkers(std::span<const PairingInput> pairs);

    /// Doubles the points; the lines are the tangents.
    void twice();
    /// Adds q to each point; the lines are the chords. A point that is q, or infinity, becomes (0,
    /// 0, 0) for good.
    void add();
    /// f times each line.
    void multiply_lines(Fp12& f) const;
    /// Whether each point is -psi(q), which |x| q is for q in G2 and for no other point of the
    /// twist (Scott, eprint 2021/1130). A walk from G2 does not meet the exception of `add`.
    [[nodiscard]] bool are_at_minus_psi() const;

    /// The lines of the last step for each pair, but for the coordinates of p.
    [[nodiscard]] std::span<const Line> lines() const { return lines_; }

private:
    struct Point {
        Fp2 x;
        Fp2 y;
        Fp2 z;
    };

    static Line twice(Point& t);
    static Line add(Point& t, const G2Affine& q);

    std::span<const PairingInput> pairs_;
    std::vector<Point> points_;
    std::vector<Line> lines_;
};

}  // namespace meta138::crypto::bls12_381
