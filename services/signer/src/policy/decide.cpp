// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/signer/policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <span>

namespace meta138::signer {
namespace {

using Verdict = std::expected<void, Denial>;

std::unexpected<Denial> deny(std::string_view rule, std::string reason) {
    return std::unexpected{Denial{.rule = rule, .reason = std::move(reason)}};
}

uint256 saturating_add(const uint256& a, const uint256& b) {
    return checked_add(a, b).value_or(uint256::max());
}

Verdict check_client(const KeyPolicy& policy, const PolicyRequest& request) {
    if (!policy.clients) return {};
    const auto is_listed = [&](const std::string& name) { return policy.clients->contains(name); };
    if (std::ranges::any_of(request.client, is_listed)) return {};
    return deny("client",
                request.client.empty()
                    ? "only named clients may use this key, and this one has no name"
                    : fmt::format("client {} may not use this key", request.client.front()));
}

Verdict check_destination(const KeyPolicy& policy, const Transaction& transaction) {
    if (!transaction.to) {
        if (policy.contract_creation) return {};
        return deny("contract_creation", "this key may not create contracts");
    }
    if (!policy.destinations) return {};
    const auto rule = policy.destinations->find(*transaction.to);
    if (rule == policy.destinations->end())
        return deny("destination",
                    fmt::format("this key may not call {}", to_hex(transaction.to->bytes)));
    if (transaction.data.empty()) {
        if (rule->second.plain_transfer) return {};
        return deny("selector", fmt::format("this key may not transfer to {} without a call",
                                            to_hex(transaction.to->bytes)));
    }
    if (rule->second.any_selector) return {};
    if (transaction.data.size() >= Selector::size()) {
        const auto selector =
            Selector::from(std::span<const std::uint8_t, 4>{transaction.data.data(), 4});
        if (rule->second.selectors.contains(selector)) return {};
    }
    const auto shown = std::min<std::size_t>(transaction.data.size(), Selector::size());
    return deny("selector", fmt::format("this key may not call {} of {}",
                                        to_hex(ByteView{transaction.data}.first(shown)),
                                        to_hex(transaction.to->bytes)));
}

Verdict check_caps(const KeyPolicy& policy, const Transaction& transaction) {
    if (policy.max_value && transaction.value > *policy.max_value)
        return deny("max_value",
                    fmt::format("value {} wei is above {}", to_string(transaction.value),
                                to_string(*policy.max_value)));
    if (policy.max_gas_limit && transaction.gas_limit > *policy.max_gas_limit)
        return deny("max_gas_limit", fmt::format("gas {} is above {}", transaction.gas_limit,
                                                 *policy.max_gas_limit));
    if (policy.max_fee_per_gas && transaction.max_fee_per_gas > *policy.max_fee_per_gas)
        return deny("max_fee_per_gas",
                    fmt::format("{} wei a gas is above {}", to_string(transaction.max_fee_per_gas),
                                to_string(*policy.max_fee_per_gas)));
    const bool has_priority_fee = transaction.type == TransactionType::dynamic_fee ||
                                  transaction.type == TransactionType::set_code;
    if (has_priority_fee && policy.max_priority_fee_per_gas &&
        transaction.max_priority_fee_per_gas > *policy.max_priority_fee_per_gas)
        return deny(
            "max_priority_fee_per_gas",
            fmt::format("{} wei a gas is above {}", to_string(transaction.max_priority_fee_per_gas),
                        to_string(*policy.max_priority_fee_per_gas)));
    return {};
}

Verdict check_transaction(const KeyPolicy& policy, const PolicyRequest::Transact& request) {
    const auto& transaction = *request.transaction;
    if (policy.chains && !policy.chains->contains(request.chain_id))
        return deny("chain", fmt::format("this key may not sign for chain {}", request.chain_id));
    if (transaction.type == TransactionType::set_code && !policy.set_code)
        return deny("set_code", "this key may not send authorizations (EIP-7702)");
    TRY(check_destination(policy, transaction));
    return check_caps(policy, transaction);
}

Verdict check_kind(const KeyPolicy& policy, const PolicyRequest& request) {
    if (const auto* transact = std::get_if<PolicyRequest::Transact>(&request.what))
        return check_transaction(policy, *transact);
    if (std::holds_alternative<PolicyRequest::Message>(request.what) && !policy.messages)
        return deny("messages", "this key may not sign messages");
    if (std::holds_alternative<PolicyRequest::TypedData>(request.what) && !policy.typed_data)
        return deny("typed_data", "this key may not sign typed data");
    if (std::holds_alternative<PolicyRequest::RawData>(request.what) && !policy.raw_data)
        return deny("raw_data", "this key may not sign data of unknown meaning");
    return {};
}

}  // namespace

uint256 PolicyState::spent(const Spending& spending, PolicyTime now) {
    // The part that the window begins in counts as a whole, and so does what a clock that has gone
    // back puts into the future.
    const auto first =
        now.time_since_epoch() / spending.part_length - static_cast<std::int64_t>(window_parts) + 1;
    uint256 sum;
    for (std::size_t i = 0; i < window_parts; ++i) {
        if (spending.part_number[i] >= first) sum = saturating_add(sum, spending.amount[i]);
    }
    return sum;
}

void PolicyState::add(Spending& spending, const uint256& value, PolicyTime at) {
    const auto number = at.time_since_epoch() / spending.part_length;
    const auto index = static_cast<std::size_t>(number) % window_parts;
    if (spending.part_number[index] < number) {
        spending.part_number[index] = number;
        spending.amount[index] = {};
    }
    spending.amount[index] = saturating_add(spending.amount[index], value);
}

void PolicyState::add_spent(const Address& key, const uint256& value, PolicyTime at,
                            std::chrono::milliseconds window_length) {
    auto& spending = counters_[key].spending;
    // One part of the ring is the one that just began: the others make up the whole window.
    constexpr auto whole_parts = static_cast<std::int64_t>(window_parts) - 1;
    const std::chrono::milliseconds part{(window_length.count() + whole_parts - 1) / whole_parts};
    if (!spending || spending->part_length != part) {
        // Another length in a new policy: what was spent so far counts as spent now.
        const auto so_far = spending ? spent(*spending, at) : uint256{};
        spending = Spending{.part_length = part};
        add(*spending, so_far, at);
    }
    add(*spending, value, at);
}

void PolicyState::retain(const Policy& policy) {
    std::erase_if(counters_, [&](const auto& entry) {
        const auto* key_policy = policy.find(entry.first);
        return key_policy == nullptr || (!key_policy->value_window && !key_policy->rate);
    });
}

std::expected<void, Denial> decide(const Policy& policy, PolicyState& state,
                                   const PolicyRequest& request, PolicyTime now) {
    const auto* rules = policy.find(request.key);
    if (rules == nullptr) return deny("key", "the policy does not name this key");
    TRY(check_client(*rules, request));
    TRY(check_kind(*rules, request));
    const auto* transact = std::get_if<PolicyRequest::Transact>(&request.what);
    const auto value = transact != nullptr ? transact->transaction->value : uint256{};
    const bool spends = rules->value_window && !value.is_zero();
    if (!spends && !rules->rate) return {};
    if (spends) {
        // Also puts the counters into the window's length.
        state.add_spent(request.key, {}, now, rules->value_window->length);
        const auto total =
            saturating_add(PolicyState::spent(*state.counters_[request.key].spending, now), value);
        if (total > rules->value_window->amount)
            return deny("value_window",
                        fmt::format("with {} wei more, {} wei would be spent within {} s, and {} "
                                    "may be",
                                    to_string(value), to_string(total),
                                    rules->value_window->length.count() / 1000,
                                    to_string(rules->value_window->amount)));
    }
    auto& counters = state.counters_[request.key];
    if (rules->rate) {
        auto& bucket = counters.bucket;
        if (!bucket) bucket = PolicyState::Bucket{.tokens = rules->rate->burst, .filled_at = now};
        const std::chrono::duration<double> elapsed =
            std::max(now - bucket->filled_at, PolicyTime::duration::zero());
        bucket->tokens = std::min(rules->rate->burst,
                                  bucket->tokens + elapsed.count() * rules->rate->per_second);
        bucket->filled_at = std::max(now, bucket->filled_at);
        if (bucket->tokens < 1)
            return deny("rate",
                        fmt::format("more than {} signatures a second", rules->rate->per_second));
        bucket->tokens -= 1;
    }
    if (spends) PolicyState::add(*counters.spending, value, now);
    return {};
}

}  // namespace meta138::signer
