// SPDX-License-Identifier: Apache-2.0
#include "meta138/blockchain/chain.hpp"

#include "test_chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace meta138::blockchain {
namespace {

using namespace literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Address somebody = "0x00000000000000000000000000000000000000aa"_address;

/// The trusting one with another word on seals, hashes and finality.
class OwnConsensus final : public Consensus {
public:
    explicit OwnConsensus(const Genesis& genesis) : trusting{make_trusting_consensus(genesis)} {}

    [[nodiscard]] execution::BlockRules rules_at(std::uint64_t number, std::uint64_t timestamp,
                                                 const uint256& difficulty) const override {
        return trusting->rules_at(number, timestamp, difficulty);
    }
    /// Without the seal, which is in the nonce.
    [[nodiscard]] Hash32 block_hash(const Header& header) const override {
        auto unsealed = header;
        unsealed.nonce = {};
        unsealed.extra_data = {0x01};
        return meta138::block_hash(unsealed);
    }
    [[nodiscard]] std::expected<void, InvalidSeal> validate_seal(
        const Header& header, const Header& /*parent*/,
        const Ancestry& /*ancestry*/) const override {
        if (header.nonce[0] == 0xff) return std::unexpected{InvalidSeal{.reason = "nobody's seal"}};
        return {};
    }
    [[nodiscard]] bool is_final() const noexcept override { return true; }

