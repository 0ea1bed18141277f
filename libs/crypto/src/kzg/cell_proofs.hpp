// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kzg/polynomial.hpp"

#include "meta138/crypto/kzg.hpp"

#include <span>
#include <vector>

namespace meta138::crypto::kzg {

/// The proofs of all cells of the polynomial with these 4096 coefficients (Feist and Khovratovich,
/// eprint 2023/033, "FK20"). The first call prepares the setup, in about a second.
std::vector<KzgProof> compute_cell_proofs(std::span<const Fr> coefficients);

}  // namespace meta138::crypto::kzg
