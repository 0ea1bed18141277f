// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/http/message.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>
#include <vector>

namespace meta138::http {

/// The request line and what the server itself looks for in the headers.
struct RequestHead {
    std::string_view method;
    std::string_view target;
    std::optional<std::string_view> host;
    std::string_view origin;
    std::string_view authorization;
    std::string_view accept_encoding;
    std::string_view websocket_key;
    std::string_view websocket_version;
    std::optional<std::uint64_t> content_length;
    bool keep_alive = true;
    bool http_1_0 = false;
    bool chunked = false;
    bool expects_continue = false;
    bool connection_upgrade = false;
    bool upgrade_websocket = false;
};

/// Parses a whole head, empty line included, as strictly as RFC 9112 allows: what two servers could
/// understand differently (both lengths, several lengths, folded lines, spaces before the colon,
/// bare line feeds) is refused. The error is the status to answer. Views refer to `head`.
[[nodiscard]] std::expected<RequestHead, unsigned> parse_head(std::string_view head,
                                                              std::size_t header_count,
                                                              std::vector<HeaderView>& headers);

}  // namespace meta138::http
