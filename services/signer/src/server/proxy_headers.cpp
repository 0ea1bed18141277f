// SPDX-License-Identifier: Apache-2.0
#include "server/proxy_headers.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace meta138::signer {
namespace {

std::string lower_case(std::string_view text) {
    std::string result{text};
    for (auto& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

/// Of the connection (RFC 9110 7.6.1), or written by our client or server itself.
bool is_of_connection(std::string_view name) {
    constexpr std::array<std::string_view, 12> names{"connection",
                                                     "keep-alive",
                                                     "proxy-authenticate",
                                                     "proxy-authorization",
                                                     "proxy-connection",
                                                     "te",
                                                     "trailer",
                                                     "transfer-encoding",
                                                     "upgrade",
                                                     "content-length",
                                                     "expect",
                                                     "content-encoding"};
    return std::ranges::find(names, name) != names.end();
}

std::string_view content_type_of(std::string_view value) {
    if (value.starts_with("text/plain")) return "text/plain; charset=utf-8";
    if (value.starts_with("text/html")) return "text/html; charset=utf-8";
    return "application/json";
}

}  // namespace

Headers headers_to_node(const http::Request& request) {
    Headers headers;
    for (const auto& [name, value] : request.headers) {
        auto lower = lower_case(name);
        if (is_of_connection(lower) || lower == "origin" || lower == "accept-encoding" ||
            lower == "user-agent")
            continue;
        if (lower == "host") lower = "x-forwarded-host";
        headers.emplace_back(std::move(lower), value);
    }
    return headers;
}

http::Response response_of(http::ClientResponse answer) {
    http::Response response{.status = answer.status,
                            .content_type = content_type_of(answer.header("content-type")),
                            .body = std::move(answer.body),
                            .headers = {}};
    for (auto& [name, value] : answer.headers)
        if (!is_of_connection(name) && name != "content-type" &&
            !name.starts_with("access-control-") && name != "vary")
            response.headers.emplace_back(std::move(name), std::move(value));
    return response;
}

RpcAnswer unreachable_answer(std::string_view id, const http::ClientError& error) {
    using Kind = http::ClientErrorKind;
    switch (error.kind) {
        case Kind::timed_out: return unreachable_answer(id, true);
        case Kind::connect:
        case Kind::resolve:
        case Kind::proxy:
        case Kind::closed: return unreachable_answer(id, false);
        case Kind::tls: {
            auto answer = unreachable_answer(id, false);
            answer.status = 502;
            return answer;
        }
        default: return error_answer(id, {rpc_code::internal_error, "Internal error", {}}, 500);
    }
}

RpcAnswer unreachable_answer(std::string_view id, bool timed_out) {
    return error_answer(id,
                        {rpc_code::server_error,
                         timed_out ? "Connection to downstream node timed out"
                                   : "Failed to connect to downstream node",
                         {}},
                        504);
}

}  // namespace meta138::signer
