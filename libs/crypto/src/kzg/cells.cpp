// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/multi_scalar.hpp"
#include "kzg/cell_proofs.hpp"
#include "kzg/inputs.hpp"
#include "kzg/polynomial.hpp"
#include "kzg/transcript.hpp"
#include "kzg/trusted_setup.hpp"

#include "meta138/crypto/kzg.hpp"

#include <algorithm>
#include <array>
#include <vector>

// EIP-7594: polynomial-commitments-sampling of the consensus-specs, fulu.
namespace meta138::crypto {

namespace {

using namespace bls12_381;
using namespace kzg;

constexpr unsigned cell_index_bits = 7;
static_assert(1U << cell_index_bits == CELLS_PER_EXT_BLOB);

/// A cell's domain is the 64th roots of unity times this power of the 8192nd
/// (coset_shift_for_cell).
std::size_t shift_exponent(std::uint64_t cell_index) {
    return reverse_bits(cell_index, cell_index_bits);
}

/// The root of unity of order 8192 to any power.
Fr root_to_the(std::size_t exponent) {
    const auto roots = roots_of_unity();
    return roots[exponent % roots.size()];
}

/// Cells whose commitments are `unique[commitment_indices[i]]`.
struct CellBatch {
    std::vector<KzgCommitment> unique;
    std::vector<std::size_t> commitment_indices;
    std::span<const std::uint64_t> cell_indices;
    std::span<const CellView> cells;
    std::span<const KzgProof> proofs;
};

CellBatch deduplicate(std::span<const KzgCommitment> commitments,
                      std::span<const std::uint64_t> cell_indices, std::span<const CellView> cells,
                      std::span<const KzgProof> proofs) {
    CellBatch batch{{}, {}, cell_indices, cells, proofs};
    for (const auto& commitment : commitments) {
        const auto found = std::ranges::find(batch.unique, commitment);
        batch.commitment_indices.push_back(static_cast<std::size_t>(found - batch.unique.begin()));
        if (found == batch.unique.end()) batch.unique.push_back(commitment);
    }
    return batch;
}

/// compute_verify_cell_kzg_proof_batch_challenge.
Fr compute_challenge(const CellBatch& batch) {
    Transcript transcript{"RCKZGCBATCH__V1_"};
    transcript.add(FIELD_ELEMENTS_PER_BLOB)
        .add(FIELD_ELEMENTS_PER_CELL)
        .add(batch.unique.size())
        .add(batch.cells.size());
    for (const auto& commitment : batch.unique) transcript.add(commitment.bytes);
    for (std::size_t i = 0; i < batch.cells.size(); ++i) {
        transcript.add(batch.commitment_indices[i])
            .add(batch.cell_indices[i])
            .add(batch.cells[i])
            .add(batch.proofs[i].bytes);
    }
    return transcript.challenge();
}

/// The sum of weights[i] times the polynomial of degree below 64 through cell i, in coefficients.
/// Cells with the same index share a domain, and so an inverse transform.
std::vector<Fr> add_interpolations(std::span<const std::vector<Fr>> cells,
                                   std::span<const std::uint64_t> cell_indices,
                                   std::span<const Fr> weights) {
    std::array<std::vector<Fr>, CELLS_PER_EXT_BLOB> columns;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        auto& column = columns[cell_indices[i]];
        column.resize(FIELD_ELEMENTS_PER_CELL);
        for (std::size_t j = 0; j < column.size(); ++j) column[j] += weights[i] * cells[i][j];
    }
    std::vector<Fr> sum(FIELD_ELEMENTS_PER_CELL);
    for (std::size_t index = 0; index < columns.size(); ++index) {
        auto& column = columns[index];
        if (column.empty()) continue;
        reverse_bits_of_indices<Fr>(column);
        inverse_fft(column);
        // On the shifted domain, coefficient j carries the shift to the power j.
        const std::size_t inverse_shift = FIELD_ELEMENTS_PER_EXT_BLOB - shift_exponent(index);
        for (std::size_t j = 0; j < column.size(); ++j)
            sum[j] += column[j] * root_to_the(inverse_shift * j);
    }
    return sum;
}

/// verify_cell_kzg_proof_batch_impl: with weights w,
/// e(sum w_i proof_i, tau^64 G2) = e(sum w_i (commitment_i - interpolation_i + shift_i^64 proof_i),
/// G2).
bool verify(const CellBatch& batch, std::span<const G1Affine> commitments,
            std::span<const std::vector<Fr>> cells, std::span<const G1Affine> proofs) {
    const auto weights = powers(compute_challenge(batch), cells.size());
    const auto interpolation = add_interpolations(cells, batch.cell_indices, weights);

    std::vector<G1Affine> points{commitments.begin(), commitments.end()};
    std::vector<Fr> scalars(commitments.size());
    for (std::size_t i = 0; i < cells.size(); ++i)
        scalars[batch.commitment_indices[i]] += weights[i];
    for (std::size_t i = 0; i < proofs.size(); ++i) {
        points.push_back(proofs[i]);
        scalars.push_back(weights[i] * root_to_the(FIELD_ELEMENTS_PER_CELL *
                                                   shift_exponent(batch.cell_indices[i])));
    }
    for (std::size_t j = 0; j < interpolation.size(); ++j) {
        points.push_back(g1_monomial_of_cell()[j]);
        scalars.push_back(-interpolation[j]);
    }
    const G1 left = multi_scalar_multiply(points, to_scalars(scalars));
    const G1 right = multi_scalar_multiply(proofs, to_scalars(weights));
    const std::array pairs{PreparedPairingInput{left.to_affine(), &negated_g2()},
                           PreparedPairingInput{right.to_affine(), &tau_to_the_cell_size_g2()}};
    return check_pairing_product(pairs);
}

}  // namespace

