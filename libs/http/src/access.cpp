// SPDX-License-Identifier: Apache-2.0
#include "meta138/http/access.hpp"

#include <algorithm>

namespace meta138::http {
namespace {

/// Whether `*:*`, `eth:*` or `eth:blockNumber` covers `eth_blockNumber`.
bool covers(std::string_view permission, std::string_view method) {
    if (permission == "*:*") return true;
    const auto colon = permission.find(':');
    const auto underscore = method.find('_');
    if (colon == std::string_view::npos || underscore == std::string_view::npos) return false;
    if (permission.substr(0, colon) != method.substr(0, underscore)) return false;
    const auto allowed = permission.substr(colon + 1);
    return allowed == "*" || allowed == method.substr(underscore + 1);
}

}  // namespace

bool Permissions::allow(std::string_view method) const noexcept {
    return std::ranges::any_of(permissions_,
                               [&](const auto& permission) { return covers(permission, method); });
}

bool OpenMethods::allow(std::string_view method) const noexcept {
    return std::ranges::any_of(methods_, [&](std::string_view open) {
        return open.ends_with('*') ? method.starts_with(open.substr(0, open.size() - 1))
                                   : method == open;
    });
}

}  // namespace meta138::http
