// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/secp256k1.hpp"

#include "secp256k1/recover.hpp"
#include "secp256k1/scalar.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/crypto/random.hpp"

#include <openssl/crypto.h>
#include <secp256k1.h>
#include <secp256k1_ecdh.h>
#include <secp256k1_recovery.h>

#include <algorithm>

namespace meta138::crypto {
namespace {

/// Blinded once against side channels when it signs; never changed afterwards, so any thread may
/// use it.
const secp256k1_context* context() noexcept {
    static const secp256k1_context* const created = [] {
        auto* fresh = secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
        std::array<std::uint8_t, 32> seed;
        fill_random(seed);
        META138_ASSERT(secp256k1_context_randomize(fresh, seed.data()) == 1);
        return fresh;
    }();
    return created;
}

std::array<std::uint8_t, 64> concatenate(const Hash32& r, const Hash32& s) noexcept {
    std::array<std::uint8_t, 64> both;
    std::ranges::copy(s, std::ranges::copy(r, both.begin()).out);
    return both;
}

std::optional<secp256k1_pubkey> parse(const PublicKey& key) noexcept {
    std::array<std::uint8_t, 65> encoded;
    encoded[0] = 4;
    std::ranges::copy(key, encoded.begin() + 1);
    secp256k1_pubkey parsed;
    if (secp256k1_ec_pubkey_parse(context(), &parsed, encoded.data(), encoded.size()) != 1)
        return std::nullopt;
    return parsed;
}

PublicKey serialize(const secp256k1_pubkey& key) noexcept {
    std::array<std::uint8_t, 65> encoded;
    std::size_t size = encoded.size();
    secp256k1_ec_pubkey_serialize(context(), encoded.data(), &size, &key,
                                  SECP256K1_EC_UNCOMPRESSED);
    return PublicKey::from(std::span{encoded}.subspan<1>());
}

FixedBytes<33> serialize_compressed(const secp256k1_pubkey& key) noexcept {
    FixedBytes<33> encoded;
    std::size_t size = encoded.size();
    secp256k1_ec_pubkey_serialize(context(), encoded.data(), &size, &key, SECP256K1_EC_COMPRESSED);
    return encoded;
}

/// Takes the place of the library's own hashing of the shared point.
int copy_x(unsigned char* out, const unsigned char* x, const unsigned char*, void*) {
    std::copy_n(x, 32, out);
    return 1;
}

int copy_compressed(unsigned char* out, const unsigned char* x, const unsigned char* y, void*) {
    out[0] = static_cast<unsigned char>(2 | (y[31] & 1));
    std::copy_n(x, 32, out + 1);
    return 1;
}

}  // namespace

std::optional<SecretKey> SecretKey::from(ByteView bytes) noexcept {
    if (bytes.size() != 32 || secp256k1_ec_seckey_verify(context(), bytes.data()) != 1)
        return std::nullopt;
    SecretKey key;
    std::ranges::copy(bytes, key.bytes_.begin());
    return key;
}

SecretKey SecretKey::generate() {
    SecretKey key;
    do {
        fill_random(key.bytes_);
    } while (secp256k1_ec_seckey_verify(context(), key.bytes_.data()) != 1);
    return key;
}

SecretKey::SecretKey(SecretKey&& other) noexcept : bytes_{other.bytes_} {
    OPENSSL_cleanse(other.bytes_.data(), other.bytes_.size());
}

SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
    if (this != &other) {
        bytes_ = other.bytes_;
        OPENSSL_cleanse(other.bytes_.data(), other.bytes_.size());
    }
    return *this;
}

