// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/assert.hpp"
#include "meta138/signer/policy.hpp"

#include <string_view>

using namespace meta138;

// A policy file is taken or refused with a reason, and what it denies to a request it denies with
// a rule.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto policy = signer::Policy::decode(text, "policy.toml");
    if (!policy) {
        META138_ASSERT(!policy.error().reason.empty());
        return 0;
    }
    META138_ASSERT(!policy->allows_everything());
    signer::PolicyState state;
    Transaction transaction;
    transaction.value = 1'000;
    transaction.to = Address{};
    const auto start = signer::PolicyTime{std::chrono::hours{1'000}};
    for (const auto& [key, rules] : policy->keys()) {
        for (int second = 0; second < 3; ++second) {
            const auto verdict = signer::decide(
                *policy, state,
                {.key = key,
                 .client = {"client"},
                 .what =
                     signer::PolicyRequest::Transact{.chain_id = 138, .transaction = &transaction}},
                start + std::chrono::seconds{second});
            META138_ASSERT(verdict || !verdict.error().rule.empty());
            META138_ASSERT(!verdict || !rules.max_value || *rules.max_value >= transaction.value);
        }
    }
    state.retain(*policy);
    return 0;
}
