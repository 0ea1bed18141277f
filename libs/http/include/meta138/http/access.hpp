// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meta138::http {

/// Besu's permission strings: `*:*`, `eth:*`, `eth:blockNumber` (method `eth_blockNumber`).
class Permissions {
public:
    Permissions() = default;
    explicit Permissions(std::vector<std::string> permissions)
        : permissions_{std::move(permissions)} {}

    [[nodiscard]] bool allow(std::string_view method) const noexcept;
    [[nodiscard]] const std::vector<std::string>& list() const noexcept { return permissions_; }

private:
    std::vector<std::string> permissions_;
};

/// Who calls, as a token, a password or an API key has proved.
struct Identity {
    std::string username;  ///< empty if the token does not say
    Permissions permissions;
    std::chrono::sys_seconds expires_at = std::chrono::sys_seconds::max();
};

/// Method names that need no identity (`--rpc-http-api-method-no-auth`); a trailing `*` means all
/// that begin so.
class OpenMethods {
public:
    OpenMethods() = default;
    explicit OpenMethods(std::vector<std::string> methods) : methods_{std::move(methods)} {}

    [[nodiscard]] bool allow(std::string_view method) const noexcept;
    [[nodiscard]] bool empty() const noexcept { return methods_.empty(); }

private:
    std::vector<std::string> methods_;
};

/// What the caller of a request may do. The same on all transports.
class Access {
public:
    /// Everything: the endpoint asks for no authentication.
    Access() = default;
    /// Authentication is on; without an identity only the open methods are allowed.
    Access(std::shared_ptr<const OpenMethods> open_methods,
           std::shared_ptr<const Identity> identity) noexcept
        : open_methods_{std::move(open_methods)}, identity_{std::move(identity)} {}

    [[nodiscard]] bool allows(std::string_view method) const noexcept {
        return !open_methods_ || open_methods_->allow(method) ||
               (identity_ && identity_->permissions.allow(method));
    }

    /// No method at all is allowed: authentication is on, nobody has been proved, nothing is open.
    /// Besu answers such an HTTP request 401 before reading its body.
    [[nodiscard]] bool allows_nothing() const noexcept {
        return open_methods_ && open_methods_->empty() && !identity_;
    }

    /// The same after its identity has expired.
    [[nodiscard]] Access without_identity() const { return {open_methods_, nullptr}; }

    /// Null if nobody has been proved.
    [[nodiscard]] const Identity* identity() const noexcept { return identity_.get(); }

private:
    std::shared_ptr<const OpenMethods> open_methods_;  // null: authentication is off
    std::shared_ptr<const Identity> identity_;
};

}  // namespace meta138::http
