// SPDX-License-Identifier: Apache-2.0
// The pieces of the core, each by itself.
#include "block_verdicts.hpp"
#include "core_fixture.hpp"
#include "future_messages.hpp"
#include "heard.hpp"
#include "height.hpp"
#include "justification.hpp"
#include "later_votes.hpp"
#include "message_history.hpp"
#include "outbox.hpp"
#include "round.hpp"
#include "round_change_collector.hpp"
#include "signing_record.hpp"

namespace meta138::qbft::test {
namespace {

Hash32 hash_of(std::uint8_t number) {
    Hash32 hash;
    hash[0] = number;
    return hash;
}

class Parts : public CoreTest {
protected:
    Height of_four{height()};
};

class RoundVotes : public Parts {};

TEST_F(RoundVotes, are_prepared_by_a_quorum_for_the_proposal) {
    Round round{of_four, 0};
    const auto proposed = block(0, 0);
    EXPECT_EQ(round.add(prepare(0, 0, digest(proposed))), Added::counted);
    EXPECT_EQ(round.add(prepare(1, 0, hash_of(1))), Added::counted);
    EXPECT_EQ(round.add(prepare(2, 0, digest(proposed))), Added::counted);
    EXPECT_FALSE(round.is_prepared());
    round.propose(proposed_block(proposed, 0));
    EXPECT_EQ(round.prepares(), 2U);
    EXPECT_EQ(round.add(prepare(0, 0, digest(proposed))), Added::duplicate);
    EXPECT_EQ(round.add(prepare(1, 0, hash_of(1))), Added::mismatch);
    EXPECT_FALSE(round.is_prepared());
    EXPECT_EQ(round.add(prepare(3, 0, digest(proposed))), Added::counted);
    EXPECT_TRUE(round.is_prepared());
    EXPECT_EQ(round.certificate().prepares.size(), 3U);
}

TEST_F(RoundVotes, of_a_validator_that_signed_twice_the_right_one_counts) {
    Round round{of_four, 0};
    const auto proposed = block(0, 0);
    EXPECT_EQ(round.add(prepare(0, 0, hash_of(1))), Added::counted);
    EXPECT_EQ(round.add(prepare(0, 0, digest(proposed))), Added::contradiction);
    round.propose(proposed_block(proposed, 0));
    EXPECT_EQ(round.prepares(), 1U);
}

TEST_F(RoundVotes, early_commits_are_checked_against_the_proposal) {
    Round round{of_four, 0};
    const auto proposed = block(0, 0);
    auto forged = commit(1, 0, proposed);
    forged.payload.commit_seal = commit(2, 0, proposed).payload.commit_seal;
    round.add(commit(0, 0, proposed));
    round.add(forged);
    round.propose(proposed_block(proposed, 0));
    EXPECT_EQ(round.commits(), 1U);
}

TEST_F(RoundVotes,
       the_digest_and_the_seal_are_of_different_hashes_if_the_header_says_another_round) {
    Round round{of_four, 1};
    const auto odd = block(0, 1);  // GoQuorum wrote 0 there
    const auto proposed = proposed_block(odd, 1);
    EXPECT_FALSE(proposed.has_its_round);
    EXPECT_NE(proposed.digest, proposed.sealed);
    round.propose(proposed);
    EXPECT_EQ(round.add(commit(0, 1, odd)), Added::counted);
    EXPECT_EQ(committed_seal_hash(round.sealed_block()->header), proposed.sealed);
}

class Justification : public Parts {};

TEST_F(Justification, of_round_0_is_empty_and_the_proposer_is_the_builder) {
    EXPECT_FALSE(check_proposal(proposal(0, 0, block(0, 0)), of_four));
    EXPECT_EQ(check_proposal(proposal(1, 0, block(0, 1)), of_four), "not the proposer");
    EXPECT_EQ(check_proposal(proposal(0, 0, block(0, 1)), of_four), "coinbase is not the proposer");
    EXPECT_EQ(check_proposal(proposal(0, 0, block(0, 0), {round_change(0, 1)}), of_four),
              "round changes in a proposal of round 0");
    EXPECT_EQ(check_proposal(proposal(0, 0, block(0, 0), {}, {prepare(0, 0, {})}), of_four),
              "prepares in a proposal of round 0");
}

TEST_F(Justification, of_a_new_block_needs_a_quorum_that_prepared_none) {
    EXPECT_FALSE(check_proposal(proposal(1, 1, block(1, 1), quorum_of_changes(1)), of_four));
    EXPECT_EQ(check_proposal(proposal(1, 1, block(1, 0), quorum_of_changes(1)), of_four),
              "coinbase is not the proposer");
    EXPECT_EQ(check_proposal(proposal(1, 1, block(1, 1), quorum_of_changes(2)), of_four),
              "a round change targets another round");
    EXPECT_EQ(check_proposal(proposal(1, 1, block(1, 1),
                                      {round_change(0, 1), round_change(1, 1), round_change(1, 1)}),
                             of_four),
              "round changes are not of different validators");
    EXPECT_EQ(check_proposal(proposal(1, 1, block(1, 1), quorum_of_changes(1), {prepare(0, 0, {})}),
                             of_four),
              "prepares, but no round change was prepared");
}

TEST_F(Justification, of_a_prepared_block_needs_that_block_and_its_prepares) {
    const auto prepared = block(0, 0);
    const auto proof = certificate(0, prepared);
    const std::vector changes{round_change(0, 2), round_change(1, 2, proof), round_change(2, 2)};
    EXPECT_FALSE(
        check_proposal(proposal(2, 2, in_round(prepared, 2), changes, proof.prepares), of_four));
    EXPECT_EQ(check_proposal(proposal(2, 2, block(2, 2), changes, proof.prepares), of_four),
              "not the block that was prepared");
    EXPECT_EQ(check_proposal(proposal(2, 2, in_round(prepared, 2), changes), of_four),
              "no quorum of prepares");
    auto twice = proof.prepares;
    twice[2] = twice[1];
    EXPECT_EQ(check_proposal(proposal(2, 2, in_round(prepared, 2), changes, twice), of_four),
              "prepares are not of different validators");
    auto other = proof.prepares;
    other[2] = prepare(2, 1, digest(prepared));
    EXPECT_EQ(check_proposal(proposal(2, 2, in_round(prepared, 2), changes, other), of_four),
              "a prepare is of another round");
    other[2] = prepare(2, 0, hash_of(1));
    EXPECT_EQ(check_proposal(proposal(2, 2, in_round(prepared, 2), changes, other), of_four),
              "a prepare is for another block");
}

TEST_F(Justification, the_highest_prepared_round_counts) {
    const auto low = certificate(0, block(0, 0));
    const auto high = certificate(1, block(1, 1));
    const std::vector changes{round_change(0, 2, low), round_change(1, 2, high),
                              round_change(2, 2)};
    EXPECT_FALSE(
        check_proposal(proposal(2, 2, in_round(high.block, 2), changes, high.prepares), of_four));
    EXPECT_EQ(
        check_proposal(proposal(2, 2, in_round(low.block, 2), changes, low.prepares), of_four),
        "not the block that was prepared");
}

TEST_F(Justification, two_blocks_cannot_both_be_prepared_in_a_round) {
    const auto one = certificate(0, block(0, 0, 1));
    const auto other = certificate(0, block(0, 0, 2));
    EXPECT_EQ(check_proposal(
                  proposal(2, 2, in_round(one.block, 2),
                           {round_change(0, 2, one), round_change(1, 2, other), round_change(2, 2)},
                           one.prepares),
                  of_four),
              "round changes contradict each other");
}

TEST_F(Justification, a_round_change_is_checked_with_its_certificate) {
    const auto proof = certificate(1, block(1, 1));
    EXPECT_FALSE(check_round_change(round_change(0, 2), of_four));
    EXPECT_FALSE(check_round_change(round_change(0, 2, proof), of_four));
    EXPECT_EQ(check_round_change(round_change(0, 0), of_four), "a change to round 0");
    EXPECT_EQ(check_round_change(round_change(0, 1001), of_four), "round is above the highest");
    EXPECT_EQ(check_round_change(round_change(0, 1, proof), of_four),
              "prepared in a round that was not yet");
    auto without_block = round_change(0, 2, proof);
    without_block.block.reset();
    EXPECT_EQ(check_round_change(without_block, of_four), "prepared, but without the block");
    auto with_block = round_change(0, 2);
    with_block.block = proof.block;
    EXPECT_EQ(check_round_change(with_block, of_four), "a block, but not prepared");
    auto another = round_change(0, 2, proof);
    another.block = block(1, 1, 7);
    EXPECT_EQ(check_round_change(another, of_four), "not the block that was prepared");
    auto few = round_change(0, 2, proof);
    few.prepares.pop_back();
    EXPECT_EQ(check_round_change(few, of_four), "no quorum of prepares");
    // Without a block the prepares are not looked at (Besu RoundChangeMessageValidator).
    auto idle = round_change(0, 2);
    idle.prepares = {prepare(0, 0, {})};
    EXPECT_FALSE(check_round_change(idle, of_four));
}

class RoundChanges : public Parts {};

TEST_F(RoundChanges, are_kept_one_a_validator_and_round) {
    RoundChangeCollector collector;
    EXPECT_TRUE(collector.add(round_change(0, 2)));
    EXPECT_FALSE(collector.add(round_change(0, 2)));
    EXPECT_TRUE(collector.add(round_change(1, 2)));
    EXPECT_EQ(collector.count(2), 2U);
    EXPECT_EQ(collector.highest_with(2), 2U);
    EXPECT_FALSE(collector.highest_with(3));
    collector.start_round(3);
    EXPECT_EQ(collector.size(), 0U);
}

TEST_F(RoundChanges, of_one_validator_the_highest_few_rounds_are_kept) {  // besu#11102
    RoundChangeCollector collector;
    for (std::uint32_t round = 1; round <= 1000; ++round) collector.add(round_change(0, round));
    EXPECT_EQ(collector.size(), RoundChangeCollector::max_rounds_by_author);
    EXPECT_EQ(collector.count(1000), 1U);
    EXPECT_FALSE(collector.add(round_change(0, 5)));
    EXPECT_TRUE(collector.add(round_change(1, 5)));
}

TEST_F(RoundChanges, show_the_highest_certificate_and_keep_one_copy_of_each) {
    RoundChangeCollector collector;
    const auto high = certificate(1, block(1, 1));
    collector.add(round_change(0, 3, certificate(0, block(0, 0))));
    collector.add(round_change(1, 3, high));
    collector.add(round_change(2, 3, certificate(1, block(1, 1))));  // the same in another place
    const auto set = collector.collected(3);
    EXPECT_EQ(set.round_changes.size(), 3U);
    EXPECT_EQ(*set.prepared, high);
    EXPECT_EQ(set.prepared->block, high.block);
    EXPECT_EQ(high.block.use_count(), 2);
}

TEST_F(Parts, later_votes_wait_for_their_round) {
    LaterVotes votes;
    votes.add(prepare(0, 3, {}));
    votes.add(prepare(0, 3, {}));
    votes.add(prepare(1, 4, {}));
    votes.add(commit(1, 3, block(3, 3)));
    const auto taken = votes.take(3);
    EXPECT_EQ(taken.prepares.size(), 1U);
    EXPECT_EQ(taken.commits.size(), 1U);
    EXPECT_EQ(votes.size(), 1U);
    EXPECT_TRUE(votes.take(5).prepares.empty());
    EXPECT_EQ(votes.size(), 0U);
}

TEST_F(Parts, later_votes_of_one_validator_fill_only_its_share) {
    LaterVotes votes;
    for (std::uint32_t round = 1; round < 100; ++round)
        for (std::uint8_t salt = 0; salt < 10; ++salt) votes.add(prepare(0, round, hash_of(salt)));
    votes.add(prepare(1, 1, {}));
    EXPECT_EQ(votes.size(), LaterVotes::max_rounds_by_author * LaterVotes::max_of_kind + 1);
    EXPECT_EQ(votes.take(1).prepares.size(), 1U);
}

TEST_F(Parts, heard_knows_what_so_many_have_reached) {
    Heard heard;
    EXPECT_FALSE(heard.reached_by(1));
    heard.hear(keys[0].address, 5);
    heard.hear(keys[1].address, 7);
    heard.hear(keys[0].address, 3);
    EXPECT_EQ(heard.from(keys[0].address), 5U);
    EXPECT_EQ(heard.reached_by(1), 7U);
    EXPECT_EQ(heard.reached_by(2), 5U);
    EXPECT_FALSE(heard.reached_by(3));
    EXPECT_EQ(heard.count_from(6), 1U);
}

TEST_F(Parts, a_history_forgets_the_oldest) {
    MessageHistory history{2};
    EXPECT_TRUE(history.insert(hash_of(1)));
    EXPECT_FALSE(history.insert(hash_of(1)));
    history.insert(hash_of(2));
    history.insert(hash_of(3));
    EXPECT_FALSE(history.contains(hash_of(1)));
    EXPECT_TRUE(history.contains(hash_of(2)));
    EXPECT_EQ(history.size(), 2U);
    history.erase(hash_of(2));
    EXPECT_TRUE(history.insert(hash_of(2)));
}

class Future : public Parts {
protected:
    static bool add(FutureMessages& messages, std::uint64_t number, std::optional<Address> author,
                    std::uint8_t salt, std::size_t size = 10) {
        auto id = hash_of(salt);
        if (author) id[1] = (*author)[0];
        id[2] = static_cast<std::uint8_t>(number);
        Bytes payload(size, salt);
        return messages.add({.code = MessageCode::prepare, .payload = payload, .from = {}}, id,
                            number, author, 100);
    }
};

TEST_F(Future, messages_of_the_next_heights_are_kept_once_in_order) {
    FutureMessages messages{{}};
    EXPECT_TRUE(add(messages, 102, keys[0].address, 1));
    EXPECT_TRUE(add(messages, 101, keys[1].address, 2));
    EXPECT_FALSE(add(messages, 101, keys[1].address, 2));
    EXPECT_TRUE(add(messages, 101, keys[0].address, 3));
    EXPECT_FALSE(add(messages, 100, keys[0].address, 4));
    EXPECT_TRUE(add(messages, 110, keys[0].address, 5));
    EXPECT_FALSE(add(messages, 111, keys[0].address, 6));
    const auto taken = messages.take(101);
    ASSERT_EQ(taken.size(), 2U);
    EXPECT_EQ(taken[0].payload[0], 2);
    EXPECT_EQ(taken[1].payload[0], 3);
    EXPECT_EQ(messages.size(), 2U);
    EXPECT_TRUE(messages.take(105).empty());
    EXPECT_EQ(messages.size(), 1U);
    EXPECT_EQ(messages.bytes(), 10U);
}

TEST_F(Future, a_flood_of_one_author_displaces_itself) {
    FutureMessages messages{{.messages = 10}};
    EXPECT_TRUE(add(messages, 101, keys[0].address, 1));
    EXPECT_TRUE(add(messages, 110, keys[1].address, 1));
    for (std::uint8_t salt = 0; salt < 100; ++salt) add(messages, 102, keys[2].address, salt);
    EXPECT_EQ(messages.size(), 10U);
    EXPECT_EQ(messages.take(101).size(), 1U);
    EXPECT_EQ(messages.take(110).size(), 1U);
}

TEST_F(Future, strangers_share_one_place_however_many_keys_they_have) {
    FutureMessages messages{{.messages = 10}};
    for (std::uint8_t salt = 0; salt < 100; ++salt) add(messages, 101, std::nullopt, salt);
    for (const auto& key : keys) EXPECT_TRUE(add(messages, 101, key.address, 1));
    EXPECT_EQ(messages.take(101).size(), 10U);
}

TEST_F(Future, bytes_are_limited) {  // GHSA-23rh-rrqg-wq82
    FutureMessages messages{{.bytes = 1000}};
    EXPECT_FALSE(add(messages, 101, keys[0].address, 1, 1001));
    EXPECT_TRUE(add(messages, 101, keys[0].address, 2, 100));
    for (std::uint8_t salt = 0; salt < 50; ++salt) add(messages, 102, keys[1].address, salt, 400);
    EXPECT_LE(messages.bytes(), 1000U);
    EXPECT_EQ(messages.take(101).size(), 1U);
}

TEST_F(Future, none_are_kept_with_a_limit_of_0) {
    FutureMessages messages{{.messages = 0}};
    EXPECT_FALSE(add(messages, 101, keys[0].address, 1));
}

class Signing : public Parts {};

TEST_F(Signing, one_message_of_a_kind_and_round) {
    SigningRecord record{std::nullopt};
    ASSERT_TRUE(record.start_height(5));
    EXPECT_FALSE(record.resumes());
    EXPECT_TRUE(record.may_prepare(0, hash_of(1)));
    record.prepared(0, hash_of(1));
    EXPECT_TRUE(record.may_prepare(0, hash_of(1)));
    EXPECT_FALSE(record.may_prepare(0, hash_of(2)));
    EXPECT_TRUE(record.may_commit(0, hash_of(2)));
    EXPECT_TRUE(record.may_prepare(1, hash_of(2)));
    EXPECT_TRUE(record.may_propose_anything(0));
    record.proposed(0, hash_of(1));
    EXPECT_FALSE(record.may_propose_anything(0));
    EXPECT_FALSE(record.may_propose(0, hash_of(2)));
}

TEST_F(Signing, nothing_for_a_lower_round) {
    SigningRecord record{std::nullopt};
    record.start_height(5);
    record.changed_round(3, {1});
    for (std::uint32_t round = 0; round < 3; ++round) {
        EXPECT_FALSE(record.may_propose(round, {}));
        EXPECT_FALSE(record.may_prepare(round, {}));
        EXPECT_FALSE(record.may_commit(round, {}));
        EXPECT_FALSE(record.may_change_round(round));
    }
    EXPECT_FALSE(record.may_change_round(3));
    EXPECT_TRUE(record.may_prepare(3, {}));
}

TEST_F(Signing, no_round_change_for_a_round_in_which_a_block_was_prepared) {
    SigningRecord record{std::nullopt};
    record.start_height(5);
    record.keep({.round = 2, .block = block(2, 2), .prepares = {}});
    EXPECT_FALSE(record.may_change_round(2));
    EXPECT_TRUE(record.may_change_round(3));
    record.keep({.round = 1, .block = block(1, 1), .prepares = {}});
    EXPECT_EQ(record.record().certificate->round, 2U);
}

TEST_F(Signing, what_was_signed_at_a_height_is_known_after_a_restart) {
    SigningRecord record{SafetyRecord{.number = 5, .round = 2, .prepared = hash_of(1)}};
    EXPECT_FALSE(record.start_height(4));
    ASSERT_TRUE(record.start_height(5));
    EXPECT_TRUE(record.resumes());
    EXPECT_FALSE(record.may_prepare(2, hash_of(2)));
    ASSERT_TRUE(record.start_height(6));
    EXPECT_FALSE(record.resumes());
    EXPECT_TRUE(record.may_prepare(0, hash_of(2)));
}

TEST_F(Parts, an_outbox_persists_before_the_first_signed_action) {
    SigningRecord record{std::nullopt};
    record.start_height(5);
    Outbox outbox;
    outbox.add(BehindNetwork{1});
    outbox.add_signed(Send{});
    record.prepared(0, hash_of(1));
    outbox.add_signed(Send{});
    auto actions = outbox.take(record);
    ASSERT_EQ(actions.size(), 4U);
    EXPECT_TRUE(std::holds_alternative<Persist>(actions[1]));
    outbox.add_signed(Send{});
    EXPECT_EQ(outbox.take(record).size(), 1U);  // nothing new
}

TEST_F(Parts, verdicts_are_asked_for_once_until_the_next_round) {
    using enum BlockVerdicts::Verdict;
    BlockVerdicts verdicts;
    EXPECT_EQ(verdicts.find(hash_of(1)), unknown);
    verdicts.ask(hash_of(1));
    EXPECT_TRUE(
        verdicts.wait(hash_of(1), WaitingRoundChange{.message = round_change(0, 1), .id = {}}));
    EXPECT_EQ(verdicts.settle(hash_of(1), false).size(), 1U);
    EXPECT_TRUE(verdicts.settle(hash_of(1), true).empty());  // once
    EXPECT_EQ(verdicts.find(hash_of(1)), invalid);
    verdicts.start_round();
    EXPECT_EQ(verdicts.find(hash_of(1)), unknown);
    verdicts.set_valid(hash_of(2));
    verdicts.start_round();
    EXPECT_EQ(verdicts.find(hash_of(2)), valid);
}

TEST_F(Parts, few_messages_of_one_author_wait_for_a_verdict) {
    BlockVerdicts verdicts;
    verdicts.ask(hash_of(1));
    for (std::uint32_t round = 1; round < 10; ++round)
        verdicts.wait(hash_of(1), WaitingRoundChange{.message = round_change(0, round), .id = {}});
    EXPECT_TRUE(
        verdicts.wait(hash_of(1), WaitingRoundChange{.message = round_change(1, 1), .id = {}}));
    EXPECT_EQ(verdicts.settle(hash_of(1), true).size(), BlockVerdicts::max_waiting_by_author + 1);
}

}  // namespace
}  // namespace meta138::qbft::test
