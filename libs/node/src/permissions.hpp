// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "account_permissions.hpp"
#include "node_permissions.hpp"

#include "meta138/base/mutex.hpp"
#include "meta138/node/options.hpp"
#include "meta138/rpc/backend.hpp"

#include <optional>

namespace meta138::node {

/// Both lists of perm_ methods, as far as they are enabled. One change at a time, as both may be in
/// one file. Any thread.
class Permissions final : public rpc::PermissioningControl {
public:
    /// Throws OptionError, in Besu's words.
    Permissions(const PermissionOptions& options, telemetry::Metrics& metrics);

    /// Null: not enabled.
    [[nodiscard]] const AccountPermissions* accounts() const {
        return accounts_ ? &*accounts_ : nullptr;
    }
    [[nodiscard]] NodePermissions* nodes() { return nodes_ ? &*nodes_ : nullptr; }

    [[nodiscard]] std::optional<std::vector<std::string>> allowlist(List list) const override;
    std::expected<void, Refusal> add(List list, std::span<const std::string> entries) override;
    std::expected<void, Refusal> remove(List list, std::span<const std::string> entries) override;
    std::expected<void, Refusal> reload() override;

private:
    std::optional<AccountPermissions> accounts_;
    std::optional<NodePermissions> nodes_;
    Mutex one_change_;
};

}  // namespace meta138::node
