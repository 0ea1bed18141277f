// SPDX-License-Identifier: Apache-2.0
#include "meta138/execution/validate_block.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/types/account.hpp"
#include "meta138/types/blob_gas.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace meta138::execution {
namespace {

using testing::Optional;
using enum BlockRule;  // some of whose names are functions of types as well

/// `child` is a valid header on `parent` under `rules`, until a test changes it.
struct HeaderAndParent {
    explicit HeaderAndParent(Fork fork = Fork::osaka) {
        parent.number = 999;
        parent.timestamp = 10'000;
        parent.gas_limit = 30'000'000;
        parent.gas_used = 15'000'000;
        parent.difficulty = 1'000'000;
        parent.ommers_hash = EMPTY_OMMERS_HASH;
        child.number = 1000;
        child.timestamp = 10'010;
        child.gas_limit = 30'000'000;
        child.ommers_hash = EMPTY_OMMERS_HASH;
        use_fork(fork);
    }

    void use_fork(Fork fork) {
        rules = mainnet_rules(fork);
        add_fields(parent, fork);
        add_fields(child, fork);
        if (fork < Fork::paris) child.difficulty = difficulty_after(parent, child.timestamp, rules);
    }
    static void add_fields(Header& header, Fork fork) {
        if (fork >= Fork::london) header.base_fee_per_gas = 1000;
        if (fork >= Fork::shanghai) header.withdrawals_root = EMPTY_TRIE_ROOT;
        if (fork >= Fork::cancun) {
            header.blob_gas_used = header.excess_blob_gas = 0;
            header.parent_beacon_block_root.emplace();
        }
        if (fork >= Fork::prague) header.requests_hash.emplace();
    }

    std::optional<BlockRule> broken_rule() {
        if (!is_orphan) child.parent_hash = block_hash(parent);
        const auto verdict = validate_header(child, parent, rules);
        return verdict ? std::nullopt : std::optional{verdict.error().rule};
    }

