// SPDX-License-Identifier: Apache-2.0
#include "load_signed.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/crypto/keccak.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace meta138::op {
namespace {

constexpr std::size_t chunk = 500;

}  // namespace

SigningAhead::SigningAhead(Scenario scenario, std::vector<LoadAccount>& accounts,
                           const LoadFees& fees, const LoadContracts& contracts)
    : scenario_{scenario}, accounts_{accounts}, fees_{fees}, contracts_{contracts} {}

SigningAhead::~SigningAhead() = default;

SignedTransaction SigningAhead::sign_one(std::size_t index) {
    auto& account = accounts_[index % accounts_.size()];
    const auto raw =
        sign_action(account, fees_, action_of(scenario_, index, accounts_, contracts_));
    return {.hex = to_hex(raw), .hash = crypto::keccak256(raw)};
}

std::vector<SignedTransaction> SigningAhead::sign(std::size_t count) {
    std::vector<SignedTransaction> result(count);
    const auto first = next_;
    next_ += count;
    // An account is one thread's alone, so that its nonces ascend.
    const auto threads = std::max<std::size_t>(1, std::thread::hardware_concurrency());
    std::vector<std::jthread> running;
    for (std::size_t thread = 0; thread < threads; ++thread)
        running.emplace_back([&, thread] {
            for (std::size_t i = 0; i < count; ++i)
                if ((first + i) % accounts_.size() % threads == thread)
                    result[i] = sign_one(first + i);
        });
    running.clear();
    return result;
}

void SigningAhead::start(std::size_t ahead) {
    thread_ = std::jthread{[this, ahead](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            if (ready_count_ >= ahead) {
                std::this_thread::sleep_for(std::chrono::milliseconds{5});
                continue;
            }
            std::vector<SignedTransaction> some;
            for (std::size_t i = 0; i < chunk; ++i) some.push_back(sign_one(next_++));
            const MutexLock lock{mutex_};
            std::ranges::move(some, std::back_inserter(ready_));
            ready_count_ = ready_.size();
        }
    }};
}

std::vector<SignedTransaction> SigningAhead::take() {
    if (ready_count_ == 0) return {};
    const MutexLock lock{mutex_};
    ready_count_ = 0;
    return std::exchange(ready_, {});
}

}  // namespace meta138::op
