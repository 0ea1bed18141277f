// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compression.hpp"

#include "meta138/http/message.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace meta138::http {

/// What the server adds to a handler's response.
struct ResponseFraming {
    std::optional<std::size_t> length;  ///< absent: chunked (HTTP/1.0: until the connection closes)
    bool http_1_0 = false;
    bool keep_alive = true;
    ContentCoding coding = ContentCoding::identity;
    std::string_view allowed_origin = {};  ///< empty: no CORS headers
};

[[nodiscard]] std::string_view reason_of(unsigned status) noexcept;

/// A response that says something to people.
[[nodiscard]] Response text_response(unsigned status, std::string_view text);

/// Status line and headers, with the empty line.
void append_response_head(std::string& out, const Response& response,
                          const ResponseFraming& framing);

}  // namespace meta138::http
