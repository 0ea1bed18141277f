// SPDX-License-Identifier: Apache-2.0
#include "commands/commands.hpp"
#include "commands/files.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/crypto/keystore.hpp"
#include "meta138/signer/keystore_file.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>

namespace meta138::signer {
namespace {

/// geth's form: UTC--2026-03-29T03-57-50Z--<address>.json; the ending is Web3Signer's.
std::string file_name(const Address& address) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    return fmt::format("UTC--{:%Y-%m-%dT%H-%M-%S}Z--{}.json", now, to_hex_digits(address.bytes));
}

}  // namespace

int run_new_account(const CommandLine& line) {
    constexpr crypto::ScryptCost light_cost{.n = 1 << 12, .r = 8, .p = 1};
    const std::filesystem::path folder{required_option(line, "to")};
    const auto password = read_password_file(required_option(line, "new-password-file"));
    make_folder(folder, "to");
    const auto key = crypto::SecretKey::generate();
    const auto address = crypto::address_of(crypto::public_key(key));
    const auto keystore = crypto::encrypt_keystore(
        key, as_bytes(password.reveal()),
        has_flag(line, "light") ? light_cost : crypto::standard_keystore_cost);
    const auto file = folder / file_name(address);
    write_private_file(file, encode_keystore(keystore, address));
    if (has_flag(line, "json"))
        fmt::print("{{\"address\":\"{}\",\"file\":\"{}\"}}\n", to_hex(address.bytes),
                   file.string());
    else
        fmt::print("Address   {}\nKeystore  {}\n", to_hex(address.bytes), file.string());
    return 0;
}

}  // namespace meta138::signer
