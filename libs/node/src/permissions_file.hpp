// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::node {

/// A list of permissions_config.toml: "accounts-allowlist" or "nodes-allowlist". What is no text
/// becomes an empty one. Throws OptionError, in Besu's words.
std::vector<std::string> read_permissions(const std::filesystem::path& file, std::string_view key);

/// Replaces a list and keeps what else is in the file; in one step, so that a crash leaves the old
/// file or the new one. False: it could not be read or written. One writer at a time.
bool write_permissions(const std::filesystem::path& file, std::string_view key,
                       const std::vector<std::string>& entries);

}  // namespace meta138::node
