// SPDX-License-Identifier: Apache-2.0
#include "request_head.hpp"

#include "header_fields.hpp"
#include "text.hpp"

#include "meta138/base/try.hpp"

namespace meta138::http {
namespace {

bool is_target(std::string_view text) {
    for (const auto c : text)
        if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f)
            return false;
    return text.starts_with('/') || text == "*";
}

std::expected<void, unsigned> parse_request_line(std::string_view line, RequestHead& out) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return std::unexpected{400u};
    out.method = line.substr(0, first);
    out.target = line.substr(first + 1, last - first - 1);
    const auto version = line.substr(last + 1);
    if (!is_token(out.method) || !is_target(out.target)) return std::unexpected{400u};
    if (version == "HTTP/1.1") return {};
    if (version == "HTTP/1.0") {
        out.http_1_0 = true;
        out.keep_alive = false;
        return {};
    }
    return std::unexpected{version.starts_with("HTTP/") ? 505u : 400u};
}

void read_connection(std::string_view value, RequestHead& out) {
    any_of_list(value, [&](std::string_view option) {
        if (equals_ignoring_case(option, "close"))
            out.keep_alive = false;
        else if (equals_ignoring_case(option, "keep-alive"))
            out.keep_alive = true;
        else if (equals_ignoring_case(option, "upgrade"))
            out.connection_upgrade = true;
        return false;
    });
}

/// Takes note of a header that the server acts on; the status if it cannot.
std::expected<void, unsigned> note(const HeaderView& header, RequestHead& out) {
    const auto is = [&](std::string_view name) { return equals_ignoring_case(header.name, name); };
    const auto& value = header.value;
    switch (header.name.size()) {  // most headers are told apart by their length
        case 4:
            if (is("host")) {
                if (out.host) return std::unexpected{400u};
                out.host = value;
            }
            break;
        case 6:
            if (is("origin")) out.origin = value;
            if (is("expect")) {
                if (!equals_ignoring_case(value, "100-continue")) return std::unexpected{417u};
                out.expects_continue = true;
            }
            break;
        case 7:
            if (is("upgrade"))
                out.upgrade_websocket = any_of_list(
                    value, [](auto name) { return equals_ignoring_case(name, "websocket"); });
            break;
        case 10:
            if (is("connection")) read_connection(value, out);
            break;
        case 13:
            if (is("authorization")) out.authorization = value;
            break;
        case 14:
            if (is("content-length") && !parse_length(value, out.content_length))
                return std::unexpected{400u};
            break;
        case 15:
            if (is("accept-encoding")) out.accept_encoding = value;
            break;
        case 17:
            if (is("transfer-encoding")) {
                if (out.chunked) return std::unexpected{400u};
                if (!equals_ignoring_case(value, "chunked")) return std::unexpected{501u};
                out.chunked = true;
            } else if (is("sec-websocket-key")) {
                out.websocket_key = value;
            }
            break;
        case 21:
            if (is("sec-websocket-version")) out.websocket_version = value;
            break;
        default: break;
    }
    return {};
}

}  // namespace

std::expected<RequestHead, unsigned> parse_head(std::string_view head, std::size_t header_count,
                                                std::vector<HeaderView>& headers) {
    headers.clear();
    RequestHead result;
    const auto next_line = [&head] {
        const auto end = head.find("\r\n");
        const auto line = head.substr(0, end);
        head.remove_prefix(end == std::string_view::npos ? head.size() : end + 2);
        return line;
    };
    TRY(parse_request_line(next_line(), result));
    for (auto line = next_line(); !line.empty(); line = next_line()) {
        if (headers.size() == header_count) return std::unexpected{431u};
        const auto header = parse_header(line);
        if (!header) return std::unexpected{400u};
        TRY(note(*header, result));
        headers.push_back(*header);
    }
    if (result.chunked && (result.content_length || result.http_1_0)) return std::unexpected{400u};
    return result;
}

}  // namespace meta138::http
