// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/signer/key_files.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::signer {

/// What tells whether a file has changed.
struct FileStamp {
    std::int64_t modified = 0;  ///< Nanoseconds since 1970.
    std::uint64_t size = 0;
    Hash32 hash;  ///< SHA-256 of the content.

    friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

struct SecretFile {
    SecretText text;
    FileStamp stamp;
    bool is_readable_by_others = false;  ///< By its group, or by everybody.
};

/// The error is a sentence without the path: "does not exist".
[[nodiscard]] std::expected<SecretFile, std::string> read_secret_file(
    const std::filesystem::path& file, std::size_t max_size);

/// The regular files of `directory` with one of these extensions, sorted by name.
[[nodiscard]] std::expected<std::vector<std::filesystem::path>, std::string> list_files(
    const std::filesystem::path& directory, std::initializer_list<std::string_view> extensions);

/// The password in a file's text.
[[nodiscard]] std::string_view password_in(std::string_view text, PasswordForm form) noexcept;

/// 64 hexadecimal digits, with or without 0x, white space around them.
[[nodiscard]] std::expected<crypto::SecretKey, std::string> decode_raw_key(std::string_view text);

}  // namespace meta138::signer
