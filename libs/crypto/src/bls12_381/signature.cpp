// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/encoding.hpp"
#include "bls12_381/map_to_curve.hpp"
#include "bls12_381/pairing.hpp"

#include "meta138/crypto/bls_signature.hpp"

#include <set>
#include <vector>

namespace meta138::crypto {

namespace {

using namespace bls12_381;

constexpr std::size_t public_key_size = 48;
constexpr std::size_t signature_size = 96;

/// KeyValidate (section 2.5).
std::optional<G1Affine> decode_public_key(ByteView bytes) {
    if (bytes.size() != public_key_size) return std::nullopt;
    auto point = decompress_g1(bytes.first<public_key_size>());
    if (point && (point->is_infinity() || !is_in_subgroup(*point))) return std::nullopt;
    return point;
}

/// signature_to_point.
std::optional<G2Affine> decode_signature(ByteView bytes) {
    if (bytes.size() != signature_size) return std::nullopt;
    return decompress_g2(bytes.first<signature_size>());
}

bool has_duplicates(std::span<const ByteView> messages) {
    std::set<Bytes> seen;
    for (const auto& message : messages)
        if (!seen.insert(to_bytes(message)).second) return true;
    return false;
}

}  // namespace

bool bls_verify(ByteView public_key, ByteView message, ByteView signature,
                std::string_view ciphersuite) {
    return bls_aggregate_verify({&public_key, 1}, {&message, 1}, signature, ciphersuite);
}

bool bls_aggregate_verify(std::span<const ByteView> public_keys, std::span<const ByteView> messages,
                          ByteView signature, std::string_view ciphersuite) {
    if (public_keys.empty() || public_keys.size() != messages.size()) return false;
    if (ciphersuite == bls_basic_ciphersuite && has_duplicates(messages)) return false;
    const auto signature_point = decode_signature(signature);
    if (!signature_point) return false;
    std::vector<PairingInput> pairs{{-g1_generator(), *signature_point}};
    for (std::size_t i = 0; i < public_keys.size(); ++i) {
        const auto key = decode_public_key(public_keys[i]);
        if (!key) return false;
        pairs.push_back({*key, hash_to_g2(messages[i], as_bytes(ciphersuite)).to_affine()});
    }
    return check_pairing_product(pairs) == true;  // signature_subgroup_check included
}

FixedBytes<48> bls12_381_hash_to_g1(ByteView message, ByteView domain_separation_tag) {
    return {compress(hash_to_g1(message, domain_separation_tag).to_affine())};
}

FixedBytes<96> bls12_381_hash_to_g2(ByteView message, ByteView domain_separation_tag) {
    return {compress(hash_to_g2(message, domain_separation_tag).to_affine())};
}

}  // namespace meta138::crypto
