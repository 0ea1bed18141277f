// SPDX-License-Identifier: Apache-2.0
#include "meta138/http/authentication.hpp"

#include <crypt.h>
#include <openssl/crypto.h>

#include <array>

namespace meta138::http {
namespace {

constexpr std::size_t bcrypt_size = 60;        // $2b$, cost, $, 22 characters of salt, 31 of hash
constexpr std::size_t max_password_size = 72;  // what bcrypt looks at

bool is_bcrypt(std::string_view hash) {
    return hash.size() == bcrypt_size &&
           (hash.starts_with("$2a$") || hash.starts_with("$2b$") || hash.starts_with("$2y$"));
}

}  // namespace

bool bcrypt_matches(std::string_view password, const std::string& hash) {
    // crypt ends a password at its first zero byte: "a" must not open what "a\0b" closes.
    if (!is_bcrypt(hash) || password.contains('\0')) return false;
    auto memory = std::make_unique<crypt_data>();
    auto terminated = std::string{password};
    const auto* computed = ::crypt_r(terminated.c_str(), hash.c_str(), memory.get());
    const auto matches = computed && std::string_view{computed}.size() == hash.size() &&
                         CRYPTO_memcmp(computed, hash.data(), hash.size()) == 0;
    OPENSSL_cleanse(terminated.data(), terminated.size());
    OPENSSL_cleanse(memory.get(), sizeof(crypt_data));
    return matches;
}

std::optional<std::string> bcrypt_hash(std::string_view password) {
    constexpr unsigned long cost = 10;
    if (password.size() > max_password_size || password.contains('\0')) return std::nullopt;
    std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> salt{};
    // Null: as many random bytes from the system as it takes.
    if (!::crypt_gensalt_rn("$2a$", cost, nullptr, 0, salt.data(), salt.size()))
        return std::nullopt;
    auto memory = std::make_unique<crypt_data>();
    auto terminated = std::string{password};
    const auto* computed = ::crypt_r(terminated.c_str(), salt.data(), memory.get());
    std::optional<std::string> hash;
    if (computed && is_bcrypt(computed)) hash = computed;
    OPENSSL_cleanse(terminated.data(), terminated.size());
    OPENSSL_cleanse(memory.get(), sizeof(crypt_data));
    return hash;
}

}  // namespace meta138::http
