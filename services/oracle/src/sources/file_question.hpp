// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sources/poll.hpp"

#include <expected>
#include <string>

namespace meta138::oracle {

/// Reads a file of at most 1 MiB. Its time is when it was changed.
[[nodiscard]] std::expected<Answer, std::string> ask_file(const FileQuestion& question);

}  // namespace meta138::oracle
