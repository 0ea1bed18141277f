// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bls12_381/fp12.hpp"
#include "bls12_381/groups.hpp"
#include "bls12_381/prepared.hpp"
#include "bls12_381/walkers.hpp"

#include <optional>
#include <span>

namespace meta138::crypto::bls12_381 {

/// Whether the product of e(p, q) is one; nothing if a q, a point of the twist, is not in G2. The p
/// must be in G1. Infinity contributes one.
std::optional<bool> check_pairing_product(std::span<const PairingInput> inputs);

/// Whether the product of e(p, q) is one. The p must be in G1; infinity contributes one.
bool check_pairing_product(std::span<const PreparedPairingInput> inputs);

/// The product of the Miller functions f_{|x|, q}(p), of pairs without infinity; nothing if a q is
/// not in G2. For every kind of Walkers.
template <typename SomeWalkers>
std::optional<Fp12> miller_loop_with(std::span<const PairingInput> inputs);

/// To the power 3 (p^12 - 1) / r. For every kind of tower.
template <typename Tower>
Fp12 final_exponentiation_with(const Fp12& f);

}  // namespace meta138::crypto::bls12_381
