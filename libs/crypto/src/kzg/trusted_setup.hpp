// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bls12_381/pairing.hpp"

#include "meta138/base/bytes.hpp"

#include <span>

/// The output of the KZG ceremony (README.md in this folder). Points are decompressed when they are
/// first asked for, safely from any thread; what a verification needs takes a fraction of a
/// millisecond.
namespace meta138::crypto::kzg {

/// The embedded file.
ByteView trusted_setup_bytes();

/// G1 in Lagrange form over the bit-reversed domain. The first call takes some 50 ms.
std::span<const bls12_381::G1Affine> g1_lagrange();
/// The 4096 powers of tau in G1. The first call takes some 50 ms.
std::span<const bls12_381::G1Affine> g1_monomial();
/// The first 64 of them.
std::span<const bls12_381::G1Affine> g1_monomial_of_cell();

/// The generator of G2 negated, tau G2 and tau^64 G2, ready for pairings.
const bls12_381::PreparedG2& negated_g2();
const bls12_381::PreparedG2& tau_g2();
const bls12_381::PreparedG2& tau_to_the_cell_size_g2();

}  // namespace meta138::crypto::kzg
