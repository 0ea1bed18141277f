// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/http/message.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// What heads of requests and of answers have in common.
namespace meta138::http {

/// RFC 9110 5.6.2: a method or the name of a header.
[[nodiscard]] bool is_token(std::string_view text) noexcept;

/// Visible characters, spaces, tabs, and bytes above ASCII.
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;

/// A header's line without its end. A folded line or a space before the colon is none.
[[nodiscard]] std::optional<HeaderView> parse_header(std::string_view line) noexcept;

/// A Content-Length's value into `out`; false if it is no number, or `out` has one already.
[[nodiscard]] bool parse_length(std::string_view text, std::optional<std::uint64_t>& out) noexcept;

/// Where a head ends in `bytes`: the offset behind its empty line, or 0 if that has not arrived.
/// The first `searched` bytes are known to contain no end.
[[nodiscard]] std::size_t find_end_of_head(std::string_view bytes, std::size_t searched) noexcept;

}  // namespace meta138::http
