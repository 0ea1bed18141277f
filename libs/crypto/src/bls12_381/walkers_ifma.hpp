// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bls12_381/fp12_ifma.hpp"
#include "bls12_381/stored_lanes.hpp"
#include "bls12_381/walkers.hpp"

#include <span>
#include <vector>

namespace meta138::crypto::bls12_381 {

#if defined(__x86_64__)

/// Walkers with vector instructions: four pairs side by side, pair k in lanes 2 k and 2 k + 1.
class WalkersIfma {
public:
    using Tower = Fp12Ifma;

    explicit WalkersIfma(std::span<const PairingInput> pairs);

    void twice();
    void add();
    void multiply_lines(Fp12Ifma& f) const;
    [[nodiscard]] bool are_at_minus_psi() const;

private:
    static constexpr std::size_t group_size = 4;

    struct Group {
        StoredLanes x, y, z;
        StoredLanes q_x, q_y;
        StoredLanes p_x, minus_p_y;  // each coordinate in both lanes of the pair
        LinesIfma lines;
    };

    static void twice(Group& group);
    static void add(Group& group);

    std::span<const PairingInput> pairs_;
    std::vector<Group> groups_;
};

#endif

}  // namespace meta138::crypto::bls12_381
