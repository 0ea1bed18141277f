// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/crypto/secp256k1.hpp"

#include <expected>
#include <filesystem>
#include <string>

namespace meta138::op {

/// The key in a file of 64 hexadecimal digits, with or without 0x. Nobody but its owner may read
/// the file. The error says what is wrong with which file, and nothing of what is in it.
[[nodiscard]] std::expected<crypto::SecretKey, std::string> read_key_file(
    const std::filesystem::path& path);

/// The key in a V3 keystore under the password in the first line of another file. Takes about a
/// second.
[[nodiscard]] std::expected<crypto::SecretKey, std::string> read_keystore(
    const std::filesystem::path& path, const std::filesystem::path& password_file);

}  // namespace meta138::op