SecretKey::~SecretKey() {
    OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

SecretKey SecretKey::duplicate() const noexcept {
    SecretKey copy;
    copy.bytes_ = bytes_;
    return copy;
}

std::optional<PublicKey> recover_public_key(const Hash32& hash, const Hash32& r, const Hash32& s,
                                            std::uint8_t y_parity) noexcept {
    const auto r_number = to_uint256(r);
    const auto s_number = to_uint256(s);
    if (y_parity > 1 || r_number.is_zero() || s_number.is_zero() || r_number >= SECP256K1N ||
        s_number >= SECP256K1N)
        return std::nullopt;
    // SEC 1 section 4.1.6: the key is (s R - hash G) / r, where r is the x of R. Nothing here is
    // secret, and this takes two thirds of the time of libsecp256k1's.
    const auto nonce_point =
        secp256k1::decompress(secp256k1::FieldElement{r_number.limbs}, y_parity == 1);
    if (!nonce_point) return std::nullopt;
    const auto r_inverse = secp256k1::inverse_modulo_order(r_number);
    const auto minus_hash = SECP256K1N - to_uint256(hash) % SECP256K1N;
    const auto key =
        secp256k1::double_multiply(mulmod(minus_hash, r_inverse, SECP256K1N),
                                   mulmod(s_number, r_inverse, SECP256K1N), *nonce_point);
    if (!key) return std::nullopt;
    PublicKey encoded;
    key->x.to_be_bytes(encoded.data());
    key->y.to_be_bytes(encoded.data() + 32);
    return encoded;
}

std::optional<Address> recover_address(const Hash32& hash, const Hash32& r, const Hash32& s,
                                       std::uint8_t y_parity) noexcept {
    const auto key = recover_public_key(hash, r, s, y_parity);
    if (!key) return std::nullopt;
    return address_of(*key);
}

Address address_of(const PublicKey& key) noexcept {
    const auto hash = keccak256(key);
    return Address::from(std::span{hash.bytes}.last<20>());
}

PublicKey public_key(const SecretKey& secret) noexcept {
    secp256k1_pubkey key;
    META138_ASSERT(secp256k1_ec_pubkey_create(context(), &key, secret.reveal().data()) == 1);
    return serialize(key);
}

Signature sign(const Hash32& hash, const SecretKey& secret) noexcept {
    secp256k1_ecdsa_recoverable_signature made;
    META138_ASSERT(secp256k1_ecdsa_sign_recoverable(context(), &made, hash.data(),
                                                    secret.reveal().data(), nullptr, nullptr) == 1);
    std::array<std::uint8_t, 64> compact;
    int recovery_id = 0;
    secp256k1_ecdsa_recoverable_signature_serialize_compact(context(), compact.data(), &recovery_id,
                                                            &made);
    // 2 and 3 would mean a nonce point with x >= n: one in 2^127.
    META138_ASSERT(recovery_id == 0 || recovery_id == 1);
    return {.r = Hash32::from(std::span{compact}.first<32>()),
            .s = Hash32::from(std::span{compact}.last<32>()),
            .y_parity = static_cast<std::uint8_t>(recovery_id)};
}

bool verify(const Hash32& hash, const Hash32& r, const Hash32& s, const PublicKey& key) noexcept {
    const auto parsed = parse(key);
    if (!parsed) return false;
    secp256k1_ecdsa_signature signature;
    if (secp256k1_ecdsa_signature_parse_compact(context(), &signature, concatenate(r, s).data()) !=
        1)
        return false;
    secp256k1_ecdsa_signature_normalize(context(), &signature, &signature);
    return secp256k1_ecdsa_verify(context(), &signature, hash.data(), &*parsed) == 1;
}

std::optional<Hash32> ecdh(const SecretKey& secret, const PublicKey& key) noexcept {
    const auto parsed = parse(key);
    Hash32 shared;
    if (!parsed || secp256k1_ecdh(context(), shared.data(), &*parsed, secret.reveal().data(),
                                  copy_x, nullptr) != 1)
        return std::nullopt;
    return shared;
}

std::optional<FixedBytes<33>> ecdh_compressed(const SecretKey& secret,
                                              const PublicKey& key) noexcept {
    const auto parsed = parse(key);
    FixedBytes<33> shared;
    if (!parsed || secp256k1_ecdh(context(), shared.data(), &*parsed, secret.reveal().data(),
                                  copy_compressed, nullptr) != 1)
        return std::nullopt;
    return shared;
}

std::optional<FixedBytes<33>> compress(const PublicKey& key) noexcept {
    const auto parsed = parse(key);
    if (!parsed) return std::nullopt;
    return serialize_compressed(*parsed);
}

std::optional<PublicKey> decompress(const FixedBytes<33>& key) noexcept {
    secp256k1_pubkey parsed;
    if (secp256k1_ec_pubkey_parse(context(), &parsed, key.data(), key.size()) != 1)
        return std::nullopt;
    return serialize(parsed);
}

}  // namespace meta138::crypto