    std::unique_ptr<Consensus> trusting;
};

struct FinalChain {
    test::ChainGenerator generator{{.senders = 8, .has_difficulty = true}};
    OwnConsensus consensus{generator.genesis()};
    std::unique_ptr<storage::Database> database = storage::Database::open({.in_memory = true});
    Chain chain{*database, generator.genesis(), consensus};
};

std::vector<Hash32> hashes_of(const std::vector<Block>& blocks) {
    std::vector<Hash32> hashes;
    for (const auto& block : blocks) hashes.push_back(block_hash(block.header));
    return hashes;
}

std::vector<Hash32> hashes_of(const std::vector<std::shared_ptr<const ExecutedBlock>>& blocks) {
    std::vector<Hash32> hashes;
    for (const auto& block : blocks) hashes.push_back(block->hash);
    return hashes;
}

/// The branch with another state root in one of its blocks, and those after it on top of that.
std::vector<Block> spoil(std::vector<Block> branch, std::size_t at) {
    branch[at].header.state_root[0] ^= 1;
    for (auto i = at + 1; i < branch.size(); ++i)
        branch[i].header.parent_hash = block_hash(branch[i - 1].header);
    return branch;
}

void import_all(Chain& chain, std::span<const Block> blocks) {
    for (const auto& block : blocks) {
        const auto imported = chain.import(block);
        ASSERT_TRUE(imported) << to_string(imported.error());
    }
}

TEST(Chain, puts_the_genesis_block_into_an_empty_database) {
    TestChain test;
    const auto view = test.chain.view();
    EXPECT_EQ(view->head().header.number, 0U);
    EXPECT_EQ(view->head().hash, view->genesis_hash());
    EXPECT_EQ(view->head().total_difficulty, uint256{1});
    EXPECT_EQ(view->block_hash(0), view->genesis_hash());
}

TEST(Chain, goes_on_from_what_its_database_holds) {
    TestChain test;
    test.extend(3);
    Chain again{*test.database, test.generator.genesis(), *test.consensus};
    EXPECT_EQ(again.view()->head().hash, test.head());
    again.append(test.generator.build(again, test::Workload::transfers, 1));
    EXPECT_EQ(again.view()->head().header.number, 4U);
}

TEST(Chain, leaves_a_view_as_it_was_when_it_was_taken) {
    TestChain test;
    const auto before = test.chain.view();
    test.extend(2);
    EXPECT_EQ(before->head().header.number, 0U);
    EXPECT_TRUE(before->block_hash(1).is_zero());
    EXPECT_FALSE(test.chain.view()->block_hash(1).is_zero());
}

TEST(Chain, imports_what_another_chain_built) {
    TestChain test;
    const auto blocks = make_branch(2, 3);
    for (const auto& block : blocks) EXPECT_EQ(test.chain.import(block), Imported::new_head);
    EXPECT_EQ(test.head(), block_hash(blocks.back().header));
    EXPECT_EQ(test.chain.import(blocks.front()), Imported::already_known);
}

TEST(PreparedBlock, recovers_only_the_senders_that_nobody_knows) {
    TestChain chain;
    const auto block = chain.build(9);
    const auto& transactions = block->block.transactions;
    std::vector<Hash32> asked;
    const KnownSenders known = [&](std::span<const Hash32> hashes,
                                   std::span<std::optional<Address>> out) {
        asked.assign(hashes.begin(), hashes.end());
        for (std::size_t i = 0; i < out.size(); i += 2) out[i] = block->senders[i];
    };
    const PreparedBlock prepared{block->block, *chain.consensus, 1, known};
    EXPECT_EQ(prepared.senders(), block->senders);
    ASSERT_EQ(asked.size(), transactions.size());
    for (std::size_t i = 0; i != asked.size(); ++i)
        EXPECT_EQ(asked[i], transaction_hash(transactions[i])) << i;
}

TEST(PreparedBlock, names_the_transaction_without_a_sender_among_known_ones) {
    TestChain chain;
    const auto block = chain.build(9);
    auto broken = block->block;
    broken.transactions[7].r = 0;
    broken.header.transactions_root = transactions_root(broken.transactions);
    const KnownSenders known = [&](std::span<const Hash32>, std::span<std::optional<Address>> out) {
        for (std::size_t i = 0; i < 7; ++i) out[i] = block->senders[i];
    };
    const PreparedBlock prepared{broken, *chain.consensus, 1, known};
    ASSERT_TRUE(prepared.fault());
    EXPECT_EQ(prepared.fault()->rule, execution::BlockRule::sender);
    EXPECT_EQ(prepared.fault()->index, 7U);
}

TEST(Chain, refuses_a_block_without_a_known_parent) {
    TestChain test;
    const auto imported = test.chain.import(make_branch(2, 2).back());
    ASSERT_FALSE(imported);
    EXPECT_TRUE(std::holds_alternative<UnknownParent>(imported.error()));
}

TEST(Chain, refuses_a_block_that_breaks_a_rule_and_says_which) {
    TestChain test;
    auto block = make_branch(2, 1).front();
    block.header.gas_used += 1;
    const auto imported = test.chain.import(block);
    ASSERT_FALSE(imported);
    EXPECT_THAT(to_string(imported.error()), testing::StartsWith("gas_used: got "));
    EXPECT_EQ(test.number(), 0U);
}

TEST(Chain, keeps_the_last_invalid_blocks_to_be_looked_at) {
    TestChain test;
    auto block = spoil(make_branch(1, 1), 0).front();
    for (std::size_t i = 0; i <= max_bad_blocks; ++i) {
        block.header.extra_data = Bytes{static_cast<std::uint8_t>(i)};
        EXPECT_FALSE(test.chain.import(block));
    }
    const auto bad = test.chain.bad_blocks();
    ASSERT_EQ(bad.size(), max_bad_blocks);
    EXPECT_EQ(bad.front()->header.extra_data, Bytes{1});
    EXPECT_EQ(*bad.back(), block);
}

TEST(Chain, tells_listeners_of_each_new_head) {
    TestChain test;
    std::vector<HeadEvent> events;
    const auto listener =
        test.chain.add_listener([&](const HeadEvent& event) { events.push_back(event); });
    const auto blocks = test.extend(1);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_THAT(events[0].removed, IsEmpty());
    EXPECT_EQ(hashes_of(events[0].added), hashes_of(blocks));
    EXPECT_EQ(events[0].view->head().hash, test.head());
    test.chain.remove_listener(listener);
    test.extend(1);
    EXPECT_EQ(events.size(), 1U);
}

TEST(Chain, keeps_a_branch_that_is_no_heavier_beside) {
    TestChain test;
    const auto own = test.extend(2);
    const auto other = make_branch(2, 2);
    for (const auto& block : other) EXPECT_EQ(test.chain.import(block), Imported::side_block);
    EXPECT_EQ(test.head(), block_hash(own.back().header));
    EXPECT_EQ(test.chain.import(other.front()), Imported::already_known);
}

TEST(Chain, follows_the_heavier_branch) {
    TestChain test;
    const auto own = test.extend(2);
    const auto other = make_branch(2, 3);
    std::vector<HeadEvent> events;
    test.chain.add_listener([&](const HeadEvent& event) { events.push_back(event); });
    EXPECT_EQ(test.chain.import(other[0]), Imported::side_block);
    EXPECT_EQ(test.chain.import(other[1]), Imported::side_block);
    EXPECT_EQ(test.chain.import(other[2]), Imported::reorganised);
    EXPECT_EQ(test.head(), block_hash(other.back().header));
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].removed, hashes_of(own));
    EXPECT_EQ(hashes_of(events[0].removed_blocks), hashes_of(own));
    EXPECT_EQ(events[0].removed_blocks[0]->block, own[0]);
    EXPECT_EQ(events[0].removed_blocks[0]->senders.size(), own[0].transactions.size());
    EXPECT_EQ(events[0].removed_blocks[0]->receipts.size(), own[0].transactions.size());
    EXPECT_EQ(hashes_of(events[0].added), hashes_of(other));
    // And back, once the old branch is heavier again.
    TestChain first;
    import_all(first.chain, own);
    const auto longer = make_branch(1, 4);
    EXPECT_EQ(std::vector(longer.begin(), longer.begin() + 2), own);
    EXPECT_EQ(test.chain.import(longer[2]), Imported::side_block);
    EXPECT_EQ(test.chain.import(longer[3]), Imported::reorganised);
    EXPECT_EQ(test.head(), block_hash(longer.back().header));
    EXPECT_EQ(test.chain.view()->head().total_difficulty, uint256{5});
}

