// SPDX-License-Identifier: Apache-2.0
#include "pending_filter.hpp"

#include "meta138/rpc/parameters.hpp"

#include <array>
#include <utility>

namespace meta138::rpc {

namespace {

using Field = PendingFilter::Field;
using Relation = PendingFilter::Relation;

constexpr std::array<std::pair<std::string_view, Field>, 4> fields{{
    {"gas", Field::gas},
    {"gasPrice", Field::gas_price},
    {"value", Field::value},
    {"nonce", Field::nonce},
}};

constexpr std::array<std::pair<std::string_view, Relation>, 3> relations{{
    {"eq", Relation::equal},
    {"gt", Relation::greater},
    {"lt", Relation::less},
}};

uint256 value_of(const Transaction& transaction, Field field) {
    switch (field) {
        case Field::gas: return transaction.gas_limit;
        case Field::gas_price: return transaction.max_fee_per_gas;
        case Field::value: return transaction.value;
        case Field::nonce: return transaction.nonce;
    }
    std::unreachable();
}

bool holds(const uint256& value, Relation relation, const uint256& bound) {
    switch (relation) {
        case Relation::equal: return value == bound;
        case Relation::greater: return value > bound;
        case Relation::less: return value < bound;
    }
    std::unreachable();
}

template <typename Rows>
auto find_row(const Rows& rows, std::string_view name)
    -> std::optional<typename Rows::value_type::second_type> {
    for (const auto& [key, value] : rows) {
        if (key == name) return value;
    }
    return std::nullopt;
}

/// One condition on one member; false: it makes no sense.
bool add_condition(PendingFilter& filter, std::string_view member, std::string_view relation,
                   json::Value bound) {
    if (member == "to" && relation == "action") {
        filter.only_creations = true;
        return bound.string() == "contract_creation";
    }
    if (member == "from" || member == "to") {
        const auto address = address_of(bound);
        (member == "from" ? filter.from : filter.to) = address;
        return relation == "eq" && address;
    }
    const auto field = find_row(fields, member);
    const auto known_relation = find_row(relations, relation);
    const auto number = uint256_of(bound);
    if (!field || !known_relation || !number) return false;
    filter.numbers.push_back({*field, *known_relation, *number});
    return true;
}

}  // namespace

bool PendingFilter::matches(const txpool::PoolTransaction& pooled) const {
    const auto& transaction = pooled.transaction;
    if (from && *from != pooled.sender) return false;
    if (to && transaction.to != to) return false;
    if (only_creations && transaction.to) return false;
    for (const auto& number : numbers) {
        if (!holds(value_of(transaction, number.field), number.relation, number.bound))
            return false;
    }
    return true;
}

RpcResult<PendingFilter> decode_pending_filter(json::Value value) {
    PendingFilter filter;
    if (value.is_missing()) return filter;
    if (!value.is_object()) return fail(error::invalid_pending_transactions_params);
    for (const auto [member, condition] : value.members()) {
        if (!condition.is_object() || condition.size() != 1)
            return fail(error::invalid_pending_transactions_params);
        const auto [relation, bound] = *condition.members().begin();
        if (!add_condition(filter, member, relation, bound))
            return fail(error::invalid_pending_transactions_params);
    }
    return filter;
}

}  // namespace meta138::rpc
