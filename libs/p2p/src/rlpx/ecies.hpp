// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rlpx/random.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/crypto/secp256k1.hpp"

#include <cstddef>
#include <optional>

/// The asymmetric encryption of RLPx handshakes (devp2p rlpx.md, "ECIES Encryption"):
/// 0x04 || R || iv || AES-128-CTR(plaintext) || HMAC-SHA-256.
namespace meta138::p2p::rlpx {

/// Bytes that a ciphertext has more than its plaintext.
inline constexpr std::size_t ecies_overhead = 65 + 16 + 32;

/// Absent if `to` is not on the curve. The MAC covers `authenticated` too, which is not sent.
[[nodiscard]] std::optional<Bytes> ecies_encrypt(const crypto::PublicKey& to, ByteView plaintext,
                                                 ByteView authenticated, const Random& random);

/// Absent if it is not for that key, or was changed.
[[nodiscard]] std::optional<Bytes> ecies_decrypt(const crypto::SecretKey& key, ByteView ciphertext,
                                                 ByteView authenticated);

}  // namespace meta138::p2p::rlpx
