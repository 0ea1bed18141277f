// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/aes.hpp"

#include "gcm_long_nonce.hpp"

#include "meta138/base/assert.hpp"

#include <openssl/evp.h>

#include <array>
#include <limits>

namespace meta138::crypto {
namespace {

enum class Mode : std::uint8_t { ecb, cbc, ctr, gcm };

constexpr int tag_size = 16;

/// OpenSSL's implementation of AES for a key of this size, looked up once: a look-up by name costs
/// more than encrypting a short message.
const EVP_CIPHER* cipher_for(Mode mode, std::size_t key_size) {
    using Row = std::array<const EVP_CIPHER*, 3>;
    static const std::array<Row, 4> ciphers = [] {
        const auto fetch = [](const char* name) -> const EVP_CIPHER* {
            const EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
            META138_ASSERT(cipher != nullptr);
            return cipher;
        };
        return std::array<Row, 4>{
            Row{fetch("AES-128-ECB"), fetch("AES-192-ECB"), fetch("AES-256-ECB")},
            Row{fetch("AES-128-CBC"), fetch("AES-192-CBC"), fetch("AES-256-CBC")},
            Row{fetch("AES-128-CTR"), fetch("AES-192-CTR"), fetch("AES-256-CTR")},
            Row{fetch("AES-128-GCM"), fetch("AES-192-GCM"), fetch("AES-256-GCM")},
        };
    }();
    META138_ASSERT(key_size == 16 || key_size == 24 || key_size == 32);
    return ciphers[static_cast<std::size_t>(mode)][(key_size - 16) / 8];
}

struct Free {
    void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Free>;

enum class Direction : int { decrypt = 0, encrypt = 1 };

CipherContext begin(Mode mode, Direction direction, ByteView key, const std::uint8_t* iv) {
    CipherContext context{EVP_CIPHER_CTX_new()};
    META138_ASSERT(context);
    META138_ASSERT(EVP_CipherInit_ex2(context.get(), cipher_for(mode, key.size()), key.data(), iv,
                                      static_cast<int>(direction), nullptr) == 1);
    return context;
}

int to_int(std::size_t size) {
    META138_ASSERT(size <= std::size_t{std::numeric_limits<int>::max()} - EVP_MAX_BLOCK_LENGTH);
    return static_cast<int>(size);
}

/// Feeds `in`, and returns how many bytes that put into `out`.
std::size_t update(EVP_CIPHER_CTX* context, std::uint8_t* out, ByteView in) {
    int written = 0;
    META138_ASSERT(EVP_CipherUpdate(context, out, &written, in.data(), to_int(in.size())) == 1);
    return static_cast<std::size_t>(written);
}

CipherContext begin_gcm(Direction direction, ByteView key, ByteView nonce,
                        ByteView associated_data) {
    auto context = begin(Mode::gcm, direction, key, nullptr);
    META138_ASSERT(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_IVLEN, to_int(nonce.size()),
                                       nullptr) == 1);
    META138_ASSERT(EVP_CipherInit_ex2(context.get(), nullptr, nullptr, nonce.data(),
                                      static_cast<int>(direction), nullptr) == 1);
    if (!associated_data.empty()) update(context.get(), nullptr, associated_data);
    return context;
}

}  // namespace

struct AesCtr::Context {
    CipherContext cipher;
};

AesCtr::AesCtr(ByteView key, const FixedBytes<16>& counter)
    : context_{
          std::make_unique<Context>(begin(Mode::ctr, Direction::encrypt, key, counter.data()))} {}
AesCtr::AesCtr(AesCtr&&) noexcept = default;
AesCtr& AesCtr::operator=(AesCtr&&) noexcept = default;
AesCtr::~AesCtr() = default;

void AesCtr::apply(ByteView in, std::span<std::uint8_t> out) {
    META138_ASSERT(in.size() == out.size());
    if (!in.empty()) update(context_->cipher.get(), out.data(), in);
}

Bytes aes_ctr(ByteView key, const FixedBytes<16>& counter, ByteView in) {
    Bytes out(in.size());
    AesCtr{key, counter}.apply(in, out);
    return out;
}

struct AesBlock::Context {
    CipherContext cipher;
};

AesBlock::AesBlock(ByteView key)
    : context_{std::make_unique<Context>(begin(Mode::ecb, Direction::encrypt, key, nullptr))} {}
AesBlock::AesBlock(AesBlock&&) noexcept = default;
AesBlock& AesBlock::operator=(AesBlock&&) noexcept = default;
AesBlock::~AesBlock() = default;

FixedBytes<16> AesBlock::encrypt(const FixedBytes<16>& block) const {
    FixedBytes<16> out;
    update(context_->cipher.get(), out.data(), block);
    return out;
}

Bytes aes_cbc_encrypt(ByteView key, const FixedBytes<16>& iv, ByteView plaintext) {
    const auto context = begin(Mode::cbc, Direction::encrypt, key, iv.data());
    Bytes out(plaintext.size() + 16);
    auto size = update(context.get(), out.data(), plaintext);
    int last = 0;
    META138_ASSERT(EVP_CipherFinal_ex(context.get(), out.data() + size, &last) == 1);
    out.resize(size + static_cast<std::size_t>(last));
    return out;
}

std::optional<Bytes> aes_cbc_decrypt(ByteView key, const FixedBytes<16>& iv, ByteView ciphertext) {
    if (ciphertext.empty() || ciphertext.size() % 16 != 0) return std::nullopt;
    const auto context = begin(Mode::cbc, Direction::decrypt, key, iv.data());
    Bytes out(ciphertext.size() + 16);
    auto size = update(context.get(), out.data(), ciphertext);
    int last = 0;
    if (EVP_CipherFinal_ex(context.get(), out.data() + size, &last) != 1) return std::nullopt;
    out.resize(size + static_cast<std::size_t>(last));
    return out;
}

Bytes aes_gcm_encrypt(ByteView key, ByteView nonce, ByteView plaintext, ByteView associated_data) {
    META138_ASSERT(!nonce.empty());
    if (nonce.size() > max_openssl_gcm_nonce_size)
        return gcm_encrypt_long_nonce(key, nonce, plaintext, associated_data);
    const auto context = begin_gcm(Direction::encrypt, key, nonce, associated_data);
    Bytes out(plaintext.size() + tag_size);
    if (!plaintext.empty()) update(context.get(), out.data(), plaintext);
    auto* const tag = out.data() + plaintext.size();
    int last = 0;
    META138_ASSERT(EVP_CipherFinal_ex(context.get(), tag, &last) == 1);
    META138_ASSERT(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, tag) == 1);
    return out;
}

std::optional<Bytes> aes_gcm_decrypt(ByteView key, ByteView nonce, ByteView ciphertext_and_tag,
                                     ByteView associated_data) {
    if (nonce.empty() || ciphertext_and_tag.size() < tag_size) return std::nullopt;
    if (nonce.size() > max_openssl_gcm_nonce_size)
        return gcm_decrypt_long_nonce(key, nonce, ciphertext_and_tag, associated_data);
    const auto ciphertext = ciphertext_and_tag.first(ciphertext_and_tag.size() - tag_size);
    FixedBytes<tag_size> tag = FixedBytes<tag_size>::from(ciphertext_and_tag.last<tag_size>());
    const auto context = begin_gcm(Direction::decrypt, key, nonce, associated_data);
    META138_ASSERT(
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) == 1);
    Bytes out(ciphertext.size());
    if (!ciphertext.empty()) update(context.get(), out.data(), ciphertext);
    std::array<std::uint8_t, tag_size> rest;
    int last = 0;
    if (EVP_CipherFinal_ex(context.get(), rest.data(), &last) != 1) return std::nullopt;
    return out;
}

}  // namespace meta138::crypto
