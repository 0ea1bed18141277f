// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <cstddef>
#include <optional>

namespace meta138::crypto {

/// The longest nonce that OpenSSL takes, in bytes.
inline constexpr std::size_t max_openssl_gcm_nonce_size = 128;

/// AES-GCM by the steps of NIST SP 800-38D 6 and 7, for nonces that OpenSSL refuses. No protocol
/// has such nonces: bit by bit, and slow. Results as aes_gcm_encrypt's and aes_gcm_decrypt's.
[[nodiscard]] Bytes gcm_encrypt_long_nonce(ByteView key, ByteView nonce, ByteView plaintext,
                                           ByteView associated_data);
[[nodiscard]] std::optional<Bytes> gcm_decrypt_long_nonce(ByteView key, ByteView nonce,
                                                          ByteView ciphertext_and_tag,
                                                          ByteView associated_data);

}  // namespace meta138::crypto
