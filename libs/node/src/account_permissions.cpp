// SPDX-License-Identifier: Apache-2.0
#include "account_permissions.hpp"

#include "permissions_file.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/node/options.hpp"

#include <fmt/format.h>

#include <utility>

namespace meta138::node {
namespace {

constexpr auto accounts_key = "accounts-allowlist";

std::set<Address> read_accounts(const std::filesystem::path& file) {
    std::set<Address> accounts;
    for (const auto& text : read_permissions(file, accounts_key)) {
        const auto address = decode_fixed_hex<Address>(text);
        if (!address) throw OptionError{fmt::format("Invalid account {}", text)};
        accounts.insert(*address);
    }
    return accounts;
}

using Refusal = rpc::PermissioningControl::Refusal;

/// The entries as addresses, each once.
std::expected<std::set<Address>, Refusal> decode_entries(std::span<const std::string> entries) {
    if (entries.empty()) return std::unexpected{Refusal::empty};
    std::set<Address> accounts;
    for (const auto& entry : entries) {
        const auto address = decode_fixed_hex<Address>(entry);
        if (!address) return std::unexpected{Refusal::invalid_entry};
        if (!accounts.insert(*address).second) return std::unexpected{Refusal::duplicate_entry};
    }
    return accounts;
}

}  // namespace

AccountPermissions::AccountPermissions(std::filesystem::path file)
    : file_{std::move(file)}, accounts_{read_accounts(file_)} {}

bool AccountPermissions::is_permitted(const Address& sender) const {
    const MutexLock lock{mutex_};
    return accounts_.contains(sender);
}

std::optional<std::vector<std::string>> AccountPermissions::allowlist(List list) const {
    if (list != List::accounts) return std::nullopt;
    const MutexLock lock{mutex_};
    std::vector<std::string> texts;
    for (const auto& account : accounts_) texts.push_back(to_hex(account));
    return texts;
}

std::expected<void, Refusal> AccountPermissions::add(List list,
                                                     std::span<const std::string> entries) {
    if (list != List::accounts) return std::unexpected{Refusal::not_enabled};
    TRY_LET(const auto added, decode_entries(entries));
    const MutexLock lock{mutex_};
    auto accounts = accounts_;
    for (const auto& account : added)
        if (!accounts.insert(account).second) return std::unexpected{Refusal::existing_entry};
    return change(accounts);
}

std::expected<void, Refusal> AccountPermissions::remove(List list,
                                                        std::span<const std::string> entries) {
    if (list != List::accounts) return std::unexpected{Refusal::not_enabled};
    TRY_LET(const auto removed, decode_entries(entries));
    const MutexLock lock{mutex_};
    auto accounts = accounts_;
    for (const auto& account : removed)
        if (accounts.erase(account) == 0) return std::unexpected{Refusal::absent_entry};
    return change(accounts);
}

std::expected<void, Refusal> AccountPermissions::reload() {
    try {
        auto accounts = read_accounts(file_);
        const MutexLock lock{mutex_};
        accounts_ = std::move(accounts);
        return {};
    } catch (const OptionError&) {
        return std::unexpected{Refusal::reload_failed};
    }
}

std::expected<void, Refusal> AccountPermissions::change(const Accounts& accounts) {
    std::vector<std::string> texts;
    for (const auto& account : accounts) texts.push_back(to_hex(account));
    if (!write_permissions(file_, accounts_key, texts))
        return std::unexpected{Refusal::not_persisted};
    accounts_ = accounts;
    return {};
}

}  // namespace meta138::node
