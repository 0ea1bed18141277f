// SPDX-License-Identifier: Apache-2.0
#include "dev/dev_chain.hpp"

#include "pool_feed.hpp"

#include "meta138/state/bytecode.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace meta138::node {
namespace {

/// Nobody waits for the end of a development block's slot.
constexpr std::chrono::milliseconds build_budget{5'000};

std::int64_t system_seconds() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace

DevChain::DevChain(blockchain::Chain& chain, txpool::SharedPool& pool, BlockProducer& producer,
                   ChainThread& thread, const DevOptions& options)
    : chain_{chain}, pool_{pool}, producer_{producer}, thread_{thread} {
    automine_ = options.period.count() == 0;
    observer_ = pool_.add_observer({.on_added =
                                        [this](const txpool::SharedTransaction&) {
                                            if (!automine_ || is_settling_.exchange(true)) return;
                                            if (!thread_.post([this] { settle(); }))
                                                is_settling_ = false;
                                        },
                                    .on_removed = {}});
    if (options.period.count() > 0) thread_.run([&] { set_interval(options.period); });
}

DevChain::~DevChain() {
    pool_.remove_observer(observer_);
}

void DevChain::set_automine(bool on) {
    automine_ = on;
    if (on) thread_.post([this] { settle(); });
}

void DevChain::set_interval(std::chrono::milliseconds interval) {
    interval_ = interval;
    ++interval_number_;
    if (interval_.count() > 0) arm_interval();
}

void DevChain::arm_interval() {
    thread_.at(std::chrono::steady_clock::now() + interval_, [this, number = interval_number_] {
        if (number != interval_number_) return;
        arm_interval();
        produce(false);
    });
}

std::shared_ptr<const blockchain::ExecutedBlock> DevChain::produce(bool only_with_transactions) {
    wishes_.only_with_transactions = only_with_transactions;
    auto block = producer_.produce(wishes_, build_budget);
    if (block) {
        wishes_.timestamp.reset();
        wishes_.base_fee_per_gas.reset();
        wishes_.prev_randao.reset();
    }
    return block;
}

void DevChain::settle() {
    is_settling_ = false;
    while (automine_ && pool_.select().best() && produce(true)) {
    }
}

void DevChain::mine(std::uint64_t blocks, std::optional<std::uint64_t> step) {
    for (std::uint64_t i = 0; i < blocks; ++i) {
        if (step && i > 0)
            set_next_timestamp(chain_.view()->head().header.timestamp +
                               std::max<std::uint64_t>(1, *step));
        if (!produce(false)) return;
    }
}

std::int64_t DevChain::increase_time(std::uint64_t seconds) {
    constexpr std::uint64_t century = std::uint64_t{100} * 366 * 24 * 3600;
    wishes_.clock_offset += static_cast<std::int64_t>(std::min(seconds, century));
    return wishes_.clock_offset;
}

bool DevChain::set_next_timestamp(std::uint64_t timestamp) {
    if (timestamp <= chain_.view()->head().header.timestamp ||
        timestamp > static_cast<std::uint64_t>(INT64_MAX))
        return false;
    wishes_.timestamp = timestamp;
    wishes_.clock_offset = static_cast<std::int64_t>(timestamp) - system_seconds();
    return true;
}

void DevChain::set_time(std::uint64_t timestamp) {
    wishes_.clock_offset =
        static_cast<std::int64_t>(std::min<std::uint64_t>(timestamp, INT64_MAX)) - system_seconds();
}

Account DevChain::account(const Address& address) const {
    const auto view = chain_.view();
    const auto state = view->blocks().state_at(view->head().header.number);
    return state ? state->account(address).value_or(Account{}) : Account{};
}

void DevChain::patch(state::AccountDiff account, std::vector<state::SharedBytecode> codes) {
    const std::array changed{account.address};
    const auto number = chain_.view()->head().header.number;
    state::StateDiff diff;
    diff.accounts.push_back(std::move(account));
    diff.codes = std::move(codes);
    patches_.push_back({.number = number, .inverse = chain_.patch_state(diff)});
    pool_.on_accounts(accounts_of(chain_.view()), changed);
}

void DevChain::set_balance(const Address& address, const uint256& balance) {
    auto changed = account(address);
    changed.balance = balance;
    patch({.address = address, .account = changed, .storage_cleared = false, .storage = {}});
}

void DevChain::set_nonce(const Address& address, std::uint64_t nonce) {
    auto changed = account(address);
    changed.nonce = nonce;
    patch({.address = address, .account = changed, .storage_cleared = false, .storage = {}});
}

void DevChain::set_code(const Address& address, Bytes code) {
    auto changed = account(address);
    auto bytecode = state::make_bytecode(std::move(code));
    changed.code_hash = bytecode->hash;
    patch({.address = address, .account = changed, .storage_cleared = false, .storage = {}},
          {std::move(bytecode)});
}

void DevChain::set_storage(const Address& address, const uint256& key, const uint256& value) {
    patch({.address = address,
           .account = account(address),
           .storage_cleared = false,
           .storage = {{.key = key, .value = value}}});
}

std::uint64_t DevChain::snapshot() {
    marks_.push_back({.id = next_mark_,
                      .number = chain_.view()->head().header.number,
                      .patches = patches_.size(),
                      .clock_offset = wishes_.clock_offset});
    return next_mark_++;
}

bool DevChain::revert(std::uint64_t mark) {
    const auto found = std::ranges::find(marks_, mark, &Mark::id);
    if (found == marks_.end()) return false;
    const auto target = *found;
    marks_.erase(found, marks_.end());
    if (!go_back_to(target.number, target.patches)) return false;
    wishes_ = {};
    wishes_.clock_offset = target.clock_offset;
    return true;
}

bool DevChain::reset() {
    marks_.clear();
    if (!go_back_to(0, 0)) return false;
    wishes_ = {};
    const MutexLock lock{mutex_};
    impersonated_.clear();
    impersonates_all_ = false;
    return true;
}

bool DevChain::go_back_to(std::uint64_t number, std::size_t patches) {
    const auto rewind_to = [this](std::uint64_t target) {
        return target >= chain_.view()->head().header.number ||
               chain_.rewind_to(target).has_value();
    };
    std::vector<Address> changed;
    while (patches_.size() > patches) {
        const auto& last = patches_.back();
        if (!rewind_to(last.number)) return false;
        chain_.patch_state(last.inverse);
        for (const auto& account : last.inverse.accounts) changed.push_back(account.address);
        patches_.pop_back();
    }
    if (!rewind_to(number)) return false;
    // What came after the mark is gone for good, as on other development nodes.
    pool_.clear();
    pool_.on_accounts(accounts_of(chain_.view()), changed);
    return true;
}

void DevChain::impersonate(const Address& address) {
    const MutexLock lock{mutex_};
    impersonated_.insert(address);
}

bool DevChain::stop_impersonating(const Address& address) {
    const MutexLock lock{mutex_};
    return impersonated_.erase(address) > 0;
}

void DevChain::impersonate_all(bool on) {
    const MutexLock lock{mutex_};
    impersonates_all_ = on;
}

bool DevChain::is_impersonated(const Address& address) const {
    const MutexLock lock{mutex_};
    return impersonates_all_ || impersonated_.contains(address);
}

}  // namespace meta138::node
