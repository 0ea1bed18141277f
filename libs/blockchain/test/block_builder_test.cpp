// SPDX-License-Identifier: Apache-2.0
#include "meta138/blockchain/block_builder.hpp"

#include "test_chain.hpp"

#include "meta138/execution/validate_block.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace meta138::blockchain {
namespace {

using testing::ElementsAre;

/// Offers a list, and remembers what became of each.
class ListSource final : public TransactionSource {
public:
    explicit ListSource(std::vector<Candidate> candidates) : candidates_{std::move(candidates)} {}

    std::optional<Candidate> next() override {
        if (next_ == candidates_.size()) return std::nullopt;
        return candidates_[next_++];
    }
    void report(Selection selection, std::optional<TransactionError> error) override {
        selections.push_back(selection);
        errors.push_back(error);
    }

    std::vector<Selection> selections;
    std::vector<std::optional<TransactionError>> errors;

private:
    std::vector<Candidate> candidates_;
    std::size_t next_ = 0;
};

std::vector<TransactionSource::Candidate> candidates(TestChain& test, std::size_t count,
                                                     test::Workload workload) {
    std::vector<TransactionSource::Candidate> result;
    for (std::size_t i = 0; i < count; ++i) result.push_back(test.generator.next(workload));
    return result;
}

/// The candidate with something else about it; its signature is of no interest to the builder.
template <typename Change>
TransactionSource::Candidate changed(const TransactionSource::Candidate& candidate,
                                     Change&& change) {
    auto transaction = *candidate.transaction;
    change(transaction);
    return {.transaction = std::make_shared<const Transaction>(transaction),
            .sender = candidate.sender,
            .hash = transaction_hash(transaction)};
}

BlockAttributes next_second(const TestChain& test) {
    BlockAttributes attributes;
    attributes.timestamp = test.chain.view()->head().header.timestamp + 1;
    return attributes;
}

TEST(BuildBlock, makes_blocks_that_others_import) {
    TestChain builder;
    TestChain other;
    for (const auto& block : builder.extend(3, 20)) {
        EXPECT_EQ(block.transactions.size(), 20U);
        EXPECT_EQ(other.chain.import(block), Imported::new_head);
    }
    EXPECT_EQ(builder.head(), other.head());
}

TEST(BuildBlock, makes_an_empty_block_of_nothing) {
    TestChain test;
    ListSource source{{}};
    BuildReport report;
    const auto block = build_block(test.chain, next_second(test), source, {}, &report);
    ASSERT_NE(block, nullptr);
    EXPECT_TRUE(block->block.transactions.empty());
    EXPECT_EQ(report.end, BuildReport::End::no_more_candidates);
    EXPECT_EQ(to_string(report), "0 of 0 candidates included (no more candidates)");
    EXPECT_EQ(test.chain.import(block->block), Imported::new_head);
}

TEST(BuildBlock, stops_when_the_gas_is_used_up) {
    TestChain test{1, 100'000};
    ListSource source{candidates(test, 8, test::Workload::transfers)};
    BuildReport report;
    const auto block = build_block(test.chain, next_second(test), source, {}, &report);
    EXPECT_EQ(block->block.transactions.size(), 4U);
    EXPECT_EQ(block->block.header.gas_used, 84'000U);
    EXPECT_EQ(report.end, BuildReport::End::block_full);
    EXPECT_EQ(report.offered, 4U);
}

TEST(BuildBlock, passes_over_what_does_not_fit_any_more) {
    TestChain test{1, 100'000};
    auto offered = candidates(test, 2, test::Workload::transfers);
    offered.insert(offered.begin(), changed(offered[0], [](Transaction& transaction) {
                       transaction.gas_limit = 100'001;
                   }));
    ListSource source{offered};
    BuildReport report;
    const auto block = build_block(test.chain, next_second(test), source, {}, &report);
    EXPECT_THAT(source.selections,
                ElementsAre(Selection::skipped, Selection::included, Selection::included));
    EXPECT_EQ(report.too_large_for_the_rest, 1U);
    EXPECT_EQ(block->block.transactions.size(), 2U);
}

TEST(BuildBlock, stops_when_its_time_is_up) {
    TestChain test;
    ListSource source{candidates(test, 8, test::Workload::transfers)};
    BuildReport report;
    int asked = 0;
    const auto block =
        build_block(test.chain, next_second(test), source, [&] { return ++asked <= 3; }, &report);
    EXPECT_EQ(block->block.transactions.size(), 3U);
    EXPECT_EQ(report.end, BuildReport::End::time_is_up);
    EXPECT_EQ(test.chain.import(block->block), Imported::new_head);
}

TEST(BuildBlock, takes_a_transaction_even_if_it_is_late_from_the_start) {
    TestChain test;
    auto offered = candidates(test, 8, test::Workload::transfers);
    offered.insert(offered.begin(),
                   changed(offered[0], [](Transaction& transaction) { transaction.nonce = 7; }));
    ListSource source{offered};
    BuildReport report;
    const auto block =
        build_block(test.chain, next_second(test), source, [] { return false; }, &report);
    EXPECT_EQ(block->block.transactions.size(), 1U);
    EXPECT_EQ(report.end, BuildReport::End::time_is_up);
}

TEST(BuildBlock, looks_at_few_useless_candidates_when_it_is_late) {
    TestChain test;
    const auto good = candidates(test, 8, test::Workload::transfers);
    std::vector<TransactionSource::Candidate> offered;
    for (int i = 0; i < 100; ++i)
        offered.push_back(
            changed(good[0], [](Transaction& transaction) { transaction.nonce = 7; }));
    ListSource source{offered};
    BuildReport report;
    const auto block =
        build_block(test.chain, next_second(test), source, [] { return false; }, &report);
    EXPECT_TRUE(block->block.transactions.empty());
    EXPECT_LE(report.offered, 10U);
}

TEST(BuildBlock, takes_no_harm_from_rubbish) {
    TestChain test;
    const auto good = candidates(test, 8, test::Workload::transfers);
    const std::vector<TransactionSource::Candidate> rubbish{
        {},
        changed(good[0], [](Transaction& t) { t.nonce = 7; }),
        changed(good[1], [](Transaction& t) { t.chain_id = 1; }),
        changed(good[2], [](Transaction& t) { t.value = uint256::max(); }),
        changed(good[3], [](Transaction& t) { t.gas_limit = 20'999; }),
        changed(good[4], [](Transaction& t) { t.max_priority_fee_per_gas = 1; }),
        changed(good[5], [](Transaction& t) { t.type = TransactionType::set_code; }),
        changed(good[6], [](Transaction& t) { t.gas_limit = UINT64_MAX; }),
        good[7],
    };
    ListSource source{rubbish};
    BuildReport report;
    const auto block = build_block(test.chain, next_second(test), source, {}, &report);
    using enum Selection;
    EXPECT_THAT(source.selections, ElementsAre(invalid, skipped, invalid, skipped, invalid, invalid,
                                               invalid, skipped, included));
    EXPECT_EQ(source.errors[1], TransactionError::nonce_mismatch_too_high);
    EXPECT_EQ(block->block.transactions.size(), 1U);
    EXPECT_EQ(report.offered, 9U);
    EXPECT_EQ(report.refused.at(TransactionError::nonce_mismatch_too_high), 1U);
    EXPECT_EQ(test.chain.import(block->block), Imported::new_head);
}

TEST(BuildBlock, leaves_out_what_pays_less_than_the_operator_asks) {
    TestChain test;
    const auto good = candidates(test, 2, test::Workload::transfers);
    const auto paying = changed(good[1], [](Transaction& transaction) {
        transaction.max_fee_per_gas = 10;
        transaction.max_priority_fee_per_gas = 5;
    });
    auto attributes = next_second(test);
    attributes.min_gas_price = 5;
    ListSource source{{good[0], paying}};
    BuildReport report;
    const auto block = build_block(test.chain, attributes, source, {}, &report);
    EXPECT_THAT(source.selections, ElementsAre(Selection::skipped, Selection::included));
    EXPECT_EQ(to_string(report),
              "1 of 2 candidates included (no more candidates): 1 below the minimum gas price");

    attributes.min_priority_fee = 6;
    ListSource again{{paying}};
    EXPECT_TRUE(build_block(test.chain, attributes, again, {})->block.transactions.empty());
}

TEST(BuildBlock, moves_the_gas_limit_towards_its_target_as_fast_as_the_rule_allows) {
    TestChain test;
    auto attributes = next_second(test);
    const auto gas_limit = [&](std::uint64_t target) {
        attributes.target_gas_limit = target;
        ListSource none{{}};
        const auto block = build_block(test.chain, attributes, none, {});
        EXPECT_TRUE(test.chain.execute(block->block));
        return block->block.header.gas_limit;
    };
    const std::uint64_t largest_step = 30'000'000 / 1024 - 1;
    EXPECT_EQ(gas_limit(60'000'000), 30'000'000 + largest_step);
    EXPECT_EQ(gas_limit(1'000'000), 30'000'000 - largest_step);
    EXPECT_EQ(gas_limit(30'000'001), 30'000'001U);
    EXPECT_EQ(gas_limit(0), 30'000'000U);
}

TEST(BuildBlock, keeps_a_block_within_its_size) {
    TestChain test{1, 2'000'000'000};
    const auto first = candidates(test, 8, test::Workload::transfers);
    std::vector<TransactionSource::Candidate> large;
    constexpr std::size_t size = 128 * 1024;
    for (std::uint64_t nonce = 0; nonce < 10; ++nonce)
        for (const auto& candidate : first)
            large.push_back(changed(candidate, [&](Transaction& transaction) {
                transaction.nonce = nonce;
                transaction.gas_limit = 5'000'000;
                transaction.data.assign(size, 0xff);
            }));
    ListSource source{large};
    BuildReport report;
    const auto block = build_block(test.chain, next_second(test), source, {}, &report);
    EXPECT_LE(encode_block(block->block).size(), execution::MAX_RLP_BLOCK_SIZE);
    EXPECT_GE(encode_block(block->block).size(), execution::MAX_RLP_BLOCK_SIZE - size - 2048);
    EXPECT_GT(report.too_large_for_the_rest, 0U);
}

TEST(BuildBlock, has_the_withdrawals_and_the_beacon_root_it_is_given) {
    TestChain test{1, 30'000'000, false};
    auto attributes = next_second(test);
    attributes.withdrawals = {{.index = 1, .validator_index = 2, .address = {}, .amount = 3}};
    attributes.parent_beacon_block_root = Hash32{7};
    attributes.prev_randao = Hash32{8};
    ListSource none{{}};
    const auto block = build_block(test.chain, attributes, none, {});
    EXPECT_EQ(block->block.withdrawals, attributes.withdrawals);
    EXPECT_EQ(block->block.header.parent_beacon_block_root, Hash32{7});
    EXPECT_EQ(block->block.header.prev_randao, Hash32{8});
    EXPECT_EQ(block->block.header.difficulty, uint256{});
    EXPECT_EQ(test.chain.import(block->block), Imported::new_head);
    const auto view = test.chain.view();
    EXPECT_EQ(view->blocks().state_at(1)->account({})->balance, uint256{3'000'000'000});
}

TEST(BuildBlock, says_why_the_rules_allow_no_block) {
    // Prague without its system contracts.
    auto genesis = test::ChainGenerator{{.senders = 1}}.genesis();
    genesis.schedule.activate(Fork::prague, 0);
    const auto consensus = make_trusting_consensus(genesis);
    const auto database = storage::Database::open({.in_memory = true});
    Chain chain{*database, genesis, *consensus};
    BlockAttributes attributes;
    attributes.timestamp = 1;
    ListSource none{{}};
    BuildReport report;
    EXPECT_EQ(build_block(chain, attributes, none, {}, &report), nullptr);
    ASSERT_TRUE(report.error);
    EXPECT_EQ(report.error->rule, execution::BlockRule::system_contract_missing);
}

}  // namespace
}  // namespace meta138::blockchain
