// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace meta138::http {

/// `http`, `https`, `ws` or `wss`.
enum class Scheme : std::uint8_t { http, https, ws, wss };
[[nodiscard]] std::string_view to_string(Scheme scheme) noexcept;

/// An absolute URL, taken apart (RFC 3986, as far as clients of these four schemes need it).
struct Url {
    Scheme scheme = Scheme::http;
    /// Lower-case; an IPv6 address stands without its brackets.
    std::string host = {};
    std::uint16_t port = 0;  ///< never 0 in a parsed URL: 80 and 443 where the text has none
    /// Path and query as sent in a request line, `/` at least; no fragment.
    std::string target = {};
    /// `user:password` in front of the host, percent-decoded; both empty without it.
    std::string user = {};
    std::string password = {};

    [[nodiscard]] bool is_secure() const noexcept {
        return scheme == Scheme::https || scheme == Scheme::wss;
    }
    /// `host:port`, for a known-servers file; IPv6 in brackets.
    [[nodiscard]] std::string authority() const;
    /// For the Host header: authority() without the scheme's own port.
    [[nodiscard]] std::string host_header() const;
    /// `https://host:port`: what logs and errors may say, for a path, a query or a user may hold a
    /// secret (`https://mainnet.example/v3/<key>`).
    [[nodiscard]] std::string origin() const;

    friend bool operator==(const Url&, const Url&) = default;
};

enum class UrlError : std::uint8_t {
    too_long,   ///< more than max_url_size bytes
    no_scheme,  ///< no `://`
    unknown_scheme,
    no_host,
    bad_host,       ///< a character that no host has, or an IPv6 address without its bracket
    bad_port,       ///< not 1 to 65535
    bad_character,  ///< a space, a control character or a byte above ASCII
    bad_escape,     ///< `%` without two hexadecimal digits, in the user or password
};
/// For people: `has no scheme (http://, https://, ws:// or wss://)`.
[[nodiscard]] std::string_view to_string(UrlError error) noexcept;

inline constexpr std::size_t max_url_size = 8 * 1024;

[[nodiscard]] std::expected<Url, UrlError> parse_url(std::string_view text);

}  // namespace meta138::http