TEST(Chain, goes_back_to_the_old_branch_from_an_invalid_one) {
    TestChain test;
    const auto own = test.extend(2);
    const auto bad = spoil(make_branch(2, 4), 1);
    std::size_t events = 0;
    test.chain.add_listener([&](const HeadEvent&) { ++events; });
    EXPECT_EQ(test.chain.import(bad[0]), Imported::side_block);
    EXPECT_EQ(test.chain.import(bad[1]), Imported::side_block);
    const auto imported = test.chain.import(bad[2]);
    ASSERT_FALSE(imported);
    const auto* ancestor = std::get_if<InvalidAncestor>(&imported.error());
    ASSERT_NE(ancestor, nullptr);
    EXPECT_EQ(ancestor->number, 2U);
    EXPECT_EQ(ancestor->hash, block_hash(bad[1].header));
    EXPECT_THAT(ancestor->reason, testing::StartsWith("state_root: "));
    EXPECT_EQ(test.head(), block_hash(own.back().header));
    EXPECT_EQ(events, 0U);
    // It is remembered, for its descendants too.
    EXPECT_TRUE(std::holds_alternative<execution::InvalidBlock>(test.chain.import(bad[1]).error()));
    EXPECT_TRUE(std::holds_alternative<InvalidAncestor>(test.chain.import(bad[3]).error()));
    // The state is whole: the chain goes on.
    test.extend(2);
    EXPECT_EQ(test.number(), 4U);
}

TEST(Chain, finds_out_again_about_branches_after_a_restart) {
    TestChain test;
    test.extend(2);
    const auto other = make_branch(2, 3);
    import_all(test.chain, std::span{other}.first(2));
    Chain again{*test.database, test.generator.genesis(), *test.consensus};
    EXPECT_EQ(again.import(other[2]), Imported::reorganised);
}

