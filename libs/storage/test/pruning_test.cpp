// SPDX-License-Identifier: Apache-2.0
#include "random_chain.hpp"

#include "meta138/storage/database.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace meta138::storage {
namespace {

using test::initialize;
using test::MadeBlock;
using test::open_in_memory;
using test::RandomChain;

constexpr std::size_t all = 1'000'000;

class Pruning : public testing::Test {
protected:
    void grow(const Retention& retention, int count) {
        database = open_in_memory(retention);
        initialize(*database, chain);
        blocks.push_back(chain.genesis());
        for (int i = 0; i < count; ++i) append();
    }
    void append() {
        blocks.push_back(chain.next());
        database->append(blocks.back().record());
    }
    /// Headers always; bodies from `oldest_block` on, states from `oldest_state` on.
    void expect_retained(std::uint64_t oldest_block, std::uint64_t oldest_state) {
        const auto snapshot = database->snapshot();
        EXPECT_EQ(snapshot->oldest_block(), oldest_block);
        EXPECT_EQ(snapshot->oldest_state(), oldest_state);
        for (const auto& made : blocks) {
            const auto number = made.block.header.number;
            ASSERT_EQ(snapshot->header(number)->hash, made.hash);
            ASSERT_EQ(snapshot->block_number(made.hash), number);
            const bool kept = number == 0 || number >= oldest_block;
            ASSERT_EQ(snapshot->block(number).has_value(), kept) << number;
            ASSERT_EQ(snapshot->receipts(number).has_value(), kept) << number;
            ASSERT_EQ(snapshot->transactions(number).has_value(), kept) << number;
            for (const auto& transaction : made.block.transactions)
                ASSERT_EQ(snapshot->find_transaction(transaction_hash(transaction)).has_value(),
                          kept);
            if (number < oldest_state) {
                ASSERT_EQ(snapshot->state_at(number), nullptr);
                ASSERT_FALSE(snapshot->prove(number, Address{}, {}));
            } else if (number < oldest_state + 3 || number + 3 > blocks.size()) {
                test::expect_state(*snapshot, number, chain.states()[number], shape);
            }
        }
        snapshot->find_log_blocks({.from_block = 0, .to_block = all, .addresses = {}, .topics = {}},
                                  [&](std::uint64_t number) {
                                      EXPECT_GE(number, oldest_block);
                                      return true;
                                  });
    }

    test::ChainShape shape{.addresses = 20, .keys = 10, .changes = 4, .max_transactions = 2};
    RandomChain chain{31, shape};
    std::unique_ptr<Database> database;
    std::vector<MadeBlock> blocks;
};

TEST_F(Pruning, an_archive_keeps_everything) {
    grow({}, 300);
    EXPECT_EQ(database->prune(all), 0U);
    expect_retained(0, 0);
}

TEST_F(Pruning, a_window_keeps_its_last_blocks_and_states) {
    grow({.mode = Retention::Mode::window, .blocks = 200}, 300);
    EXPECT_EQ(database->prune(all), 101U);
    expect_retained(101, 101);
    EXPECT_EQ(database->prune(all), 0U);
    append();
    EXPECT_EQ(database->prune(all), 1U);
    expect_retained(102, 102);
}

TEST_F(Pruning, a_window_of_time_counts_from_the_heads_timestamp) {
    // A block every 2 seconds.
    grow({.mode = Retention::Mode::window, .age = std::chrono::seconds{400}}, 300);
    database->prune(all);
    expect_retained(100, 100);
}

TEST_F(Pruning, no_window_is_smaller_than_what_a_reorganisation_needs) {
    grow({.mode = Retention::Mode::window, .blocks = 1}, 200);
    database->prune(all);
    expect_retained(200 - minimal_states + 1, 200 - minimal_states + 1);
}

TEST_F(Pruning, minimal_keeps_all_blocks_and_the_last_states) {
    grow({.mode = Retention::Mode::minimal}, 200);
    database->prune(all);
    expect_retained(0, 200 - minimal_states + 1);
}

TEST_F(Pruning, goes_on_in_the_pieces_it_is_asked_for) {
    grow({.mode = Retention::Mode::minimal}, 200);
    EXPECT_EQ(database->prune(10), 10U);
    expect_retained(0, 10);
    EXPECT_EQ(database->prune(all), 63U);
    expect_retained(0, 73);
}

TEST_F(Pruning, does_not_touch_what_a_snapshot_sees) {
    grow({.mode = Retention::Mode::window, .blocks = 128}, 200);
    const auto before = database->snapshot();
    database->prune(all);
    EXPECT_EQ(before->oldest_block(), 0U);
    for (std::uint64_t number = 0; number < 80; number += 7) {
        EXPECT_EQ(before->block(number), blocks[number].block);
        test::expect_state(*before, number, chain.states()[number], shape);
    }
}

TEST_F(Pruning, leaves_what_unwinding_needs) {
    grow({.mode = Retention::Mode::minimal}, 200);
    database->prune(all);
    for (int i = 0; i < 100; ++i) database->unwind();
    test::expect_state(*database->snapshot(), 100, chain.states()[100], shape);
    EXPECT_EQ(database->commitment().root_after({}), blocks[100].block.header.state_root);
}

TEST_F(Pruning, runs_while_blocks_come_in_and_are_read) {
    grow({.mode = Retention::Mode::minimal}, 150);
    std::vector<MadeBlock> more;
    for (int i = 0; i < 150; ++i) more.push_back(chain.next());
    std::atomic<bool> done = false;
    {
        const std::jthread pruner{[&] {
            while (!done) {
                database->prune(3);
                std::this_thread::yield();
            }
        }};
        const std::jthread reader{[&] {
            while (!done) {
                const auto snapshot = database->snapshot();
                const auto oldest = snapshot->oldest_state();
                const auto head = snapshot->head()->header.number;
                for (const auto number : {oldest, head}) {
                    const auto view = snapshot->state_at(number);
                    for (std::uint64_t i = 0; i < shape.addresses; ++i) {
                        const auto address = RandomChain::address(i);
                        const auto account = view->account(address);
                        const auto& expected = chain.states()[number];
                        ASSERT_EQ(account.has_value(), expected.contains(address));
                        if (account) {
                            ASSERT_EQ(*account, expected.at(address).account);
                        }
                    }
                }
            }
        }};
        for (const auto& made : more) {
            blocks.push_back(made);
            database->append(made.record());
        }
        done = true;
    }
    database->prune(all);
    expect_retained(0, 300 - minimal_states + 1);
}

}  // namespace
}  // namespace meta138::storage
