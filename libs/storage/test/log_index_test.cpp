// SPDX-License-Identifier: Apache-2.0
// Snapshot::find_log_blocks against a look at every log.
#include "random_chain.hpp"

#include "meta138/storage/database.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace meta138::storage {
namespace {

using test::initialize;
using test::MadeBlock;
using test::open_in_memory;
using test::RandomChain;

bool contains(const auto& values, const auto& value) {
    return std::ranges::find(values, value) != values.end();
}
bool matches(const LogQuery& query, const Log& log) {
    if (!query.addresses.empty() && !contains(query.addresses, log.address)) return false;
    if (query.topics.size() > log.topics.size()) return false;
    for (std::size_t i = 0; i < query.topics.size(); ++i)
        if (!query.topics[i].empty() && !contains(query.topics[i], log.topics[i])) return false;
    return true;
}
bool matches(const LogQuery& query, const MadeBlock& made) {
    return std::ranges::any_of(made.receipts, [&](const Receipt& receipt) {
        return std::ranges::any_of(receipt.logs,
                                   [&](const Log& log) { return matches(query, log); });
    });
}

std::vector<std::uint64_t> found(const Snapshot& snapshot, const LogQuery& query) {
    std::vector<std::uint64_t> numbers;
    snapshot.find_log_blocks(query, [&](std::uint64_t number) {
        numbers.push_back(number);
        return true;
    });
    return numbers;
}

class LogIndex : public testing::Test {
protected:
    LogIndex() {
        initialize(*database, chain);
        blocks.push_back(chain.genesis());
        for (int i = 0; i < 150; ++i) {
            blocks.push_back(chain.next());
            database->append(blocks.back().record());
        }
    }
    Hash32 topic(std::uint64_t i) { return crypto::keccak256(RandomChain::address(i).bytes); }

    RandomChain chain{21, {.changes = 1, .max_transactions = 2}};
    std::unique_ptr<Database> database = open_in_memory();
    std::vector<MadeBlock> blocks;
};

TEST_F(LogIndex, misses_no_block_and_names_few_others) {
    const auto snapshot = database->snapshot();
    std::size_t named = 0;
    std::size_t matching = 0;
    for (int i = 0; i < 300; ++i) {
        LogQuery query{
            .from_block = chain.below(150), .to_block = 0, .addresses = {}, .topics = {}};
        query.to_block = query.from_block + chain.below(160);
        for (auto count = chain.below(3); count-- > 0;)
            query.addresses.push_back(RandomChain::address(chain.below(6)));
        query.topics.resize(chain.below(5));
        for (auto& position : query.topics)
            for (auto count = chain.below(3); count-- > 0;)
                position.push_back(topic(chain.below(7)));
        const auto numbers = found(*snapshot, query);
        ASSERT_TRUE(std::ranges::is_sorted(numbers, std::less_equal{}) || numbers.size() < 2);
        ASSERT_EQ(std::ranges::adjacent_find(numbers), numbers.end());
        for (const auto number : numbers)
            ASSERT_TRUE(number >= query.from_block && number <= query.to_block);
        for (const auto& block : blocks) {
            const auto number = block.block.header.number;
            if (number < query.from_block || number > query.to_block || !matches(query, block))
                continue;
            ++matching;
            ASSERT_TRUE(std::ranges::binary_search(numbers, number)) << number;
        }
        named += numbers.size();
    }
    EXPECT_GT(matching, 0U);
    EXPECT_LT(named, 3 * matching);
}

TEST_F(LogIndex, knows_exactly_which_blocks_have_a_log_of_one_address) {
    for (std::uint64_t i = 0; i < 6; ++i) {
        const LogQuery query{.from_block = 0,
                             .to_block = 1000,
                             .addresses = {RandomChain::address(i)},
                             .topics = {}};
        std::vector<std::uint64_t> expected;
        for (const auto& block : blocks)
            if (matches(query, block)) expected.push_back(block.block.header.number);
        EXPECT_EQ(found(*database->snapshot(), query), expected);
    }
}

TEST_F(LogIndex, stops_when_told_to) {
    int calls = 0;
    database->snapshot()->find_log_blocks(
        {.from_block = 0, .to_block = 150, .addresses = {}, .topics = {}}, [&](std::uint64_t) {
            ++calls;
            return false;
        });
    EXPECT_EQ(calls, 1);
}

TEST_F(LogIndex, names_no_block_for_more_topics_than_a_log_can_have) {
    const LogQuery query{.from_block = 0,
                         .to_block = 150,
                         .addresses = {},
                         .topics = std::vector<std::vector<Hash32>>(5)};
    EXPECT_TRUE(found(*database->snapshot(), query).empty());
}

TEST_F(LogIndex, forgets_a_block_that_is_taken_off_the_chain) {
    const LogQuery all{.from_block = 0, .to_block = 1000, .addresses = {}, .topics = {}};
    while (blocks.back().receipts.empty()) {
        blocks.pop_back();
        database->unwind();
    }
    const auto gone = blocks.back().block.header.number;
    database->unwind();
    const auto numbers = found(*database->snapshot(), all);
    EXPECT_FALSE(contains(numbers, gone));
}

}  // namespace
}  // namespace meta138::storage
