// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/kzg.hpp"
#include "meta138/txpool/validate_for_pool.hpp"

#include <algorithm>
#include <vector>

namespace meta138::txpool {
namespace {

bool are_commitments_right(const Transaction& transaction, const BlobSidecar& sidecar) {
    return std::ranges::equal(transaction.blob_versioned_hashes, sidecar.commitments, {}, {},
                              crypto::kzg_to_versioned_hash);
}

std::vector<crypto::BlobView> views_of(const BlobSidecar& sidecar) {
    std::vector<crypto::BlobView> views;
    for (const auto& blob : sidecar.blobs) views.emplace_back(blob.data(), crypto::BYTES_PER_BLOB);
    return views;
}

// EIP-7594. Commitment and cell proofs follow from the blob, so they can be compared with our own.
bool is_version_1_right(const BlobSidecar& sidecar) {
    const auto blobs = views_of(sidecar);
    for (std::size_t i = 0; i != blobs.size(); ++i) {
        if (crypto::blob_to_kzg_commitment(blobs[i]) != sidecar.commitments[i]) return false;
        const auto ours = crypto::compute_cells_and_kzg_proofs(blobs[i]);
        const auto proofs = std::span{sidecar.proofs}.subspan(i * crypto::CELLS_PER_EXT_BLOB,
                                                              crypto::CELLS_PER_EXT_BLOB);
        if (!ours || !std::ranges::equal(ours->proofs, proofs)) return false;
    }
    return true;
}

}  // namespace

bool verify_blob_sidecar(const Transaction& transaction, const BlobSidecar& sidecar) {
    const auto count = sidecar.blobs.size();
    const auto proofs = sidecar.version == 0 ? count : count * crypto::CELLS_PER_EXT_BLOB;
    const auto has_size = [](const Bytes& blob) { return blob.size() == crypto::BYTES_PER_BLOB; };
    if (sidecar.commitments.size() != count || sidecar.proofs.size() != proofs ||
        !std::ranges::all_of(sidecar.blobs, has_size) ||
        !are_commitments_right(transaction, sidecar))
        return false;
    if (sidecar.version != 0) return is_version_1_right(sidecar);
    return crypto::verify_blob_kzg_proof_batch(views_of(sidecar), sidecar.commitments,
                                               sidecar.proofs) == true;
}

}  // namespace meta138::txpool
