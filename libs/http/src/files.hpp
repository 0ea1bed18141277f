// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace meta138::http {

/// A small file of the operator's. @throws ConfigurationError if it cannot be read or exceeds 4 MiB
[[nodiscard]] std::string read_file(const std::string& path);

/// The first line of a password file. @throws ConfigurationError if it cannot be read or is empty
[[nodiscard]] std::string read_first_line(const std::string& path);

}  // namespace meta138::http
