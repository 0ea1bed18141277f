// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/hex.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

/// KZG commitments to blobs (EIP-4844) and to their cells (EIP-7594), with the trusted setup of the
/// main network; the functions and constants of the consensus-specs, polynomial-commitments of
/// deneb and fulu. A function returns nothing where the specification raises: an element not below
/// BLS_MODULUS, a point that is malformed or outside G1, an index out of range, lists of different
/// lengths.
namespace meta138::crypto {

inline constexpr std::size_t BYTES_PER_FIELD_ELEMENT = 32;
inline constexpr std::size_t FIELD_ELEMENTS_PER_BLOB = 4096;
inline constexpr std::size_t BYTES_PER_BLOB = FIELD_ELEMENTS_PER_BLOB * BYTES_PER_FIELD_ELEMENT;
inline constexpr std::size_t FIELD_ELEMENTS_PER_EXT_BLOB = 2 * FIELD_ELEMENTS_PER_BLOB;
inline constexpr std::size_t FIELD_ELEMENTS_PER_CELL = 64;
inline constexpr std::size_t BYTES_PER_CELL = FIELD_ELEMENTS_PER_CELL * BYTES_PER_FIELD_ELEMENT;
inline constexpr std::size_t CELLS_PER_EXT_BLOB =
    FIELD_ELEMENTS_PER_EXT_BLOB / FIELD_ELEMENTS_PER_CELL;
inline constexpr std::uint8_t VERSIONED_HASH_VERSION_KZG = 0x01;
/// The order of BLS12-381's groups, big-endian.
inline constexpr Hash32 BLS_MODULUS = literals::operator""_hash32(
    "0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001", 66);

using KzgCommitment = FixedBytes<48>;  ///< A compressed point of G1.
using KzgProof = FixedBytes<48>;       ///< A compressed point of G1.
using BlobView = std::span<const std::uint8_t, BYTES_PER_BLOB>;
using CellView = std::span<const std::uint8_t, BYTES_PER_CELL>;
using Cell = std::array<std::uint8_t, BYTES_PER_CELL>;

/// The version and the last 31 bytes of the commitment's sha256.
[[nodiscard]] Hash32 kzg_to_versioned_hash(const KzgCommitment& commitment);

/// Whether the polynomial committed to has the value y at z. Under a millisecond.
[[nodiscard]] std::optional<bool> verify_kzg_proof(const KzgCommitment& commitment, const Hash32& z,
                                                   const Hash32& y, const KzgProof& proof);

/// Whether the commitment is the blob's.
[[nodiscard]] std::optional<bool> verify_blob_kzg_proof(BlobView blob,
                                                        const KzgCommitment& commitment,
                                                        const KzgProof& proof);
/// The same for many at once; true for none.
[[nodiscard]] std::optional<bool> verify_blob_kzg_proof_batch(
    std::span<const BlobView> blobs, std::span<const KzgCommitment> commitments,
    std::span<const KzgProof> proofs);

/// Whether cells[i] is cell cell_indices[i] of the extension of the blob committed to by
/// commitments[i]; true for none. Commitments may repeat.
[[nodiscard]] std::optional<bool> verify_cell_kzg_proof_batch(
    std::span<const KzgCommitment> commitments, std::span<const std::uint64_t> cell_indices,
    std::span<const CellView> cells, std::span<const KzgProof> proofs);

[[nodiscard]] std::optional<KzgCommitment> blob_to_kzg_commitment(BlobView blob);

struct KzgOpening {
    KzgProof proof;
    Hash32 y;
};
/// The value at z of the blob's polynomial, and a proof of it.
[[nodiscard]] std::optional<KzgOpening> compute_kzg_proof(BlobView blob, const Hash32& z);

/// A proof that the commitment, which is not recomputed, is the blob's.
[[nodiscard]] std::optional<KzgProof> compute_blob_kzg_proof(BlobView blob,
                                                             const KzgCommitment& commitment);

struct CellsAndProofs {
    std::vector<Cell> cells;       ///< CELLS_PER_EXT_BLOB of them.
    std::vector<KzgProof> proofs;  ///< One a cell.
};
/// The blob extended twofold, in cells, and a proof for each.
[[nodiscard]] std::optional<CellsAndProofs> compute_cells_and_kzg_proofs(BlobView blob);

}  // namespace meta138::crypto