std::optional<bool> verify_cell_kzg_proof_batch(std::span<const KzgCommitment> commitments,
                                                std::span<const std::uint64_t> cell_indices,
                                                std::span<const CellView> cells,
                                                std::span<const KzgProof> proofs) {
    if (commitments.size() != cells.size() || cell_indices.size() != cells.size() ||
        proofs.size() != cells.size())
        return std::nullopt;
    if (std::ranges::any_of(cell_indices,
                            [](std::uint64_t index) { return index >= CELLS_PER_EXT_BLOB; }))
        return std::nullopt;
    const auto batch = deduplicate(commitments, cell_indices, cells, proofs);
    const auto commitment_points = decode_points(batch.unique);
    if (!commitment_points) return std::nullopt;
    const auto proof_points = decode_points(proofs);
    if (!proof_points) return std::nullopt;
    std::vector<std::vector<Fr>> cell_elements;
    for (const auto& cell : cells) {
        auto elements = decode_field_elements(cell);
        if (!elements) return std::nullopt;
        cell_elements.push_back(*std::move(elements));
    }
    if (cells.empty()) return true;
    return verify(batch, *commitment_points, cell_elements, *proof_points);
}

std::optional<CellsAndProofs> compute_cells_and_kzg_proofs(BlobView blob) {
    auto coefficients = decode_field_elements(blob);
    if (!coefficients) return std::nullopt;
    reverse_bits_of_indices<Fr>(*coefficients);
    inverse_fft(*coefficients);

    CellsAndProofs result;
    result.proofs = compute_cell_proofs(*coefficients);

    auto extended = *coefficients;
    extended.resize(FIELD_ELEMENTS_PER_EXT_BLOB);
    fft(extended);
    reverse_bits_of_indices<Fr>(extended);
    result.cells.resize(CELLS_PER_EXT_BLOB);
    for (std::size_t i = 0; i < extended.size(); ++i) {
        const auto bytes = encode_field_element(extended[i]);
        std::ranges::copy(bytes, result.cells[i / FIELD_ELEMENTS_PER_CELL].begin() +
                                     static_cast<std::ptrdiff_t>(i % FIELD_ELEMENTS_PER_CELL *
                                                                 BYTES_PER_FIELD_ELEMENT));
    }
    return result;
}

}  // namespace meta138::crypto
