// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/http/authentication.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace meta138::http {

/// Longer tokens are refused unseen.
inline constexpr std::size_t max_token_bytes = 8 * 1024;

/// base64 with `-` and `_` and without padding (RFC 7515 appendix C). Absent if malformed, also if
/// bits are left over that the same bytes would not encode to.
[[nodiscard]] std::optional<std::string> decode_base64url(std::string_view text);
[[nodiscard]] std::string encode_base64url(std::string_view bytes);

/// The standard alphabet with padding (RFC 4648 4), for Authorization: Basic.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace meta138::http
