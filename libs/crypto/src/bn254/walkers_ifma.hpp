// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fp12_ifma.hpp"
#include "stored_lanes.hpp"
#include "walkers.hpp"

#include <array>
#include <cstddef>
#include <span>

namespace meta138::crypto::bn254 {

#if defined(__x86_64__)

/// Walkers with vector instructions: four pairs side by side, pair k in lanes 2k and 2k + 1.
class WalkersIfma {
public:
    using Tower = Fp12Ifma;

    explicit WalkersIfma(std::span<const PointPair> pairs);

    void twice();
    void add(Addend addend);
    void multiply_lines(Fp12Ifma& f) const;
    [[nodiscard]] bool are_at(Addend place) const;

private:
    static constexpr std::size_t group_size = 4;

    /// All of up to 2p, but for the lines.
    struct Group {
        ifma::StoredLanes x, y, z;
        LinesIfma lines;
        ifma::StoredLanes p_x, p_y;  // Each coordinate in both lanes of the pair.
        std::array<ifma::StoredLanes, addend_count> q_x, q_y;
    };

    static void twice(Group& group);
    static void add(Group& group, std::size_t addend);
    [[nodiscard]] std::span<const Group> groups() const {
        return std::span{groups_}.first((count_ + group_size - 1) / group_size);
    }
    [[nodiscard]] std::span<Group> groups() {
        return std::span{groups_}.first((count_ + group_size - 1) / group_size);
    }

    std::size_t count_;
    std::array<Group, max_pairs_in_a_loop / group_size> groups_;
};

#endif

}  // namespace meta138::crypto::bn254
