// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/keystore.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/crypto/aes.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/crypto/random.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <optional>

namespace meta138::crypto {
namespace {

/// Key files in use ask for up to 2^18; this is seconds, not hours.
constexpr std::uint32_t max_pbkdf2_iterations = 10'000'000;
constexpr std::uint32_t min_dklen = 32;
constexpr std::uint32_t max_dklen = 1024;
/// n * r * p; as memory is bounded by n * r, this bounds the repetitions of it.
constexpr std::uint64_t max_scrypt_work = std::uint64_t{1} << 26;

/// Bytes that are wiped when they go out of use.
class WipedBytes {
public:
    explicit WipedBytes(Bytes bytes) : bytes_{std::move(bytes)} {}
    WipedBytes(WipedBytes&& other) noexcept = default;
    WipedBytes& operator=(WipedBytes&&) = delete;
    WipedBytes(const WipedBytes&) = delete;
    WipedBytes& operator=(const WipedBytes&) = delete;
    ~WipedBytes() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

    [[nodiscard]] ByteView view() const noexcept { return bytes_; }

private:
    Bytes bytes_;
};

bool is_dklen(std::uint32_t dklen) {
    return dklen >= min_dklen && dklen <= max_dklen;
}

std::optional<WipedBytes> derive(const Pbkdf2Params& params, ByteView password) {
    if (!is_dklen(params.dklen) || params.c == 0 || params.c > max_pbkdf2_iterations)
        return std::nullopt;
    return WipedBytes{pbkdf2_hmac_sha256(password, params.salt, params.c, params.dklen)};
}

std::optional<WipedBytes> derive(const ScryptParams& params, ByteView password) {
    const auto& [n, r, p] = params.cost;
    if (!is_dklen(params.dklen)) return std::nullopt;
    if (n > max_scrypt_work ||
        std::uint64_t{r} * p > max_scrypt_work / std::max<std::uint64_t>(n, 1))
        return std::nullopt;
    auto key = scrypt(password, params.salt, params.cost, params.dklen);
    if (!key) return std::nullopt;
    return WipedBytes{*std::move(key)};
}

Hash32 mac_of(ByteView derived, ByteView ciphertext) {
    return Keccak256{}.update(derived.subspan(16, 16)).update(ciphertext).finish();
}

std::optional<WipedBytes> decrypt(const Keystore& keystore, ByteView derived) {
    switch (keystore.cipher) {
        case KeystoreCipher::aes_128_ctr:
            return WipedBytes{aes_ctr(derived.first(16), keystore.iv, keystore.ciphertext)};
        case KeystoreCipher::aes_128_cbc: {
            const WipedBytes key{to_bytes(keccak256(derived.first(16)))};
            auto plaintext =
                aes_cbc_decrypt(key.view().first(16), keystore.iv, keystore.ciphertext);
            if (!plaintext) return std::nullopt;
            return WipedBytes{*std::move(plaintext)};
        }
    }
    return std::nullopt;
}

}  // namespace

std::string_view to_string(KeystoreError error) noexcept {
    switch (error) {
        case KeystoreError::kdf_params: return "unsupported parameters of the key derivation";
        case KeystoreError::wrong_password: return "wrong password or damaged key file";
        case KeystoreError::bad_key: return "the key file does not hold a secret key";
    }
    return "";
}

std::expected<SecretKey, KeystoreError> decrypt_keystore(const Keystore& keystore,
                                                         ByteView password) {
    const auto derived =
        std::visit([&](const auto& params) { return derive(params, password); }, keystore.kdf);
    if (!derived) return std::unexpected{KeystoreError::kdf_params};
    const auto mac = mac_of(derived->view(), keystore.ciphertext);
    if (CRYPTO_memcmp(mac.data(), keystore.mac.data(), mac.size()) != 0)
        return std::unexpected{KeystoreError::wrong_password};
    const auto plaintext = decrypt(keystore, derived->view());
    if (!plaintext || plaintext->view().size() > 32) return std::unexpected{KeystoreError::bad_key};
    Bytes number(32);
    std::ranges::copy_backward(plaintext->view(), number.end());
    const WipedBytes padded{std::move(number)};
    auto key = SecretKey::from(padded.view());
    if (!key) return std::unexpected{KeystoreError::bad_key};
    return *std::move(key);
}

Keystore encrypt_keystore(const SecretKey& key, ByteView password, const ScryptCost& cost) {
    Keystore keystore;
    ScryptParams params{.cost = cost, .dklen = min_dklen, .salt = Bytes(32)};
    fill_random(params.salt);
    fill_random(keystore.iv.bytes);
    const auto derived = derive(params, password);
    META138_ASSERT(derived);  // the cost is ours
    keystore.ciphertext = aes_ctr(derived->view().first(16), keystore.iv, key.reveal());
    keystore.mac = mac_of(derived->view(), keystore.ciphertext);
    keystore.kdf = std::move(params);
    return keystore;
}

}  // namespace meta138::crypto
