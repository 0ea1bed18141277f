// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <span>
#include <string_view>

/// BLS signatures over BLS12-381 with public keys in G1 and signatures in G2
/// (draft-irtf-cfrg-bls-signature-06, minimal-pubkey-size), and the hashing to the curve under
/// them.
namespace meta138::crypto {

/// Section 4.2.1: messages of an aggregate must differ.
inline constexpr std::string_view bls_basic_ciphersuite =
    "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_";
/// Section 4.2.3: keys come with a proof of possession.
inline constexpr std::string_view bls_pop_ciphersuite =
    "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

/// CoreVerify (section 2.7): keys of 48 bytes, signatures of 96. False for whatever is malformed,
/// outside its subgroup, or a key at infinity.
[[nodiscard]] bool bls_verify(ByteView public_key, ByteView message, ByteView signature,
                              std::string_view ciphersuite);

/// AggregateVerify (sections 2.9 and 3.1.1): one signature of messages[i] by public_keys[i], for
/// all i.
[[nodiscard]] bool bls_aggregate_verify(std::span<const ByteView> public_keys,
                                        std::span<const ByteView> messages, ByteView signature,
                                        std::string_view ciphersuite);

/// hash_to_curve of BLS12381G1_XMD:SHA-256_SSWU_RO_ (RFC 9380 section 8.8.1), compressed.
[[nodiscard]] FixedBytes<48> bls12_381_hash_to_g1(ByteView message, ByteView domain_separation_tag);
/// hash_to_curve of BLS12381G2_XMD:SHA-256_SSWU_RO_ (RFC 9380 section 8.8.2), compressed.
[[nodiscard]] FixedBytes<96> bls12_381_hash_to_g2(ByteView message, ByteView domain_separation_tag);

}  // namespace meta138::crypto
