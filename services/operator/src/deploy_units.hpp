// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/uint256.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace meta138::op {

/// "12.5" with 2 decimals is 1250. Digits and at most one point between them; absent for anything
/// else, for more decimals than that, and for what 256 bits cannot hold.
[[nodiscard]] std::optional<uint256> scale_decimal(std::string_view text, unsigned decimals);
/// The inverse, without zeros at the end: 1250 with 2 decimals is "12.5".
[[nodiscard]] std::string format_decimal(const uint256& value, unsigned decimals);

/// "90s", "30m", "1h", "2d"
[[nodiscard]] std::optional<std::chrono::seconds> parse_duration(std::string_view text);
/// In the largest of these units that divides it.
[[nodiscard]] std::string format_duration(std::chrono::seconds duration);

}  // namespace meta138::op
