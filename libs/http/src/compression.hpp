// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace meta138::http {

enum class ContentCoding : std::uint8_t { identity, gzip, deflate };

/// What an Accept-Encoding header asks for, of what we have. gzip before deflate; a coding with q=0
/// is not accepted (RFC 9110 12.5.3).
[[nodiscard]] ContentCoding choose_coding(std::string_view accept_encoding) noexcept;

[[nodiscard]] std::string_view to_string(ContentCoding coding) noexcept;

/// `body` in a coding other than identity. Fast rather than small.
[[nodiscard]] std::string compress(std::string_view body, ContentCoding coding);

}  // namespace meta138::http