TEST(Chain, executes_several_candidates_before_one_is_appended) {
    TestChain test;
    const auto first = test.chain.execute(make_branch(2, 1).front());
    const auto second = test.chain.execute(make_branch(3, 1).front());
    ASSERT_TRUE(first && second);
    EXPECT_EQ(test.number(), 0U);
    const auto execution = test.chain.times().execution;
    test.chain.append(*first);
    EXPECT_EQ(test.head(), (*first)->hash);
    EXPECT_EQ(test.chain.times().execution, execution) << "it ran again";
    EXPECT_TRUE(test.chain.import(make_branch(2, 2).back()));
}

TEST(Chain, executes_blocks_on_top_of_one_that_is_not_appended) {
    TestChain test;
    const auto blocks = make_branch(2, 3);
    std::vector<std::shared_ptr<const ExecutedBlock>> ancestors;
    for (const auto& block : blocks) {
        const auto executed = test.chain.execute_on(ancestors, block);
        ASSERT_TRUE(executed) << to_string(executed.error());
        ancestors.push_back(*executed);
    }
    EXPECT_EQ(test.number(), 0U);
    for (const auto& block : ancestors) test.chain.append(block);
    EXPECT_EQ(test.head(), block_hash(blocks.back().header));
}

TEST(Chain, rewinds_and_grows_again) {
    TestChain test;
    const auto blocks = test.extend(5);
    HeadEvent event;
    test.chain.add_listener([&](const HeadEvent& head) { event = head; });
    ASSERT_TRUE(test.chain.rewind_to(2));
    EXPECT_EQ(test.head(), block_hash(blocks[1].header));
    EXPECT_EQ(event.removed.size(), 3U);
    EXPECT_THAT(event.added, IsEmpty());
    EXPECT_FALSE(test.chain.rewind_to(3));
    // What was taken off is known, and heavier.
    EXPECT_EQ(test.chain.import(blocks[4]), Imported::reorganised);
    EXPECT_EQ(test.head(), block_hash(blocks[4].header));
}

TEST(Chain, sets_its_head_to_any_known_block) {
    TestChain test;
    const auto own = test.extend(3);
    const auto other = make_branch(2, 2);
    import_all(test.chain, other);
    ASSERT_TRUE(test.chain.set_head(block_hash(other[1].header)));
    EXPECT_EQ(test.head(), block_hash(other[1].header));
    ASSERT_TRUE(test.chain.set_head(block_hash(own[2].header)));
    EXPECT_EQ(test.head(), block_hash(own[2].header));
    ASSERT_TRUE(test.chain.set_head(block_hash(own[0].header)));
    EXPECT_EQ(test.number(), 1U);
    const auto unknown = test.chain.set_head(Hash32{});
    ASSERT_FALSE(unknown);
    EXPECT_TRUE(std::holds_alternative<UnknownBlock>(unknown.error()));
}

TEST(Chain, does_not_take_back_what_is_finalized) {
    TestChain test;
    const auto own = test.extend(2);
    EXPECT_FALSE(test.chain.set_safe_and_finalized(Hash32{1}, {}));
    EXPECT_TRUE(
        test.chain.set_safe_and_finalized(block_hash(own[1].header), block_hash(own[0].header)));
    EXPECT_EQ(test.chain.view()->safe(), 2U);
    EXPECT_EQ(test.chain.view()->finalized(), 1U);
    const auto other = make_branch(2, 3);
    import_all(test.chain, std::span{other}.first(2));
    const auto imported = test.chain.import(other[2]);
    ASSERT_FALSE(imported);
    EXPECT_TRUE(std::holds_alternative<ConflictsWithFinal>(imported.error()));
    EXPECT_EQ(test.head(), block_hash(own[1].header));
}

