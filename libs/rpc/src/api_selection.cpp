// SPDX-License-Identifier: Apache-2.0
#include "meta138/rpc/api_selection.hpp"

#include <algorithm>
#include <utility>

namespace meta138::rpc {

namespace {

struct GroupRow {
    Group group;
    std::string_view option;
    std::string_view prefix;
};

constexpr std::array<GroupRow, group_count> rows{{
    {Group::rpc, "RPC", "rpc"},
    {Group::eth, "ETH", "eth"},
    {Group::net, "NET", "net"},
    {Group::web3, "WEB3", "web3"},
    {Group::txpool, "TXPOOL", "txpool"},
    {Group::admin, "ADMIN", "admin"},
    {Group::debug, "DEBUG", "debug"},
    {Group::trace, "TRACE", "trace"},
    {Group::miner, "MINER", "miner"},
    {Group::perm, "PERM", "perm"},
    {Group::qbft, "QBFT", "qbft"},
    {Group::ots, "OTS", "ots"},
    {Group::engine, "ENGINE", "engine"},
    {Group::testing, "TESTING", "testing"},
    {Group::plugins, "PLUGINS", "plugins"},
    {Group::dev, "DEV", "dev"},
}};

}  // namespace

std::optional<Group> find_group(std::string_view name) noexcept {
    if (name == "IBFT") return Group::qbft;
    const auto row = std::ranges::find(rows, name, &GroupRow::option);
    if (row == rows.end()) return std::nullopt;
    return row->group;
}

std::string_view to_string(Group group) noexcept {
    return rows[std::to_underlying(group)].prefix;
}

ApiSelection::ApiSelection() : ApiSelection{none()} {
    enable(Group::eth).enable(Group::net).enable(Group::web3);
}

ApiSelection::ApiSelection(Nothing) noexcept {
    enable(Group::rpc);
}

ApiSelection ApiSelection::none() {
    return ApiSelection{Nothing{}};
}

ApiSelection ApiSelection::all() {
    auto result = none();
    result.groups_.fill(true);
    return result;
}

ApiSelection& ApiSelection::enable(Group group) noexcept {
    groups_[std::to_underlying(group)] = true;
    return *this;
}

ApiSelection& ApiSelection::enable_method(std::string_view name) {
    enabled_.emplace_back(name);
    return *this;
}

ApiSelection& ApiSelection::disable_method(std::string_view name) {
    disabled_.emplace_back(name);
    return *this;
}

bool ApiSelection::allows(Group group, std::string_view method) const noexcept {
    if (has(group))
        return disabled_.empty() || std::ranges::find(disabled_, method) == disabled_.end();
    return !enabled_.empty() && std::ranges::find(enabled_, method) != enabled_.end();
}

}  // namespace meta138::rpc
