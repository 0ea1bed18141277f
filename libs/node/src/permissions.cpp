// SPDX-License-Identifier: Apache-2.0
#include "permissions.hpp"

#include "meta138/base/try.hpp"

namespace meta138::node {

Permissions::Permissions(const PermissionOptions& options, telemetry::Metrics& metrics) {
    if (options.accounts) accounts_.emplace(options.accounts_file);
    if (options.nodes) nodes_.emplace(options.nodes_file, metrics);
}

std::optional<std::vector<std::string>> Permissions::allowlist(List list) const {
    if (list == List::accounts) return accounts_ ? accounts_->allowlist(list) : std::nullopt;
    return nodes_ ? std::optional{nodes_->allowlist()} : std::nullopt;
}

std::expected<void, Permissions::Refusal> Permissions::add(List list,
                                                           std::span<const std::string> entries) {
    const MutexLock lock{one_change_};
    if (list == List::accounts && accounts_) return accounts_->add(list, entries);
    if (list == List::nodes && nodes_) return nodes_->add(entries);
    return std::unexpected{Refusal::not_enabled};
}

std::expected<void, Permissions::Refusal> Permissions::remove(
    List list, std::span<const std::string> entries) {
    const MutexLock lock{one_change_};
    if (list == List::accounts && accounts_) return accounts_->remove(list, entries);
    if (list == List::nodes && nodes_) return nodes_->remove(entries);
    return std::unexpected{Refusal::not_enabled};
}

std::expected<void, Permissions::Refusal> Permissions::reload() {
    const MutexLock lock{one_change_};
    if (!accounts_ && !nodes_) return std::unexpected{Refusal::not_enabled};
    if (accounts_) TRY(accounts_->reload());
    if (nodes_) TRY(nodes_->reload());
    return {};
}

}  // namespace meta138::node
