// SPDX-License-Identifier: Apache-2.0
#include "meta138/rpc/method_table.hpp"

#include <algorithm>

namespace meta138::rpc {

void MethodTable::add_any(std::string_view name, Group group, Cost cost, AnyMethod method) {
    auto entry = std::make_unique<Method>();
    entry->name = name;
    entry->group = group;
    entry->cost = cost;
    entry->call = std::move(method);
    methods_.insert_or_assign(std::string{name}, std::move(entry));
}

void MethodTable::add_unavailable(std::string_view name, Group group) {
    add_any(name, group, Cost::cheap, {});
}

const Method* MethodTable::find(std::string_view name) const noexcept {
    const auto found = methods_.find(name);
    return found == methods_.end() ? nullptr : found->second.get();
}

std::vector<std::string_view> MethodTable::names() const {
    std::vector<std::string_view> result;
    result.reserve(methods_.size());
    for (const auto& [name, method] : methods_) result.emplace_back(name);
    std::ranges::sort(result);
    return result;
}

}  // namespace meta138::rpc
