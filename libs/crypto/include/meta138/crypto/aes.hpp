// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <memory>
#include <optional>
#include <span>

namespace meta138::crypto {

/// AES in counter mode (NIST SP 800-38A) as a stream: RLPx encrypts a whole connection with one.
/// The key has 16, 24 or 32 bytes, the first counter block 16. Encryption and decryption are the
/// same.
class AesCtr {
public:
    AesCtr(ByteView key, const FixedBytes<16>& counter);
    AesCtr(AesCtr&&) noexcept;
    AesCtr& operator=(AesCtr&&) noexcept;
    ~AesCtr();

    /// XORs the next in.size() bytes of the key stream into `out`, of the same size, which may be
    /// `in`.
    void apply(ByteView in, std::span<std::uint8_t> out);

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

/// One message in counter mode. The key has 16, 24 or 32 bytes.
[[nodiscard]] Bytes aes_ctr(ByteView key, const FixedBytes<16>& counter, ByteView in);

/// AES of single blocks, as RLPx's frame MACs use it. The key has 16, 24 or 32 bytes.
class AesBlock {
public:
    explicit AesBlock(ByteView key);
    AesBlock(AesBlock&&) noexcept;
    AesBlock& operator=(AesBlock&&) noexcept;
    ~AesBlock();

    [[nodiscard]] FixedBytes<16> encrypt(const FixedBytes<16>& block) const;

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

/// AES-CBC with the padding of PKCS #7. The key has 16, 24 or 32 bytes.
[[nodiscard]] Bytes aes_cbc_encrypt(ByteView key, const FixedBytes<16>& iv, ByteView plaintext);
/// Absent if the length or the padding is wrong. Tells no more than that; still, only for
/// ciphertexts whose MAC has been checked.
[[nodiscard]] std::optional<Bytes> aes_cbc_decrypt(ByteView key, const FixedBytes<16>& iv,
                                                   ByteView ciphertext);

/// AES-GCM (NIST SP 800-38D): ciphertext, then a tag of 16 bytes. The key has 16, 24 or 32 bytes.
/// The nonce has at least one byte, in protocols 12, and must never serve one key twice.
[[nodiscard]] Bytes aes_gcm_encrypt(ByteView key, ByteView nonce, ByteView plaintext,
                                    ByteView associated_data);
/// Absent if the tag is not that of these bytes, or the nonce is empty.
[[nodiscard]] std::optional<Bytes> aes_gcm_decrypt(ByteView key, ByteView nonce,
                                                   ByteView ciphertext_and_tag,
                                                   ByteView associated_data);

}  // namespace meta138::crypto
