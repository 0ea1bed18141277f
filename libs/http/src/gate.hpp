// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::http {

/// The host of a Host header's value: without port, IPv6 addresses without brackets.
[[nodiscard]] std::string_view host_without_port(std::string_view value) noexcept;

/// Which Host headers an endpoint serves (`--host-allowlist`). It keeps web pages that have rebound
/// their name to this machine from calling us.
class HostGate {
public:
    explicit HostGate(const std::vector<std::string>& allowlist);

    /// `host`: the header's value, absent if there was none (which only `*` allows).
    [[nodiscard]] bool admits(std::optional<std::string_view> host) const noexcept;

private:
    bool any_ = false;
    std::vector<std::string> allowed_;
};

/// Which origins a browser may call from (`--rpc-http-cors-origins`).
class OriginGate {
public:
    /// Longer origins are refused unseen: std::regex recurses with the length.
    static constexpr std::size_t max_origin = 512;

    /// @throws ConfigurationError for a pattern that is no regular expression
    explicit OriginGate(const std::vector<std::string>& patterns);

    /// The value for Access-Control-Allow-Origin; empty if the origin is refused.
    [[nodiscard]] std::string_view allowed(std::string_view origin) const;

private:
    bool any_ = false;
    std::optional<std::regex> pattern_;
};

/// Whether `origin` is where the request was sent to: http:// or https:// and the Host header.
[[nodiscard]] bool is_same_origin(std::string_view origin, std::string_view host) noexcept;

}  // namespace meta138::http
