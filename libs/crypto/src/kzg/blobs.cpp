// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/multi_scalar.hpp"
#include "kzg/inputs.hpp"
#include "kzg/polynomial.hpp"
#include "kzg/transcript.hpp"
#include "kzg/trusted_setup.hpp"

#include "meta138/crypto/kzg.hpp"

#include <algorithm>
#include <array>
#include <vector>

// EIP-4844: polynomial-commitments of the consensus-specs, deneb.
namespace meta138::crypto {

namespace {

using namespace bls12_381;
using namespace kzg;

/// compute_challenge. The degree takes 16 bytes there.
Fr compute_challenge(BlobView blob, const KzgCommitment& commitment) {
    return Transcript{"FSBLOBVERIFY_V1_"}
        .add(std::uint64_t{0})
        .add(FIELD_ELEMENTS_PER_BLOB)
        .add(blob)
        .add(commitment.bytes)
        .challenge();
}

/// A claim that the polynomial committed to has the value y at z.
struct Claim {
    G1Affine commitment;
    Fr z;
    Fr y;
    G1Affine proof;
};

/// verify_kzg_proof_impl: e(commitment - y G1, -G2) e(proof, (tau - z) G2) is one. With z on the
/// other side, both points of G2 are constants.
bool verify(const Claim& claim) {
    const std::array points{g1_generator(), claim.proof};
    const std::array scalars{to_scalar(-claim.y), to_scalar(claim.z)};
    const G1 left = multi_scalar_multiply(points, scalars) + claim.commitment;
    const std::array pairs{PreparedPairingInput{left.to_affine(), &negated_g2()},
                           PreparedPairingInput{claim.proof, &tau_g2()}};
    return check_pairing_product(pairs);
}

/// The weights 1, r, r^2, ... of verify_kzg_proof_batch.
std::vector<Fr> batch_weights(std::span<const Claim> claims,
                              std::span<const KzgCommitment> commitments,
                              std::span<const KzgProof> proofs) {
    Transcript transcript{"RCKZGBATCH___V1_"};
    transcript.add(FIELD_ELEMENTS_PER_BLOB).add(claims.size());
    for (std::size_t i = 0; i < claims.size(); ++i) {
        transcript.add(commitments[i].bytes)
            .add(encode_field_element(claims[i].z).bytes)
            .add(encode_field_element(claims[i].y).bytes)
            .add(proofs[i].bytes);
    }
    return powers(transcript.challenge(), claims.size());
}

/// verify_kzg_proof_batch: the weighted sum of the equations of `verify`.
bool verify(std::span<const Claim> claims, std::span<const Fr> weights) {
    std::vector<G1Affine> points;
    std::vector<Fr> scalars;
    std::vector<G1Affine> proofs;
    Fr y_sum;
    for (std::size_t i = 0; i < claims.size(); ++i) {
        points.push_back(claims[i].commitment);
        scalars.push_back(weights[i]);
        points.push_back(claims[i].proof);
        scalars.push_back(weights[i] * claims[i].z);
        proofs.push_back(claims[i].proof);
        y_sum += weights[i] * claims[i].y;
    }
    points.push_back(g1_generator());
    scalars.push_back(-y_sum);
    const G1 left = multi_scalar_multiply(points, to_scalars(scalars));
    const G1 right = multi_scalar_multiply(proofs, to_scalars(weights));
    const std::array pairs{PreparedPairingInput{left.to_affine(), &negated_g2()},
                           PreparedPairingInput{right.to_affine(), &tau_g2()}};
    return check_pairing_product(pairs);
}

std::optional<Claim> claim_about_blob(BlobView blob, const KzgCommitment& commitment,
                                      const KzgProof& proof) {
    const auto points = decode_points(std::array{commitment, proof});
    const auto polynomial = decode_field_elements(blob);
    if (!points || !polynomial) return std::nullopt;
    const Fr z = compute_challenge(blob, commitment);
    return Claim{(*points)[0], z, evaluate(*polynomial, z), (*points)[1]};
}

/// compute_kzg_proof_impl.
KzgOpening open(std::span<const Fr> polynomial, const Fr& z) {
    const Fr y = evaluate(polynomial, z);
    const auto scalars = to_scalars(quotient(polynomial, z, y));
    return {encode_point(multi_scalar_multiply(g1_lagrange(), scalars)), encode_field_element(y)};
}

}  // namespace

Hash32 kzg_to_versioned_hash(const KzgCommitment& commitment) {
    Hash32 hash = sha256(commitment.bytes);
    hash[0] = VERSIONED_HASH_VERSION_KZG;
    return hash;
}

std::optional<bool> verify_kzg_proof(const KzgCommitment& commitment, const Hash32& z,
                                     const Hash32& y, const KzgProof& proof) {
    const auto z_element = decode_field_element(z.bytes);
    const auto y_element = decode_field_element(y.bytes);
    if (!z_element || !y_element) return std::nullopt;
    const auto points = decode_points(std::array{commitment, proof});
    if (!points) return std::nullopt;
    return verify({(*points)[0], *z_element, *y_element, (*points)[1]});
}

std::optional<bool> verify_blob_kzg_proof(BlobView blob, const KzgCommitment& commitment,
                                          const KzgProof& proof) {
    const auto claim = claim_about_blob(blob, commitment, proof);
    if (!claim) return std::nullopt;
    return verify(*claim);
}

std::optional<bool> verify_blob_kzg_proof_batch(std::span<const BlobView> blobs,
                                                std::span<const KzgCommitment> commitments,
                                                std::span<const KzgProof> proofs) {
    if (blobs.size() != commitments.size() || blobs.size() != proofs.size()) return std::nullopt;
    std::vector<Claim> claims;
    for (std::size_t i = 0; i < blobs.size(); ++i) {
        const auto claim = claim_about_blob(blobs[i], commitments[i], proofs[i]);
        if (!claim) return std::nullopt;
        claims.push_back(*claim);
    }
    if (claims.empty()) return true;
    if (claims.size() == 1) return verify(claims.front());
    return verify(claims, batch_weights(claims, commitments, proofs));
}

std::optional<KzgCommitment> blob_to_kzg_commitment(BlobView blob) {
    const auto polynomial = decode_field_elements(blob);
    if (!polynomial) return std::nullopt;
    return encode_point(multi_scalar_multiply(g1_lagrange(), to_scalars(*polynomial)));
}

std::optional<KzgOpening> compute_kzg_proof(BlobView blob, const Hash32& z) {
    const auto polynomial = decode_field_elements(blob);
    const auto z_element = decode_field_element(z.bytes);
    if (!polynomial || !z_element) return std::nullopt;
    return open(*polynomial, *z_element);
}

std::optional<KzgProof> compute_blob_kzg_proof(BlobView blob, const KzgCommitment& commitment) {
    if (!decode_point(commitment)) return std::nullopt;
    const auto polynomial = decode_field_elements(blob);
    if (!polynomial) return std::nullopt;
    return open(*polynomial, compute_challenge(blob, commitment)).proof;
}

}  // namespace meta138::crypto