    BlockRules rules;
    Header parent;
    Header child;
    bool is_orphan = false;
};

struct ValidateHeader : testing::Test, HeaderAndParent {};

TEST_F(ValidateHeader, accepts_a_header_of_every_fork) {
    for (const auto& row : forks()) {
        SCOPED_TRACE(row.name);
        HeaderAndParent test{row.fork};
        EXPECT_EQ(test.broken_rule(), std::nullopt);
    }
}

TEST_F(ValidateHeader, needs_the_parent_s_hash) {
    is_orphan = true;
    EXPECT_THAT(broken_rule(), Optional(parent_hash));
}

TEST_F(ValidateHeader, needs_the_next_number) {
    child.number = 1001;
    EXPECT_THAT(broken_rule(), Optional(number));
}

TEST_F(ValidateHeader, must_be_later_than_the_parent) {
    child.timestamp = parent.timestamp;
    EXPECT_THAT(broken_rule(), Optional(timestamp));
}

TEST_F(ValidateHeader, the_gas_limit_moves_by_less_than_a_1024th) {
    child.gas_limit = 30'000'000 + 29'296 - 1;
    EXPECT_EQ(broken_rule(), std::nullopt);
    child.gas_limit += 1;
    EXPECT_THAT(broken_rule(), Optional(gas_limit));
    child.gas_limit = 30'000'000 - 29'296;
    EXPECT_THAT(broken_rule(), Optional(gas_limit));
}

TEST_F(ValidateHeader, the_gas_limit_is_at_least_5000) {
    parent.gas_limit = 5000;
    parent.gas_used = 2500;
    child.gas_limit = 4999;
    EXPECT_THAT(broken_rule(), Optional(gas_limit));
}

TEST_F(ValidateHeader, the_gas_limit_has_at_most_63_bits) {
    parent.gas_limit = 0x7fff'ffff'ffff'ffff;
    child.gas_limit = 0x8000'0000'0000'0000;
    EXPECT_THAT(broken_rule(), Optional(gas_limit));
}

TEST_F(ValidateHeader, no_more_gas_is_used_than_allowed) {
    child.gas_used = child.gas_limit + 1;
    EXPECT_THAT(broken_rule(), Optional(gas_used_above_limit));
}

TEST_F(ValidateHeader, extra_data_is_as_long_as_the_chain_allows) {
    child.extra_data.resize(33);
    EXPECT_THAT(broken_rule(), Optional(extra_data_size));
    rules.max_extra_data_size = 33;
    EXPECT_EQ(broken_rule(), std::nullopt);
}

TEST_F(ValidateHeader, has_no_difficulty_nonce_or_ommers_from_paris_on) {  // EIP-3675
    auto valid = child;
    child.difficulty = 1;
    EXPECT_THAT(broken_rule(), Optional(difficulty));
    child = valid;
    child.nonce[7] = 1;
    EXPECT_THAT(broken_rule(), Optional(nonce));
    child = valid;
    child.ommers_hash = {};
    EXPECT_THAT(broken_rule(), Optional(ommers_not_allowed));
}

TEST_F(ValidateHeader, may_have_a_fixed_difficulty) {
    rules.consensus = Consensus::fixed_difficulty;
    rules.fixed_difficulty = 1;
    EXPECT_THAT(broken_rule(), Optional(difficulty));
    child.difficulty = 1;
    EXPECT_EQ(broken_rule(), std::nullopt);
}

TEST_F(ValidateHeader, has_exactly_the_fields_of_its_fork) {
    auto valid = child;
    child.requests_hash.reset();
    EXPECT_THAT(broken_rule(), Optional(header_fields));
    child = valid;
    rules.fork = Fork::cancun;
    EXPECT_THAT(broken_rule(), Optional(header_fields));
}

TEST_F(ValidateHeader, marks_ten_blocks_of_the_dao_fork) {  // EIP-779
    HeaderAndParent test{Fork::homestead};
    test.rules.dao_fork_block = 991;
    EXPECT_THAT(test.broken_rule(), Optional(dao_extra_data));
    test.child.extra_data = to_bytes(as_bytes("dao-hard-fork"));
    EXPECT_EQ(test.broken_rule(), std::nullopt);
    test.child.extra_data.clear();
    test.rules.dao_fork_block = 990;
    EXPECT_EQ(test.broken_rule(), std::nullopt);
}

TEST_F(ValidateHeader, the_base_fee_follows_the_parent_s_gas) {  // EIP-1559
    parent.gas_used = 20'000'000;
    EXPECT_THAT(broken_rule(), Optional(base_fee_per_gas));
    child.base_fee_per_gas = 1000 + 1000 / 3 / 8;
    EXPECT_EQ(broken_rule(), std::nullopt);
}

TEST_F(ValidateHeader, the_base_fee_may_be_zero_for_good) {  // Besu's zeroBaseFee
    rules.zero_base_fee = true;
    EXPECT_THAT(broken_rule(), Optional(base_fee_per_gas));
    child.base_fee_per_gas = 0;
    EXPECT_EQ(broken_rule(), std::nullopt);
}

TEST_F(ValidateHeader, the_first_block_of_london_has_twice_the_gas) {  // EIP-1559
    HeaderAndParent test{Fork::london};
    test.parent.base_fee_per_gas.reset();
    test.child.base_fee_per_gas = 1'000'000'000;
    EXPECT_THAT(test.broken_rule(), Optional(gas_limit));
    test.child.gas_limit *= 2;
    EXPECT_EQ(test.broken_rule(), std::nullopt);
}

TEST_F(ValidateHeader, blob_gas_is_of_whole_blobs_below_the_maximum) {  // EIP-4844
    child.blob_gas_used = rules.blobs.max * GAS_PER_BLOB;
    EXPECT_EQ(broken_rule(), std::nullopt);
    *child.blob_gas_used += GAS_PER_BLOB;
    EXPECT_THAT(broken_rule(), Optional(blob_gas_limit));
    child.blob_gas_used = 1;
    EXPECT_THAT(broken_rule(), Optional(blob_gas_limit));
}

TEST_F(ValidateHeader, excess_blob_gas_follows_the_parent) {  // EIP-4844
    child.excess_blob_gas = GAS_PER_BLOB;
    EXPECT_THAT(broken_rule(), Optional(excess_blob_gas));
}

TEST(BaseFeeAfter, moves_by_at_most_an_eighth) {  // EIP-1559
    const auto rules = mainnet_rules(Fork::london);
    Header parent;
    parent.gas_limit = 20'000'000;
    parent.base_fee_per_gas = 800;
    parent.gas_used = 20'000'000;
    EXPECT_EQ(base_fee_after(parent, rules), uint256{900});
    parent.gas_used = 0;
    EXPECT_EQ(base_fee_after(parent, rules), uint256{700});
    parent.gas_used = 10'000'000;
    EXPECT_EQ(base_fee_after(parent, rules), uint256{800});
}

TEST(BaseFeeAfter, rises_by_at_least_1) {  // EIP-1559
    Header parent;
    parent.gas_limit = 20'000'000;
    parent.base_fee_per_gas = 1;
    parent.gas_used = 10'000'001;
    EXPECT_EQ(base_fee_after(parent, mainnet_rules(Fork::london)), uint256{2});
}

// Difficulty: expectations computed by hand from the formulas of the EIPs.

struct DifficultyCase {
    const char* name;
    Fork fork;
    std::uint64_t parent_number;
    std::uint64_t seconds;
    bool has_ommers;
    std::uint64_t expected;
};
std::ostream& operator<<(std::ostream& out, const DifficultyCase& test) {
    return out << test.name;
}

struct DifficultyAfter : testing::TestWithParam<DifficultyCase> {};

TEST_P(DifficultyAfter, follows_the_formula) {
    const auto& test = GetParam();
    Header parent;
    parent.number = test.parent_number;
    parent.difficulty = 2'048'000;  // a step is 1000
    parent.ommers_hash = test.has_ommers ? Hash32{} : EMPTY_OMMERS_HASH;
    EXPECT_EQ(difficulty_after(parent, test.seconds, mainnet_rules(test.fork)),
              uint256{test.expected});
}

INSTANTIATE_TEST_SUITE_P(
    Forks, DifficultyAfter,
    testing::Values(
        DifficultyCase{"frontier_in_time", Fork::frontier, 9, 12, false, 2'049'000},
        DifficultyCase{"frontier_late", Fork::frontier, 9, 13, false, 2'047'000},
        DifficultyCase{"frontier_bomb", Fork::frontier, 299'999, 12, false, 2'049'002},
        DifficultyCase{"homestead_at_once", Fork::homestead, 9, 9, false, 2'049'000},
        DifficultyCase{"homestead_in_time", Fork::homestead, 9, 10, false, 2'048'000},
        DifficultyCase{"homestead_late", Fork::homestead, 9, 45, false, 2'045'000},
        DifficultyCase{"homestead_very_late", Fork::homestead, 9, 1'000'000'000, false, 1'949'000},
        DifficultyCase{"byzantium_at_once", Fork::byzantium, 9, 8, false, 2'049'000},
        DifficultyCase{"byzantium_after_ommers", Fork::byzantium, 9, 8, true, 2'050'000},
        DifficultyCase{"byzantium_bomb_is_delayed", Fork::byzantium, 3'199'998, 9, false,
                       2'048'000},
        DifficultyCase{"byzantium_bomb", Fork::byzantium, 3'199'999, 9, false, 2'048'001},
        DifficultyCase{"constantinople_bomb", Fork::constantinople, 5'499'999, 9, false,
                       2'048'008}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(DifficultyAfter, is_at_least_131072) {
    Header parent;
    parent.difficulty = 131072;
    EXPECT_EQ(difficulty_after(parent, 1000, mainnet_rules(Fork::homestead)), uint256{131072});
}

// Bodies

struct ValidateBody : testing::Test {
    ValidateBody() {
        block.header.base_fee_per_gas = 7;
        block.withdrawals.emplace();
        fill_in();
    }
    void fill_in() {
        block.header.transactions_root = meta138::transactions_root(block.transactions);
        block.header.ommers_hash = meta138::ommers_hash(block.ommers);
        if (block.withdrawals)
            block.header.withdrawals_root = meta138::withdrawals_root(*block.withdrawals);
    }
    std::optional<BlockRule> broken_rule() {
        const auto verdict = validate_body(block, encode_block(block).size(), rules);
        return verdict ? std::nullopt : std::optional{verdict.error().rule};
    }

    BlockRules rules = mainnet_rules(Fork::osaka);
    Block block;
};

TEST_F(ValidateBody, compares_transactions_ommers_and_withdrawals) {
    EXPECT_EQ(broken_rule(), std::nullopt);
    block.transactions.emplace_back();
    EXPECT_THAT(broken_rule(), Optional(transactions_root));
    fill_in();
    block.ommers.emplace_back();
    EXPECT_THAT(broken_rule(), Optional(BlockRule::ommers_hash));
    fill_in();
    block.withdrawals->emplace_back();
    EXPECT_THAT(broken_rule(), Optional(withdrawals_root));
}

TEST_F(ValidateBody, has_withdrawals_from_shanghai_on) {  // EIP-4895
    block.withdrawals.reset();
    EXPECT_THAT(broken_rule(), Optional(withdrawals));
    rules = mainnet_rules(Fork::paris);
    EXPECT_EQ(broken_rule(), std::nullopt);
    block.withdrawals.emplace();
    EXPECT_THAT(broken_rule(), Optional(withdrawals));
}

TEST_F(ValidateBody, has_at_most_8_mib_from_osaka_on) {  // EIP-7934
    auto& data = block.transactions.emplace_back().data;
    data.resize(MAX_RLP_BLOCK_SIZE);
    data.resize(2 * MAX_RLP_BLOCK_SIZE - encode_block(block).size());
    fill_in();
    ASSERT_EQ(encode_block(block).size(), 8'388'608);
    EXPECT_EQ(broken_rule(), std::nullopt);

    data.push_back(0);
    fill_in();
    ASSERT_EQ(encode_block(block).size(), 8'388'609);
    EXPECT_THAT(broken_rule(), Optional(block_size));
    rules = mainnet_rules(Fork::prague);
    EXPECT_EQ(broken_rule(), std::nullopt);
}

// Ommers

/// Ten blocks of Byzantium; `block` would be the eleventh, and ommer(n) is a sibling of number n.
struct ValidateOmmers : testing::Test {
    ValidateOmmers() {
        chain.resize(11);
        chain[0].header.gas_limit = 5'000'000;
        chain[0].header.difficulty = 1'000'000;
        for (std::size_t i = 1; i < chain.size(); ++i)
            chain[i].header = child_of(chain[i - 1].header);
        block.header = child_of(chain[10].header);
    }

    [[nodiscard]] Header child_of(const Header& parent) const {
        Header child;
        child.number = parent.number + 1;
        child.parent_hash = block_hash(parent);
        child.timestamp = parent.timestamp + 10;
        child.gas_limit = parent.gas_limit;
        child.ommers_hash = EMPTY_OMMERS_HASH;
        child.difficulty = difficulty_after(parent, child.timestamp, rules);
        return child;
    }
    [[nodiscard]] Header ommer(std::size_t ommer_number) const {
        auto result = child_of(chain[ommer_number - 1].header);
        result.extra_data = {1};
        return result;
    }
    std::optional<BlockRule> broken_rule() {
        std::vector<Block> ancestors{chain.rbegin(), chain.rbegin() + MAX_OMMER_DEPTH + 1};
        const auto verdict =
            validate_ommers(block, ancestors, [this](const Header&) { return rules; });
        return verdict ? std::nullopt : std::optional{verdict.error().rule};
    }

    BlockRules rules = mainnet_rules(Fork::byzantium);
    std::vector<Block> chain;
    Block block;
};

TEST_F(ValidateOmmers, accepts_two_of_different_age) {
    block.ommers = {ommer(10), ommer(5)};
    EXPECT_EQ(broken_rule(), std::nullopt);
}

TEST_F(ValidateOmmers, refuses_three) {
    block.ommers = {ommer(10), ommer(9), ommer(8)};
    EXPECT_THAT(broken_rule(), Optional(ommer_count));
}

TEST_F(ValidateOmmers, refuses_one_of_seven_generations) {
    block.ommers = {ommer(4)};
    EXPECT_THAT(broken_rule(), Optional(ommer_depth));
}

TEST_F(ValidateOmmers, refuses_a_sibling) {
    block.ommers = {child_of(chain[10].header)};
    EXPECT_THAT(broken_rule(), Optional(ommer_depth));
}

TEST_F(ValidateOmmers, refuses_an_ancestor) {
    block.ommers = {chain[9].header};
    EXPECT_THAT(broken_rule(), Optional(ommer_is_ancestor));
}

TEST_F(ValidateOmmers, refuses_the_same_twice) {
    block.ommers = {ommer(9), ommer(9)};
    EXPECT_THAT(broken_rule(), Optional(ommer_is_duplicate));
}

TEST_F(ValidateOmmers, refuses_what_an_ancestor_has_named) {
    chain[10].ommers = {ommer(8)};
    block.ommers = {ommer(8)};
    EXPECT_THAT(broken_rule(), Optional(ommer_is_duplicate));
}

TEST_F(ValidateOmmers, refuses_a_stranger) {
    block.ommers = {ommer(9)};
    block.ommers[0].parent_hash[0] ^= 1;
    EXPECT_THAT(broken_rule(), Optional(ommer_parent));
}

TEST_F(ValidateOmmers, refuses_an_invalid_header) {
    block.ommers = {ommer(9)};
    block.ommers[0].difficulty += 1;
    EXPECT_THAT(broken_rule(), Optional(ommer_header));
}

}  // namespace
}  // namespace meta138::execution
