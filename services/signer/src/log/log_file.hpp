// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <filesystem>
#include <string>

/// What the two logs do with files. Every function throws LogError, which names the file.
namespace meta138::signer {

/// A descriptor of <file>.lock, held until it is closed; refuses what another process holds.
[[nodiscard]] int lock_log(const std::filesystem::path& file);

/// A descriptor for appending; makes the file (0600) if need be.
[[nodiscard]] int open_log(const std::filesystem::path& file);

/// All of it, at most `max_size` from its end.
[[nodiscard]] Bytes read_end(const std::filesystem::path& file, std::size_t max_size);

/// Puts `content` in the place of `file` in one step, durably.
void replace_file(const std::filesystem::path& file, ByteView content);

/// The same, and a descriptor for appending to it. Once the old file is gone it does not throw: if
/// that is not durable the descriptor is -1, to which nothing can be written.
[[nodiscard]] int replace_log(const std::filesystem::path& file, ByteView content);

/// Makes names in the folder of `file` durable.
void sync_folder(const std::filesystem::path& file);

}  // namespace meta138::signer
