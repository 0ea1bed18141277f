// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/keystore_file.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/codec/json/reader.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/crypto/random.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <variant>

namespace meta138::signer {
namespace {

template <typename T>
using Result = std::expected<T, std::string>;

constexpr std::size_t max_salt_size = 1024;
constexpr std::size_t max_ciphertext_size = 32;

// "crypto" since version 3, but some old tools wrote it with a capital.
json::Value find_crypto(json::Value root) {
    const auto found = root.find("crypto");
    return found.is_absent() ? root.find("Crypto") : found;
}

// Digits with or without 0x; several tools write either.
Result<Bytes> decode_digits(json::Value value, std::string_view where, std::size_t max_size) {
    const auto text = value.string();
    if (!text) return std::unexpected{fmt::format("{} is missing or not a text", where)};
    if (text->size() > 2 * max_size + 2)
        return std::unexpected{fmt::format("{} is longer than {} bytes", where, max_size)};
    auto bytes = text->starts_with("0x") ? decode_hex(*text) : decode_hex_digits(*text);
    if (!bytes) return std::unexpected{fmt::format("{} is not hexadecimal", where)};
    return *std::move(bytes);
}

template <std::size_t N>
Result<FixedBytes<N>> decode_fixed_digits(json::Value value, std::string_view where) {
    TRY_LET(const auto bytes, decode_digits(value, where, N));
    if (bytes.size() != N) return std::unexpected{fmt::format("{} is not {} bytes", where, N)};
    return FixedBytes<N>::from(std::span<const std::uint8_t, N>{bytes});
}

Result<std::uint32_t> decode_number(json::Value params, std::string_view name) {
    const auto number = params.find(name).unsigned_integer();
    if (!number || *number > std::numeric_limits<std::uint32_t>::max())
        return std::unexpected{fmt::format("kdfparams.{} is no number that fits", name)};
    return static_cast<std::uint32_t>(*number);
}

Result<std::variant<crypto::Pbkdf2Params, crypto::ScryptParams>> decode_kdf(json::Value crypto) {
    const auto kdf = crypto.find("kdf").string();
    const auto params = crypto.find("kdfparams");
    TRY_LET(auto salt, decode_digits(params.find("salt"), "kdfparams.salt", max_salt_size));
    TRY_LET(const auto dklen, decode_number(params, "dklen"));
    if (kdf == "pbkdf2") {
        if (params.find("prf").string() != "hmac-sha256")
            return std::unexpected{"kdfparams.prf is not hmac-sha256"};
        TRY_LET(const auto c, decode_number(params, "c"));
        return crypto::Pbkdf2Params{.c = c, .dklen = dklen, .salt = std::move(salt)};
    }
    if (kdf == "scrypt") {
        TRY_LET(const auto n, decode_number(params, "n"));
        TRY_LET(const auto r, decode_number(params, "r"));
        TRY_LET(const auto p, decode_number(params, "p"));
        return crypto::ScryptParams{
            .cost = {.n = n, .r = r, .p = p}, .dklen = dklen, .salt = std::move(salt)};
    }
    return std::unexpected{"kdf is neither scrypt nor pbkdf2"};
}

void write_kdf(json::Writer& out, const crypto::Pbkdf2Params& params) {
    out.key("kdf").string("pbkdf2");
    out.key("kdfparams").open_object();
    out.key("c").number(params.c);
    out.key("dklen").number(params.dklen);
    out.key("prf").string("hmac-sha256");
    out.key("salt").hex_digits(params.salt);
    out.close_object();
}

void write_kdf(json::Writer& out, const crypto::ScryptParams& params) {
    out.key("kdf").string("scrypt");
    out.key("kdfparams").open_object();
    out.key("dklen").number(params.dklen);
    out.key("n").number(params.cost.n);
    out.key("p").number(params.cost.p);
    out.key("r").number(params.cost.r);
    out.key("salt").hex_digits(params.salt);
    out.close_object();
}

// RFC 4122, version 4.
std::string random_uuid() {
    FixedBytes<16> bytes;
    crypto::fill_random(bytes.bytes);
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
    auto digits = to_hex_digits(bytes.bytes);
    for (const std::size_t at : {20U, 16U, 12U, 8U}) digits.insert(at, 1, '-');
    return digits;
}

}  // namespace

std::expected<crypto::Keystore, std::string> decode_keystore(std::string_view json) {
    json::Parser parser{{.size = max_keystore_size, .depth = 16, .values = 1024}};
    const auto root = parser.parse(json);
    if (!root) return std::unexpected{fmt::format("not JSON: {}", to_string(root.error()))};
    if (!root->is_object()) return std::unexpected{"not a JSON object"};
    if (root->find("version").unsigned_integer() != 3)
        return std::unexpected{"not version 3 of Web3 Secret Storage"};
    const auto crypto = find_crypto(*root);
    if (!crypto.is_object()) return std::unexpected{"crypto is missing"};
    if (crypto.find("cipher").string() != "aes-128-ctr")
        return std::unexpected{"crypto.cipher is not aes-128-ctr"};
    crypto::Keystore keystore;
    TRY_LET(keystore.kdf, decode_kdf(crypto));
    TRY_LET(keystore.iv,
            decode_fixed_digits<16>(crypto.find("cipherparams").find("iv"), "cipherparams.iv"));
    TRY_LET(keystore.ciphertext,
            decode_digits(crypto.find("ciphertext"), "ciphertext", max_ciphertext_size));
    TRY_LET(keystore.mac, decode_fixed_digits<32>(crypto.find("mac"), "mac"));
    return keystore;
}

std::string encode_keystore(const crypto::Keystore& keystore, const Address& address) {
    std::string text;
    json::Writer out{text};
    out.open_object();
    out.key("address").hex_digits(address.bytes);
    out.key("crypto").open_object();
    out.key("cipher").string("aes-128-ctr");
    out.key("ciphertext").hex_digits(keystore.ciphertext);
    out.key("cipherparams").open_object();
    out.key("iv").hex_digits(keystore.iv.bytes);
    out.close_object();
    std::visit([&](const auto& params) { write_kdf(out, params); }, keystore.kdf);
    out.key("mac").hex_digits(keystore.mac.bytes);
    out.close_object();
    out.key("id").string(random_uuid());
    out.key("version").number(3);
    out.close_object();
    return text;
}

std::uint64_t decryption_memory(const crypto::Keystore& keystore) noexcept {
    const auto* params = std::get_if<crypto::ScryptParams>(&keystore.kdf);
    if (params == nullptr) return 0;
    // n and r fit in 32 bits, so this does not overflow; what is too much, decrypt_keystore
    // refuses.
    const auto cells = params->cost.n * params->cost.r;
    return std::min(cells, crypto::max_scrypt_memory) * 128;
}

}  // namespace meta138::signer
