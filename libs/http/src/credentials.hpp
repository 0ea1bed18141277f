// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/http/access.hpp"

#include <map>
#include <string>
#include <vector>

namespace meta138::http {

struct Credential {
    std::string secret;  ///< a bcrypt hash; of an API key its SHA-256 in hex
    std::vector<std::string> permissions;
};
using Credentials = std::map<std::string, Credential, std::less<>>;

/// The users of a credentials file: TOML, `[Users.NAME]` with `password` and `permissions`.
/// @throws ConfigurationError with Besu's texts
[[nodiscard]] Credentials read_users(const std::string& file);

/// The keys of an API key file: TOML, `[Keys.NAME]` with `sha256` and `permissions`.
/// @throws ConfigurationError
[[nodiscard]] Credentials read_api_keys(const std::string& file);

}  // namespace meta138::http
