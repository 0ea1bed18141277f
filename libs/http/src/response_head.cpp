// SPDX-License-Identifier: Apache-2.0
#include "response_head.hpp"

#include <array>
#include <charconv>

namespace meta138::http {
namespace {

void append_number(std::string& out, std::size_t number) {
    std::array<char, 20> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    out.append(digits.data(), end);
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
}

}  // namespace

/// RFC 9110 15, as far as we use it.
std::string_view reason_of(unsigned status) noexcept {
    switch (status) {
        case 200: return "OK";
        case 201: return "Created";
        case 202: return "Accepted";
        case 204: return "No Content";
        case 301: return "Moved Permanently";
        case 304: return "Not Modified";
        case 308: return "Permanent Redirect";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 413: return "Request Entity Too Large";
        case 417: return "Expectation Failed";
        case 426: return "Upgrade Required";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 502: return "Bad Gateway";
        case 503: return "Service Unavailable";
        case 504: return "Gateway Timeout";
        case 505: return "HTTP Version Not Supported";
        default: return "Unknown";
    }
}

Response text_response(unsigned status, std::string_view text) {
    return {.status = status,
            .content_type = "text/plain; charset=utf-8",
            .body = std::string{text},
            .headers = {}};
}

void append_response_head(std::string& out, const Response& response,
                          const ResponseFraming& framing) {
    if (response.status == 200) {
        out += "HTTP/1.1 200 OK\r\n";
    } else {
        out += "HTTP/1.1 ";
        append_number(out, response.status);
        out += ' ';
        out += reason_of(response.status);
        out += "\r\n";
    }
    if (!framing.length || *framing.length)
        append_header(out, "content-type", response.content_type);
    const auto has_body = response.status != 204 && response.status != 304;
    if (framing.length && has_body) {
        out += "content-length: ";
        append_number(out, *framing.length);
        out += "\r\n";
    } else if (!framing.length && !framing.http_1_0) {
        append_header(out, "transfer-encoding", "chunked");
    }
    if (framing.coding != ContentCoding::identity) {
        append_header(out, "content-encoding", to_string(framing.coding));
        append_header(out, "vary", "accept-encoding");
    }
    if (!framing.allowed_origin.empty()) {
        append_header(out, "access-control-allow-origin", framing.allowed_origin);
        if (framing.allowed_origin != "*") append_header(out, "vary", "origin");
    }
    for (const auto& [name, value] : response.headers) append_header(out, name, value);
    if (!framing.keep_alive)
        append_header(out, "connection", "close");
    else if (framing.http_1_0)
        append_header(out, "connection", "keep-alive");
    out += "\r\n";
}

}  // namespace meta138::http
