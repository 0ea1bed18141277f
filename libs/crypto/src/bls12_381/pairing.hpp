// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bls12_381/fp12.hpp"
#include "bls12_381/groups.hpp"

#include <array>
#include <cstddef>
#include <span>

namespace meta138::crypto::bls12_381 {

struct PairingInput {
    G1Affine p;
    G2Affine q;
};

/// Whether the product of e(p, q) is one. The points must be in their subgroups; infinity
/// contributes one.
bool is_pairing_product_one(std::span<const PairingInput> inputs);

/// 63 doublings and 5 additions.
inline constexpr std::size_t line_count = 68;

/// The lines of a Miller loop, still to be evaluated at a point of G1: for a point of G2 that is
/// used again and again.
struct PreparedG2 {
    std::array<Line, line_count> lines;
};
PreparedG2 prepare(const G2Affine& q);

struct PreparedPairingInput {
    G1Affine p;
    const PreparedG2* q;
};
bool is_pairing_product_one(std::span<const PreparedPairingInput> inputs);

/// The product of the Miller functions f_{|x|, q}(p).
Fp12 miller_loop(std::span<const PairingInput> inputs);

/// To the power 3 (p^12 - 1) / r (Hayashida, Hayasaka, Teruya, eprint 2020/875, section 5).
Fp12 final_exponentiation(const Fp12& f);

}  // namespace meta138::crypto::bls12_381
