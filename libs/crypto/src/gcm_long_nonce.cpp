// SPDX-License-Identifier: Apache-2.0
#include "gcm_long_nonce.hpp"

#include "meta138/crypto/aes.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstdint>

namespace meta138::crypto {
namespace {

using GcmBlock = FixedBytes<16>;

void xor_into(GcmBlock& block, ByteView bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) block[i] ^= bytes[i];
}

// 6.3: bits from the left, reduced by 1 + x + x^2 + x^7 + x^128.
GcmBlock multiply(const GcmBlock& x, GcmBlock v) {
    GcmBlock product;
    for (std::size_t i = 0; i < 128; ++i) {
        if ((x[i / 8] >> (7 - i % 8) & 1) != 0) xor_into(product, v.bytes);
        const bool carry = (v[15] & 1) != 0;
        for (std::size_t j = 15; j > 0; --j)
            v[j] = static_cast<std::uint8_t>(v[j] >> 1 | v[j - 1] << 7);
        v[0] >>= 1;
        if (carry) v[0] ^= 0xe1;
    }
    return product;
}

class Gcm {
public:
    Gcm(ByteView key, ByteView nonce) : cipher_{key} {
        key_of_hash_ = cipher_.encrypt({});
        GcmBlock hash;
        absorb(hash, nonce);
        absorb_lengths(hash, 0, nonce.size());
        first_counter_ = hash;
    }

    // GCTR from the block after the first (6.5); both ways.
    [[nodiscard]] Bytes crypt(ByteView in) const {
        Bytes out = to_bytes(in);
        auto counter = first_counter_;
        for (std::size_t at = 0; at < out.size(); at += 16) {
            for (std::size_t i = 16; i > 12 && ++counter[i - 1] == 0; --i) {
            }  // inc32
            const auto stream = cipher_.encrypt(counter);
            for (std::size_t i = 0; i < 16 && at + i < out.size(); ++i) out[at + i] ^= stream[i];
        }
        return out;
    }

    [[nodiscard]] GcmBlock tag(ByteView associated_data, ByteView ciphertext) const {
        GcmBlock hash;
        absorb(hash, associated_data);
        absorb(hash, ciphertext);
        absorb_lengths(hash, associated_data.size(), ciphertext.size());
        xor_into(hash, cipher_.encrypt(first_counter_).bytes);
        return hash;
    }

private:
    // GHASH (6.4) of bytes that are padded with zeros to whole blocks.
    void absorb(GcmBlock& hash, ByteView bytes) const {
        for (; !bytes.empty(); bytes = bytes.subspan(std::min<std::size_t>(16, bytes.size()))) {
            xor_into(hash, bytes.first(std::min<std::size_t>(16, bytes.size())));
            hash = multiply(hash, key_of_hash_);
        }
    }
    void absorb_lengths(GcmBlock& hash, std::size_t first, std::size_t second) const {
        GcmBlock lengths;
        for (std::size_t i = 0; i < 8; ++i) {
            lengths[7 - i] = static_cast<std::uint8_t>(std::uint64_t{first} * 8 >> (8 * i));
            lengths[15 - i] = static_cast<std::uint8_t>(std::uint64_t{second} * 8 >> (8 * i));
        }
        absorb(hash, lengths.bytes);
    }

    AesBlock cipher_;
    GcmBlock key_of_hash_;
    GcmBlock first_counter_;
};

}  // namespace

Bytes gcm_encrypt_long_nonce(ByteView key, ByteView nonce, ByteView plaintext,
                             ByteView associated_data) {
    const Gcm gcm{key, nonce};
    auto out = gcm.crypt(plaintext);
    const auto tag = gcm.tag(associated_data, out);
    out.insert(out.end(), tag.begin(), tag.end());
    return out;
}

std::optional<Bytes> gcm_decrypt_long_nonce(ByteView key, ByteView nonce,
                                            ByteView ciphertext_and_tag, ByteView associated_data) {
    const Gcm gcm{key, nonce};
    const auto ciphertext = ciphertext_and_tag.first(ciphertext_and_tag.size() - 16);
    const auto tag = gcm.tag(associated_data, ciphertext);
    if (CRYPTO_memcmp(tag.data(), ciphertext_and_tag.last<16>().data(), 16) != 0)
        return std::nullopt;
    return gcm.crypt(ciphertext);
}

}  // namespace meta138::crypto
