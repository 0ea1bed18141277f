// SPDX-License-Identifier: Apache-2.0
// The tries behind Database::commitment(), against a map whose root is computed anew.
#include "random_chain.hpp"

#include "meta138/storage/database.hpp"

#include <gtest/gtest.h>

namespace meta138::storage {
namespace {

using test::initialize;
using test::open_in_memory;
using test::RandomChain;

/// For tests that look at whole states often.
constexpr test::ChainShape small{.addresses = 20, .keys = 8, .changes = 6};

TEST(Commitment, agrees_with_the_map_over_hundreds_of_blocks) {
    RandomChain chain{11};
    const auto database = open_in_memory();
    initialize(*database, chain);
    for (int i = 0; i < 400; ++i) {
        const auto& made = chain.next();
        ASSERT_EQ(database->commitment().root_after(made.diff), made.block.header.state_root) << i;
        database->append(made.record());
    }
}

TEST(Commitment, need_not_be_asked_before_a_block_is_appended) {
    RandomChain chain{12};
    const auto database = open_in_memory();
    initialize(*database, chain);
    for (int i = 0; i < 50; ++i) {
        const auto& made = chain.next();
        database->append(made.record());
        ASSERT_EQ(database->commitment().root_after({}), made.block.header.state_root);
    }
}

TEST(Commitment, forgets_what_was_only_asked_for) {
    RandomChain chain{13};
    const auto database = open_in_memory();
    initialize(*database, chain);
    for (int i = 0; i < 150; ++i) {
        for (auto tries = chain.below(4); tries-- > 0;) {
            const auto diff = chain.random_diff(8);
            ASSERT_EQ(database->commitment().root_after(diff), chain.state().root_after(diff));
        }
        const auto root = chain.head().block.header.state_root;
        if (chain.below(3) == 0) {
            ASSERT_EQ(database->commitment().root_after({}), root);
        }
        const auto& made = chain.next();
        if (chain.below(2) == 0) {
            ASSERT_EQ(database->commitment().root_after(made.diff), made.block.header.state_root);
        }
        database->append(made.record());
    }
    ASSERT_EQ(database->commitment().root_after({}), chain.head().block.header.state_root);
}

TEST(Commitment, is_the_same_with_no_memory_to_keep_nodes_in) {
    RandomChain chain{14};
    DatabaseOptions options;
    options.in_memory = true;
    options.trie_cache_bytes = 0;
    const auto database = Database::open(options);
    initialize(*database, chain);
    for (int i = 0; i < 100; ++i) {
        const auto& made = chain.next();
        ASSERT_EQ(database->commitment().root_after(made.diff), made.block.header.state_root) << i;
        database->append(made.record());
    }
}

TEST(Commitment, is_the_same_after_the_database_was_opened_again) {
    const test::TemporaryFolder folder;
    RandomChain chain{15, small};
    DatabaseOptions options;
    options.path = folder.path();
    options.sync_every_block = false;
    auto database = Database::open(options);
    initialize(*database, chain);
    for (int i = 0; i < 60; ++i) {
        const auto& made = chain.next();
        ASSERT_EQ(database->commitment().root_after(made.diff), made.block.header.state_root);
        database->append(made.record());
        if (i % 10 != 9) continue;
        database.reset();
        database = Database::open(options);
    }
    const auto snapshot = database->snapshot();
    for (std::uint64_t number = 0; number <= 60; ++number)
        test::expect_state(*snapshot, number, chain.states()[number], small);
}

TEST(PatchState, changes_the_head_and_can_be_taken_back) {
    RandomChain chain{16, small};
    const auto database = open_in_memory();
    initialize(*database, chain);
    for (int i = 0; i < 40; ++i) {
        std::vector<state::StateDiff> back;
        const auto before = chain.state().accounts();
        for (auto patches = chain.below(4); patches-- > 0;) {
            const auto diff = chain.random_diff(4);
            back.push_back(database->patch_state(diff));
            chain.patch(diff);
            ASSERT_EQ(database->commitment().root_after({}), chain.state().root());
        }
        const auto number = chain.head().block.header.number;
        const auto snapshot = database->snapshot();
        test::expect_state(*snapshot, number, chain.state().accounts(), small);
        if (number > 0)
            test::expect_state(*snapshot, number - 1, chain.states()[number - 1], small);
        if (chain.below(2) == 0) {
            for (; !back.empty(); back.pop_back()) {
                database->patch_state(back.back());
                chain.patch(back.back());
            }
            test::expect_state(*database->snapshot(), number, before, small);
        }
        database->append(chain.next().record());
    }
}

TEST(PatchState, goes_with_the_block_that_it_changed) {
    RandomChain chain{17};
    const auto database = open_in_memory();
    initialize(*database, chain);
    database->append(chain.next().record());
    const auto parent = chain.states()[0];
    database->patch_state(chain.random_diff(20));
    database->unwind();
    test::expect_state(*database->snapshot(), 0, parent);
    EXPECT_EQ(database->commitment().root_after({}), chain.genesis().block.header.state_root);
}

}  // namespace
}  // namespace meta138::storage
