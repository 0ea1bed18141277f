// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/mutex.hpp"
#include "meta138/rpc/backend.hpp"

#include <expected>
#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace meta138::node {

/// Who may send transactions through this node: `accounts-allowlist` of permissions_config.toml.
/// What perm_ methods change is written back at once. Any thread.
class AccountPermissions final : public rpc::PermissioningControl {
public:
    /// Throws OptionError, in Besu's words.
    explicit AccountPermissions(std::filesystem::path file);

    [[nodiscard]] bool is_permitted(const Address& sender) const;

    [[nodiscard]] std::optional<std::vector<std::string>> allowlist(List list) const override;
    std::expected<void, Refusal> add(List list, std::span<const std::string> entries) override;
    std::expected<void, Refusal> remove(List list, std::span<const std::string> entries) override;
    std::expected<void, Refusal> reload() override;

private:
    using Accounts = std::set<Address>;

    std::expected<void, Refusal> change(const Accounts& accounts) META138_REQUIRES(mutex_);

    const std::filesystem::path file_;
    mutable Mutex mutex_;
    Accounts accounts_ META138_GUARDED_BY(mutex_);
};

}  // namespace meta138::node
