// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bls12_381/groups.hpp"

#include "meta138/base/bytes.hpp"

/// RFC 9380: simplified SWU for AB == 0 (sections 6.6.3, 8.8.1 and 8.8.2).
namespace meta138::crypto::bls12_381 {

/// map_to_curve: a point of the curve, not yet of the subgroup.
G1 map_to_curve(const Fp& u);
G2 map_to_curve(const Fp2& u);

/// hash_to_curve of the suites BLS12381G1_XMD:SHA-256_SSWU_RO_ and BLS12381G2_XMD:SHA-256_SSWU_RO_.
G1 hash_to_g1(ByteView message, ByteView domain_separation_tag);
G2 hash_to_g2(ByteView message, ByteView domain_separation_tag);

}  // namespace meta138::crypto::bls12_381
