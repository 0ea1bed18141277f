// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/crypto/kdf.hpp"
#include "meta138/crypto/secp256k1.hpp"

#include <cstdint>
#include <expected>
#include <string_view>
#include <variant>

namespace meta138::crypto {

struct Pbkdf2Params {
    std::uint32_t c = 0;  ///< Iterations.
    std::uint32_t dklen = 0;
    Bytes salt;
};

struct ScryptParams {
    ScryptCost cost;
    std::uint32_t dklen = 0;
    Bytes salt;
};

enum class KeystoreCipher : std::uint8_t {
    aes_128_ctr,  ///< Version 3.
    aes_128_cbc,  ///< Version 1, which geth wrote until 2015.
};

/// A secret key under a password: the fields of a Web3 Secret Storage file, out of their JSON.
struct Keystore {
    KeystoreCipher cipher = KeystoreCipher::aes_128_ctr;
    std::variant<Pbkdf2Params, ScryptParams> kdf;
    FixedBytes<16> iv;
    Bytes ciphertext;  ///< A key with leading zeros may come without them.
    Hash32 mac;
};

enum class KeystoreError : std::uint8_t {
    kdf_params,  ///< Not a cost the function is defined for, more than we spend, or dklen below 32.
    wrong_password,  ///< The MAC differs: another password, or a damaged file.
    bad_key,         ///< The plaintext is not a secret key.
};

std::string_view to_string(KeystoreError error) noexcept;

/// The key in `keystore`. Takes as long as the file's parameters dictate: about a second.
[[nodiscard]] std::expected<SecretKey, KeystoreError> decrypt_keystore(const Keystore& keystore,
                                                                       ByteView password);

/// The cost that geth and Besu write key files with: 256 MiB, a second.
inline constexpr ScryptCost standard_keystore_cost{.n = 1 << 18, .r = 8, .p = 1};

/// `key` under `password`, with scrypt and fresh random salt and iv.
[[nodiscard]] Keystore encrypt_keystore(const SecretKey& key, ByteView password,
                                        const ScryptCost& cost = standard_keystore_cost);

}  // namespace meta138::crypto
