// SPDX-License-Identifier: Apache-2.0
#include "meta138/client/call.hpp"

#include <fmt/format.h>

#include <utility>

namespace meta138::client {

std::string_view to_string(CallErrorKind kind) noexcept {
    switch (kind) {
        case CallErrorKind::rpc: return "rpc";
        case CallErrorKind::unreachable: return "unreachable";
        case CallErrorKind::timed_out: return "timed_out";
        case CallErrorKind::closed: return "closed";
        case CallErrorKind::http_status: return "http_status";
        case CallErrorKind::malformed: return "malformed";
        case CallErrorKind::too_large: return "too_large";
        case CallErrorKind::cancelled: return "cancelled";
    }
    return {};
}

std::string to_string(const CallError& error) {
    std::string text{error.message.empty() ? to_string(error.kind)
                                           : std::string_view{error.message}};
    // What the transport says begins with host and port, which may be the endpoint's name already.
    if (const auto place = error.endpoint + ": ";
        !error.endpoint.empty() && !text.starts_with(place))
        text = place + text;
    if (error.code) text += fmt::format(" ({})", error.code);
    return text;
}

Call<std::string> raw_call(std::string method, std::string params, bool repeatable) {
    return {.method = std::move(method),
            .params = std::move(params),
            .decode = [](const RawResult& result) -> std::expected<std::string, std::string> {
                return std::string{result.text};
            },
            .repeatable = repeatable};
}

}  // namespace meta138::client
