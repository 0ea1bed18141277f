// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/p2p/enr.hpp"

#include <filesystem>
#include <optional>
#include <system_error>

namespace meta138::p2p {

/// Our record of an earlier run; absent if there is none, or none that can be read: then a new one
/// begins with a number from the clock.
[[nodiscard]] std::optional<NodeRecord> read_record(const std::filesystem::path& file);

/// Replaces the file as a whole.
std::error_code write_record(const std::filesystem::path& file, const NodeRecord& record);

}  // namespace meta138::p2p
