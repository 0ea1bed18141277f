// SPDX-License-Identifier: Apache-2.0
#include "rlpx/ecies.hpp"

#include "meta138/crypto/aes.hpp"
#include "meta138/crypto/kdf.hpp"
#include "meta138/crypto/sha256.hpp"

#include <openssl/crypto.h>

namespace meta138::p2p::rlpx {
namespace {

constexpr std::uint8_t uncompressed_point = 0x04;
constexpr std::size_t key_size = 16;
constexpr std::size_t mac_size = 32;
constexpr std::size_t iv_at = 1 + crypto::PublicKey::size();
constexpr std::size_t body_at = iv_at + 16;
static_assert(body_at + mac_size == ecies_overhead);

/// The keys of one message; wiped when they go away.
struct Keys {
    explicit Keys(const Hash32& shared)
        : material{crypto::concat_kdf_sha256(shared, {}, 2 * key_size)},
          mac{crypto::sha256(ByteView{material}.last(key_size))} {}
    Keys(const Keys&) = delete;
    Keys& operator=(const Keys&) = delete;
    ~Keys() {
        OPENSSL_cleanse(material.data(), material.size());
        OPENSSL_cleanse(mac.data(), mac.size());
    }

    [[nodiscard]] ByteView encryption() const { return ByteView{material}.first(key_size); }
    [[nodiscard]] Hash32 code(ByteView iv_and_ciphertext, ByteView authenticated) const {
        return crypto::HmacSha256{mac}.update(iv_and_ciphertext).update(authenticated).finish();
    }

    Bytes material;
    Hash32 mac;
};

}  // namespace

std::optional<Bytes> ecies_encrypt(const crypto::PublicKey& to, ByteView plaintext,
                                   ByteView authenticated, const Random& random) {
    const auto ephemeral = random_key(random);
    const auto shared = crypto::ecdh(ephemeral, to);
    if (!shared) return std::nullopt;
    const Keys keys{*shared};

    Bytes out(plaintext.size() + ecies_overhead);
    out[0] = uncompressed_point;
    std::ranges::copy(crypto::public_key(ephemeral), out.begin() + 1);
    const auto iv = random_bytes<16>(random);
    std::ranges::copy(iv, out.begin() + iv_at);
    const auto body = std::span{out}.subspan(body_at, plaintext.size());
    crypto::AesCtr{keys.encryption(), iv}.apply(plaintext, body);
    const auto code = keys.code(ByteView{out}.subspan(iv_at, 16 + plaintext.size()), authenticated);
    std::ranges::copy(code, out.end() - mac_size);
    return out;
}

std::optional<Bytes> ecies_decrypt(const crypto::SecretKey& key, ByteView ciphertext,
                                   ByteView authenticated) {
    if (ciphertext.size() < ecies_overhead || ciphertext[0] != uncompressed_point)
        return std::nullopt;
    const auto point = crypto::PublicKey::from(ciphertext.subspan<1, crypto::PublicKey::size()>());
    const auto shared = crypto::ecdh(key, point);
    if (!shared) return std::nullopt;
    const Keys keys{*shared};

    const auto covered = ciphertext.subspan(iv_at, ciphertext.size() - iv_at - mac_size);
    const auto code = keys.code(covered, authenticated);
    if (CRYPTO_memcmp(code.data(), ciphertext.last<mac_size>().data(), mac_size) != 0)
        return std::nullopt;
    return crypto::aes_ctr(keys.encryption(), FixedBytes<16>::from(covered.first<16>()),
                           covered.subspan(16));
}

}  // namespace meta138::p2p::rlpx
