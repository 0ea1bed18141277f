// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/network/accounts.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/crypto/keystore.hpp"
#include "meta138/crypto/random.hpp"
#include "meta138/operator/deploy_key.hpp"
#include "meta138/operator/network/network_file.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace meta138::op {
namespace {

namespace fs = std::filesystem;

/// Passwords here are 32 random bytes, which no stretching makes harder to guess: a cost that does
/// not hold up the start.
constexpr crypto::ScryptCost quick_cost{.n = 1 << 12, .r = 8, .p = 1};

std::string random_password() {
    std::array<std::uint8_t, 32> bytes{};
    crypto::fill_random(bytes);
    return to_hex_digits(bytes);
}

/// As the 13th to 16th digit of a UUID of version 4 want it.
std::string random_uuid() {
    std::array<std::uint8_t, 16> bytes{};
    crypto::fill_random(bytes);
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
    auto digits = to_hex_digits(bytes);
    for (const std::size_t at : {8U, 13U, 18U, 23U}) digits.insert(at, "-");
    return digits;
}

std::string print_keystore(const crypto::Keystore& keystore, const Address& address) {
    const auto& scrypt = std::get<crypto::ScryptParams>(keystore.kdf);
    const nlohmann::ordered_json json{
        {"address", to_hex_digits(address.bytes)},
        {"id", random_uuid()},
        {"version", 3},
        {"crypto",
         {{"cipher", "aes-128-ctr"},
          {"cipherparams", {{"iv", to_hex_digits(keystore.iv.bytes)}}},
          {"ciphertext", to_hex_digits(keystore.ciphertext)},
          {"kdf", "scrypt"},
          {"kdfparams",
           {{"dklen", scrypt.dklen},
            {"n", scrypt.cost.n},
            {"r", scrypt.cost.r},
            {"p", scrypt.cost.p},
            {"salt", to_hex_digits(scrypt.salt)}}},
          {"mac", to_hex_digits(keystore.mac.bytes)}}},
    };
    return json.dump(2) + "\n";
}

}  // namespace

std::vector<NetworkAccount> make_accounts(const fs::path& network_folder,
                                          const std::vector<std::string>& names) {
    const auto folder = network_folder / "signer";
    for (const auto* each : {"", "keys", "passwords"}) {
        fs::create_directories(folder / each);
        fs::permissions(folder / each, fs::perms::owner_all);
    }
    std::vector<NetworkAccount> accounts;
    for (const auto& name : names) {
        const auto key = crypto::SecretKey::generate();
        const auto address = crypto::address_of(crypto::public_key(key));
        auto password = random_password();
        const auto keystore = crypto::encrypt_keystore(key, as_bytes(password), quick_cost);
        write_file(folder / "keys" / (name + ".json"), print_keystore(keystore, address), true);
        write_file(folder / "passwords" / (name + ".txt"), password, true);
        std::ranges::fill(password, '0');
        accounts.push_back({.name = name, .address = address});
    }
    return accounts;
}

crypto::SecretKey read_account_key(const fs::path& network_folder, std::string_view name) {
    const auto folder = network_folder / "signer";
    auto key = read_keystore(folder / "keys" / fmt::format("{}.json", name),
                             folder / "passwords" / fmt::format("{}.txt", name));
    if (!key) throw NetworkError{key.error()};
    return *std::move(key);
}

}  // namespace meta138::op
