// SPDX-License-Identifier: Apache-2.0
#include "naive_pool.hpp"
#include "pool_fixture.hpp"

#include <random>
#include <set>
#include <unordered_set>

namespace meta138::txpool::test {
namespace {

/// Random calls to a pool and to the naive one, which must agree after each.
class Comparison {
public:
    explicit Comparison(std::uint64_t seed) : random_{seed} {
        config_.min_gas_price = 0;
        config_.max_future_by_sender = 12;
        config_.price_bump = seed % 3 == 0 ? 0 : 10;
        pool_ = std::make_unique<Pool>(config_, head_);
        naive_ = std::make_unique<NaivePool>(config_, head_);
    }

    void run(int steps) {
        for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
            step();
            compare();
        }
    }

private:
    std::uint64_t below(std::uint64_t end) {
        return std::uniform_int_distribution<std::uint64_t>{0, end - 1}(random_);
    }
    AccountState& account(const Address& address) {
        return accounts_
            .try_emplace(address, AccountState{.nonce = below(3),
                                               .balance = 21'000 * uint256{below(20'000)}})
            .first->second;
    }

    void add() {
        const auto sender = address_of(below(6));
        auto& state = account(sender);
        const auto nonce = state.nonce + below(below(4) == 0 ? 14 : 5) - below(2);
        const auto max_fee = below(2000);
        auto transaction = below(2) == 0
                               ? transfer(sender, nonce, max_fee)
                               : dynamic_transfer(sender, nonce, max_fee, below(max_fee + 1));
        transaction.has_priority = below(10) == 0;
        const auto verdict = pool_->add(transaction, state, now_);
        const auto expected = naive_->add(transaction, state, now_);
        ASSERT_EQ(verdict.has_value(), !expected.has_value());
        if (expected) {
            ASSERT_EQ(verdict.error(), *expected);
        }
    }

    // Takes a few into a block, as a chain would: also such that the pool never saw.
    void take_block() {
        Cursor cursor;
        std::vector<Hash32> included;
        std::set<Address> senders;
        const auto wanted = below(5);
        while (included.size() < wanted) {
            const auto best = pool_->next(cursor);
            if (!best) break;
            if (below(4) != 0) {
                pool_->take(cursor);
                included.push_back(best->hash);
                senders.insert(best->sender);
                ++account(best->sender).nonce;
            }
        }
        if (below(4) == 0) ++account(address_of(below(6))).nonce;
        if (below(4) == 0) {
            const auto sender = address_of(below(6));  // a reorganisation takes one of its blocks
            auto& state = account(sender);
            if (state.nonce > 0 && !senders.contains(sender)) --state.nonce;
        }
        if (below(3) == 0) account(address_of(below(6))).balance = 21'000 * uint256{below(20'000)};
        if (below(2) == 0) head_.next_base_fee = below(1500);
        ++head_.number;
        std::vector<AccountUpdate> updates;
        for (const auto& [address, state] : accounts_) updates.push_back({address, state});
        pool_->on_head({.head = head_,
                        .included = included,
                        .accounts = updates,
                        .returned = {},
                        .returned_accounts = {}});
        naive_->on_head(head_, accounts_);
    }

    void remove() {
        const auto content = naive_->content();
        if (content.empty()) return;
        const auto& hash = content[below(content.size())];
        ASSERT_TRUE(pool_->remove(hash, Removal::invalidated));
        naive_->remove(hash);
    }

    void step() {
        now_ += std::chrono::minutes{below(30)};
        const auto dice = below(100);
        if (dice < 80) {
            add();
        } else if (dice < 92) {
            take_block();
        } else if (dice < 97) {
            remove();
        } else {
            pool_->expire(now_);
            naive_->expire(now_);
        }
    }

    void compare() {
        pool_->check_invariants();
        std::vector<Hash32> content;
        std::unordered_set<Hash32> executable;
        for (const auto& entry : pool_->content(0, SIZE_MAX)) {
            content.push_back(entry.transaction->hash);
            if (entry.waiting == Waiting::nothing) executable.insert(entry.transaction->hash);
        }
        ASSERT_EQ(content, naive_->content());
        std::vector<Hash32> selection;
        Cursor cursor;
        while (const auto best = pool_->next(cursor)) {
            selection.push_back(best->hash);
            pool_->take(cursor);
        }
        ASSERT_EQ(selection, naive_->selection());
        ASSERT_EQ(executable, (std::unordered_set<Hash32>{selection.begin(), selection.end()}));
        // What the events tell is what is there.
        for (const auto& event : pool_->take_events()) {
            if (event.removal) {
                ASSERT_EQ(told_.erase(event.transaction->hash), 1U);
            } else {
                ASSERT_TRUE(told_.insert(event.transaction->hash).second);
            }
        }
        ASSERT_EQ(told_, (std::set<Hash32>{content.begin(), content.end()}));
    }

    std::mt19937_64 random_;
    PoolConfig config_;
    PoolHead head_ = prague_head();
    Time now_ = at_minute(0);
    std::map<Address, AccountState> accounts_;
    std::set<Hash32> told_;
    std::unique_ptr<Pool> pool_;
    std::unique_ptr<NaivePool> naive_;
};

class PoolModel : public testing::TestWithParam<std::uint64_t> {};

TEST_P(PoolModel, agrees_with_the_naive_pool) {
    Comparison{GetParam()}.run(1500);
}

INSTANTIATE_TEST_SUITE_P(Seeds, PoolModel, testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace meta138::txpool::test
