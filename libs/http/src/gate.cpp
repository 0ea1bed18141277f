// SPDX-License-Identifier: Apache-2.0
#include "gate.hpp"

#include "text.hpp"

#include "meta138/http/server.hpp"

#include <algorithm>

namespace meta138::http {

std::string_view host_without_port(std::string_view value) noexcept {
    if (value.starts_with('[')) {
        const auto end = value.find(']');
        return end == std::string_view::npos ? std::string_view{} : value.substr(1, end - 1);
    }
    return value.substr(0, value.find(':'));
}

HostGate::HostGate(const std::vector<std::string>& allowlist) {
    for (const auto& host : allowlist) {
        if (host == "*" || equals_ignoring_case(host, "all")) any_ = true;
        if (!host.empty() && host != "none") allowed_.push_back(host);
    }
}

bool HostGate::admits(std::optional<std::string_view> host) const noexcept {
    if (any_) return true;
    if (!host) return false;
    const auto name = host_without_port(*host);
    return std::ranges::any_of(
        allowed_, [&](const auto& allowed) { return equals_ignoring_case(allowed, name); });
}

OriginGate::OriginGate(const std::vector<std::string>& patterns) {
    std::string joined;
    for (const auto& pattern : patterns) {
        if (pattern == "*" || equals_ignoring_case(pattern, "all")) any_ = true;
        if (pattern.empty() || pattern == "none" || any_) continue;
        if (!joined.empty()) joined += '|';
        joined += pattern;
    }
    if (any_ || joined.empty()) return;
    try {
        pattern_.emplace(joined, std::regex::ECMAScript | std::regex::optimize);
    } catch (const std::regex_error& error) {
        throw ConfigurationError{"Invalid CORS origin '" + joined +
                                 "': not a regular expression (" + error.what() + ")"};
    }
}

std::string_view OriginGate::allowed(std::string_view origin) const {
    if (any_) return "*";
    if (!pattern_ || origin.size() > max_origin) return {};
    return std::regex_match(origin.begin(), origin.end(), *pattern_) ? origin : std::string_view{};
}

bool is_same_origin(std::string_view origin, std::string_view host) noexcept {
    for (const std::string_view scheme : {"http://", "https://"})
        if (origin.starts_with(scheme))
            return equals_ignoring_case(origin.substr(scheme.size()), host);
    return false;
}

}  // namespace meta138::http
