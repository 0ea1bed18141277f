// SPDX-License-Identifier: Apache-2.0
#include "methods.hpp"

#include <fmt/format.h>

namespace meta138::rpc {

namespace {

using List = PermissioningControl::List;
using Refusal = PermissioningControl::Refusal;

std::string_view plural_of(List list) {
    return list == List::nodes ? "nodes" : "accounts";
}

std::string_view singular_of(List list) {
    return list == List::nodes ? "node" : "account";
}

RpcError not_enabled(List list) {
    return list == List::nodes ? error::node_allowlist_not_enabled
                               : error::account_allowlist_not_enabled;
}

/// Besu's texts.
std::string text_of(List list, Refusal refusal) {
    const auto one = singular_of(list);
    switch (refusal) {
        case Refusal::not_enabled: return not_enabled(list).message;
        case Refusal::empty:
            return fmt::format("Request contains an empty list of {}", plural_of(list));
        case Refusal::invalid_entry: return fmt::format("Request contains an invalid {}", one);
        case Refusal::duplicate_entry:
            return fmt::format("Request contains duplicate {}", plural_of(list));
        case Refusal::existing_entry:
            return fmt::format("Cannot add an existing {} to allowlist", one);
        case Refusal::absent_entry:
            return fmt::format("Cannot remove an absent {} from allowlist", one);
        case Refusal::fixed_entry:
            return "Cannot remove a fixed node (bootnode or static node) from allowlist";
        case Refusal::not_persisted:
            return "Unable to persist changes to allowlist configuration file. Changes reverted";
        case Refusal::out_of_sync:
            return "The permissioning allowlist configuration file is out of sync.  The changes "
                   "have been applied, but not persisted to disk";
        case Refusal::reload_failed:
            return "Error reloading permissions file. Please use perm_getAccountsAllowlist and "
                   "perm_getNodesAllowlist to review the current state of the allowlists";
    }
    std::unreachable();
}

template <List list>
RpcResult<std::vector<std::string>> get_allowlist(const Request& request) {
    const auto* const control = request.backend.permissioning;
    auto entries = control != nullptr ? control->allowlist(list) : std::nullopt;
    if (!entries) return std::unexpected{not_enabled(list)};
    return *std::move(entries);
}

using Change = std::expected<void, Refusal> (PermissioningControl::*)(List,
                                                                      std::span<const std::string>);

template <List list, Change change>
RpcResult<Success> change_allowlist(const Request& request, json::Value entries) {
    if (request.backend.permissioning == nullptr) return std::unexpected{not_enabled(list)};
    if (!entries.is_array())
        return fail(list == List::nodes ? error::invalid_enode_params
                                        : error::invalid_account_params);
    std::vector<std::string> texts;
    for (const auto entry : entries.elements()) {
        const auto text = entry.string();
        if (!text) return std::unexpected{RpcError{-32000, text_of(list, Refusal::invalid_entry)}};
        texts.emplace_back(*text);
    }
    const auto changed = (request.backend.permissioning->*change)(list, texts);
    if (!changed) return std::unexpected{RpcError{-32000, text_of(list, changed.error())}};
    return Success{};
}

RpcResult<Success> reload(const Request& request) {
    auto* const control = request.backend.permissioning;
    if (control == nullptr) return fail(error::permissions_not_enabled);
    const auto reloaded = control->reload();
    if (reloaded) return Success{};
    if (reloaded.error() == Refusal::not_enabled) return fail(error::permissions_not_enabled);
    return std::unexpected{RpcError{-32000, text_of(List::nodes, reloaded.error())}};
}

}  // namespace

void add_permissioning_methods(MethodTable& table) {
    const auto add = [&table](std::string_view name, auto function) {
        table.add(name, Group::perm, Cost::heavy, function);
    };
    add("perm_getNodesAllowlist", get_allowlist<List::nodes>);
    add("perm_getAccountsAllowlist", get_allowlist<List::accounts>);
    add("perm_addNodesToAllowlist", change_allowlist<List::nodes, &PermissioningControl::add>);
    add("perm_removeNodesFromAllowlist",
        change_allowlist<List::nodes, &PermissioningControl::remove>);
    add("perm_addAccountsToAllowlist",
        change_allowlist<List::accounts, &PermissioningControl::add>);
    add("perm_removeAccountsFromAllowlist",
        change_allowlist<List::accounts, &PermissioningControl::remove>);
    add("perm_reloadPermissionsFromFile", reload);
    for (const auto* name : {"perm_getNodesWhitelist", "perm_getAccountsWhitelist",
                             "perm_addNodesToWhitelist", "perm_removeNodesFromWhitelist",
                             "perm_addAccountsToWhitelist", "perm_removeAccountsFromWhitelist"})
        table.add_unavailable(name, Group::perm);
}

}  // namespace meta138::rpc
