// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/prepared.hpp"

#include "bls12_381/lanes_ifma.hpp"
#include "bls12_381/walkers.hpp"

namespace meta138::crypto::bls12_381 {

#if defined(__x86_64__)

using namespace ifma;

namespace {

META138_IFMA_ENTRY StoredLanes to_lanes(const std::array<Fp, 6>& elements) {
    StoredLanes result;
    store(result, widen(elements.data(), 6));
    return result;
}

META138_IFMA_ENTRY StoredLanes multiply(const StoredLanes& a, const StoredLanes& b) {
    StoredLanes result;
    store(result, product(load(a), load(b)));
    return result;
}

}  // namespace

PreparedWalkersIfma::PreparedWalkersIfma(std::span<const PreparedPairingInput> inputs)
    : inputs_{inputs} {
    for (const auto& [p, q] : inputs)
        factors_.push_back(to_lanes({Fp::one(), Fp::one(), p.x, p.x, p.y, p.y}));
}

void PreparedWalkersIfma::multiply_lines(Fp12Ifma& f) const {
    for (std::size_t i = 0; i < inputs_.size(); ++i)
        f = f.times_line(multiply(inputs_[i].q->lanes[steps_ - 1], factors_[i]));
}

#endif

PreparedG2 prepare(const G2Affine& q) {
    META138_ASSERT(!q.is_infinity());
    PreparedG2 result;
    const PairingInput pair{{}, q};
    Walkers walkers{{&pair, 1}};
    std::size_t count = 0;
    for (int bit = 62; bit >= 0; --bit) {
        walkers.twice();
        result.lines[count++] = walkers.lines()[0];
        if ((abs_x >> bit & 1) == 0) continue;
        walkers.add();
        result.lines[count++] = walkers.lines()[0];
    }
    META138_ASSERT(count == line_count && walkers.are_at_minus_psi());
#if defined(__x86_64__)
    if (has_ifma()) {
        for (const auto& [a0, a2, a3] : result.lines)
            result.lanes.push_back(to_lanes({a0.c0, a0.c1, a2.c0, a2.c1, a3.c0, a3.c1}));
    }
#endif
    return result;
}

}  // namespace meta138::crypto::bls12_381
