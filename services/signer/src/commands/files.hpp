// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/signer/key_files.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace meta138::signer {

/// A file of the operator's. Throws OptionError if it cannot be read or is larger than `most`.
[[nodiscard]] std::string read_whole_file(const std::filesystem::path& file, std::size_t most);

/// The first line of a password file; not empty. Throws OptionError.
[[nodiscard]] SecretText read_password_file(const std::filesystem::path& file);

/// Writes a file that only its owner may read (0600), whole or not at all. Throws OptionError if it
/// exists or cannot be written.
void write_private_file(const std::filesystem::path& file, std::string_view text);

/// Throws OptionError.
void make_folder(const std::filesystem::path& folder, std::string_view option);

}  // namespace meta138::signer
