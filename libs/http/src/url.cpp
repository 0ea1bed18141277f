// SPDX-License-Identifier: Apache-2.0
#include "meta138/http/url.hpp"

#include "text.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace meta138::http {
namespace {

std::optional<Scheme> find_scheme(std::string_view name) {
    for (const auto scheme : {Scheme::http, Scheme::https, Scheme::ws, Scheme::wss})
        if (equals_ignoring_case(name, to_string(scheme))) return scheme;
    return std::nullopt;
}

constexpr std::uint16_t default_port(Scheme scheme) {
    return scheme == Scheme::https || scheme == Scheme::wss ? 443 : 80;
}

bool is_visible_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_host_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '_';
}

bool is_ipv6_character(char c) {
    return hex_digit_value(c) < 16 || c == ':' || c == '.';
}

std::expected<std::string, UrlError> decode_escapes(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            result += text[i];
            continue;
        }
        if (text.size() - i < 3) return std::unexpected{UrlError::bad_escape};
        const auto high = hex_digit_value(text[i + 1]);
        const auto low = hex_digit_value(text[i + 2]);
        if (high > 15 || low > 15) return std::unexpected{UrlError::bad_escape};
        result += static_cast<char>(high << 4 | low);
        i += 2;
    }
    return result;
}

std::expected<void, UrlError> read_user(std::string_view text, Url& out) {
    const auto colon = std::min(text.find(':'), text.size());
    TRY_LET(out.user, decode_escapes(text.substr(0, colon)));
    TRY_LET(out.password, decode_escapes(text.substr(std::min(colon + 1, text.size()))));
    return {};
}

std::expected<void, UrlError> read_port(std::string_view text, Url& out) {
    if (text.empty()) return {};  // "host:" is the scheme's own port
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, out.port);
    if (error != std::errc{} || rest != end || out.port == 0)
        return std::unexpected{UrlError::bad_port};
    return {};
}

std::expected<void, UrlError> read_host(std::string_view text, Url& out) {
    const bool is_ipv6 = text.starts_with('[');
    std::string_view port;
    if (is_ipv6) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return std::unexpected{UrlError::bad_host};
        port = text.substr(end + 1);
        text = text.substr(1, end - 1);
        if (!port.empty() && !port.starts_with(':')) return std::unexpected{UrlError::bad_port};
    } else {
        const auto colon = std::min(text.find(':'), text.size());
        port = text.substr(colon);
        text = text.substr(0, colon);
    }
    if (text.empty()) return std::unexpected{UrlError::no_host};
    for (const auto c : text) {
        const auto lower = to_lower(c);
        if (!(is_ipv6 ? is_ipv6_character(lower) : is_host_character(lower)))
            return std::unexpected{UrlError::bad_host};
        out.host += lower;
    }
    return read_port(port.empty() ? port : port.substr(1), out);
}

std::string host_text(const Url& url) {
    return url.host.contains(':') ? '[' + url.host + ']' : url.host;
}

}  // namespace

std::string_view to_string(Scheme scheme) noexcept {
    switch (scheme) {
        case Scheme::http: return "http";
        case Scheme::https: return "https";
        case Scheme::ws: return "ws";
        case Scheme::wss: return "wss";
    }
    return {};
}

std::string_view to_string(UrlError error) noexcept {
    switch (error) {
        case UrlError::too_long: return "is too long";
        case UrlError::no_scheme: return "has no scheme (http://, https://, ws:// or wss://)";
        case UrlError::unknown_scheme: return "is not http://, https://, ws:// or wss://";
        case UrlError::no_host: return "has no host";
        case UrlError::bad_host: return "has a host that is neither a name nor an address";
        case UrlError::bad_port: return "has a port that is not 1 to 65535";
        case UrlError::bad_character: return "has a space or a character that must be escaped";
        case UrlError::bad_escape: return "has a '%' without two hexadecimal digits";
    }
    return {};
}

std::string Url::authority() const {
    return host_text(*this) + ':' + std::to_string(port);
}

std::string Url::host_header() const {
    return port == default_port(scheme) ? host_text(*this) : authority();
}

std::string Url::origin() const {
    return std::string{to_string(scheme)} + "://" + authority();
}

std::expected<Url, UrlError> parse_url(std::string_view text) {
    if (text.size() > max_url_size) return std::unexpected{UrlError::too_long};
    if (!is_visible_ascii(text)) return std::unexpected{UrlError::bad_character};
    const auto colon = text.find("://");
    if (colon == std::string_view::npos) return std::unexpected{UrlError::no_scheme};
    const auto scheme = find_scheme(text.substr(0, colon));
    if (!scheme) return std::unexpected{UrlError::unknown_scheme};
    Url url;
    url.scheme = *scheme;
    url.port = default_port(*scheme);
    text.remove_prefix(colon + 3);
    auto authority = text.substr(0, text.find_first_of("/?#"));
    auto target = text.substr(authority.size());
    target = target.substr(0, target.find('#'));
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        TRY(read_user(authority.substr(0, at), url));
        authority.remove_prefix(at + 1);
    }
    TRY(read_host(authority, url));
    url.target = target.starts_with('/') ? "" : "/";
    url.target += target;
    return url;
}

}  // namespace meta138::http