TEST(Chain, of_final_blocks_has_no_branches) {
    FinalChain test;
    const auto first = test.generator.build(test.chain, test::Workload::transfers, 1);
    const auto second = test.generator.build(test.chain, test::Workload::transfers, 2);
    test.chain.append(first);
    EXPECT_EQ(test.chain.view()->safe(), 1U);
    EXPECT_EQ(test.chain.view()->finalized(), 1U);
    const auto imported = test.chain.import(second->block);
    ASSERT_FALSE(imported);
    EXPECT_TRUE(std::holds_alternative<ConflictsWithFinal>(imported.error()));
}

TEST(Chain, takes_seals_and_hashes_from_the_consensus_protocol) {
    FinalChain test;
    const auto block = test.generator.build(test.chain, test::Workload::transfers, 1);
    auto sealed = block->block;
    sealed.header.nonce[0] = 0xff;
    const auto refused = test.chain.import(sealed);
    ASSERT_FALSE(refused);
    EXPECT_EQ(to_string(refused.error()), "seal: nobody's seal");

    sealed.header.nonce[0] = 0x01;
    test.chain.append(block, &sealed.header);
    EXPECT_EQ(test.chain.view()->head().hash, block->hash);
    EXPECT_EQ(test.chain.view()->head().header.nonce[0], 0x01);
    // The next one's parent hash is the protocol's.
    const auto next = test.generator.build(test.chain, test::Workload::transfers, 1);
    EXPECT_EQ(next->block.header.parent_hash, block->hash);
    EXPECT_EQ(test.chain.import(next->block), Imported::new_head);
}

TEST(Chain, imports_what_has_run_before_without_running_it_again) {
    FinalChain test;
    const auto candidate = test.generator.build(test.chain, test::Workload::transfers, 3);
    Hash32 asked;
    test.chain.set_known_executions([&](const Hash32& hash) {
        asked = hash;
        return candidate;
    });
    auto sealed = candidate->block;
    sealed.header.nonce[0] = 0xff;
    EXPECT_FALSE(test.chain.import(sealed)) << "nobody's seal";
    sealed.header.nonce[0] = 0x01;
    const auto time = test.chain.times().execution;
    EXPECT_EQ(test.chain.import(sealed), Imported::new_head);
    EXPECT_EQ(test.chain.times().execution, time);
    EXPECT_EQ(asked, candidate->hash);
    EXPECT_EQ(test.chain.view()->head().header.nonce[0], 0x01);
    EXPECT_EQ(test.chain.view()->blocks().block(1)->transactions, candidate->block.transactions);
}

TEST(Chain, patches_the_state_of_its_head) {
    TestChain test;
    test.extend(1);
    std::size_t events = 0;
    test.chain.add_listener([&](const HeadEvent&) { ++events; });
    const auto balance = [&] {
        const auto view = test.chain.view();
        const auto account = view->blocks().state_at(view->head().header.number)->account(somebody);
        return account ? account->balance : uint256{};
    };
    const auto inverse = test.chain.patch_state(
        {.accounts = {{.address = somebody, .account = Account{.balance = 7}, .storage = {}}},
         .codes = {}});
    EXPECT_EQ(balance(), uint256{7});
    EXPECT_EQ(events, 0U);
    test.extend(1);
    EXPECT_EQ(balance(), uint256{7});
    test.chain.patch_state(inverse);
    EXPECT_EQ(balance(), uint256{});
}

TEST(Chain, records_revert_reasons_when_told_to) {
    TestChain test;
    Chain chain{
        *test.database, test.generator.genesis(), *test.consensus, {.record_revert_reasons = true}};
    const auto block = test.generator.build(chain, test::Workload::transfers, 2);
    EXPECT_EQ(block->revert_reasons.size(), 2U);
    const auto executed = chain.execute(block->block);
    ASSERT_TRUE(executed);
    EXPECT_EQ((*executed)->revert_reasons.size(), 2U);
    EXPECT_THAT(test.build(2)->revert_reasons, IsEmpty());
}

}  // namespace
}  // namespace meta138::blockchain
