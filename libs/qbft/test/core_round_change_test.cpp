// SPDX-License-Identifier: Apache-2.0
// Round changes: what the field suffers from (numbers are issues of besu-eth/besu), each by name.
#include "core_fixture.hpp"

namespace meta138::qbft::test {
namespace {

using enum Observation::Kind;

class CoreRoundChange : public CoreTest {
protected:
    /// Its round 1 has begun: the time of round 0 was up.
    void time_out() {
        start();
        wait(period);
        wait(1s);
    }
};

TEST_F(CoreRoundChange, comes_when_the_time_of_the_round_is_up) {
    begin();
    wait(999ms);
    EXPECT_EQ(round(), 0U);
    wait(1ms);
    EXPECT_EQ(round(), 1U);
    ASSERT_EQ(sent(MessageCode::round_change).size(), 1U);
    EXPECT_EQ(last_round_change().round_change, round_change(self, 1).round_change);
    EXPECT_EQ(count(round_timed_out), 1U);
    EXPECT_FALSE(last(round_summary)->text.empty());
}

TEST_F(CoreRoundChange,
       gives_each_round_twice_the_time_up_to_a_limit) {  // Besu has no limit: #7642
    settings.max_round_timeout = 5s;
    restart(std::nullopt);
    time_out();
    const milliseconds expected[] = {2s, 4s, 5s, 5s};
    for (std::uint32_t i = 0; i < 4; ++i) {
        // The others time out with it.
        for (const std::size_t j : {0U, 1U}) deliver(round_change(j, i + 1));
        ASSERT_EQ(round(), i + 1);
        wait(expected[i] - 1ms);
        EXPECT_EQ(round(), i + 1);
        wait(1ms);
        EXPECT_EQ(round(), i + 2);
    }
}

TEST_F(CoreRoundChange, holds_a_round_while_too_few_are_heard_in_it) {  // #7642
    time_out();
    deliver(round_change(0, 1));
    wait(10min);
    EXPECT_EQ(round(), 1U);
    EXPECT_GE(count(round_held), 1U);
    deliver(round_change(1, 1));
    wait(2s);
    EXPECT_EQ(round(), 2U);
}

TEST_F(CoreRoundChange, is_repeated_while_the_round_lasts) {  // #8397
    time_out();
    for (int i = 0; i < 5; ++i) wait(1s);
    const auto messages = sent(MessageCode::round_change);
    ASSERT_EQ(messages.size(), 6U);
    EXPECT_EQ(*messages[0].payload, *messages[5].payload);
    EXPECT_EQ(all<Persist>().size(), 1U);
}

TEST_F(CoreRoundChange, follows_one_honest_validator_at_least) {  // #1822, #7838
    begin();
    deliver(round_change(0, 7));
    EXPECT_EQ(round(), 0U);
    deliver(round_change(1, 5));
    EXPECT_EQ(round(), 5U);
    EXPECT_EQ(last_round_change().round_change.payload.round, 5U);
}

TEST_F(CoreRoundChange, can_do_without_following_early) {
    settings.early_round_change = false;
    restart(std::nullopt);
    begin();
    for (const std::size_t i : {0U, 1U}) deliver(round_change(i, 5));
    EXPECT_EQ(round(), 0U);
    deliver(round_change(2, 5));
    EXPECT_EQ(round(), 5U);
}

TEST_F(CoreRoundChange, without_following_early_it_follows_when_half_its_time_is_up) {
    settings.early_round_change = false;
    restart(std::nullopt);
    time_out();
    deliver(round_change(0, 9));
    deliver(round_change(1, 4));
    wait(999ms);  // Half of a round's time is left to it.
    EXPECT_EQ(round(), 1U);
    wait(1ms);
    EXPECT_EQ(round(), 4U);
}

TEST_F(CoreRoundChange, follows_votes_in_a_higher_round_too) {
    begin();
    for (const std::size_t i : {0U, 1U}) deliver(prepare(i, 3, {}));
    EXPECT_EQ(round(), 3U);
}

TEST_F(CoreRoundChange, a_proposal_of_a_higher_round_is_followed) {
    begin();
    deliver(proposal(2, 2, block(2, 2), quorum_of_changes(2)));
    EXPECT_EQ(round(), 2U);
    EXPECT_EQ(sent(MessageCode::prepare).size(), 1U);
    EXPECT_EQ(last_round_change().round_change.payload.round, 2U);
}

TEST_F(CoreRoundChange, an_unjustified_proposal_of_a_higher_round_is_not_followed) {
    begin();
    auto changes = quorum_of_changes(2);
    changes.pop_back();
    deliver(proposal(2, 2, block(2, 2), changes));
    EXPECT_EQ(round(), 0U);
    EXPECT_EQ(last(message_invalid)->text, "no quorum of round changes");
}

// Besu loses the certificate when another message than its own timer ends the round.
TEST_F(CoreRoundChange, shows_what_was_prepared_after_a_jump_by_round_changes) {
    begin();
    const auto prepared = prepare_round_0();
    for (const std::size_t i : {0U, 1U, 2U}) deliver(round_change(i, 2));
    const auto message = last_round_change();
    ASSERT_TRUE(message.block);
    EXPECT_EQ(*message.block, *prepared);
    EXPECT_EQ(message.round_change.payload.prepared->prepared_round, 0U);
    EXPECT_EQ(message.prepares.size(), 3U);
}

TEST_F(CoreRoundChange, shows_what_was_prepared_after_a_jump_by_a_proposal) {
    begin();
    const auto prepared = prepare_round_0();
    deliver(proposal(2, 2, block(2, 2), quorum_of_changes(2)));
    EXPECT_EQ(*last_round_change().block, *prepared);
}

TEST_F(CoreRoundChange, keeps_what_was_prepared_over_rounds_that_prepare_nothing) {
    begin();
    const auto prepared = prepare_round_0();
    for (std::uint32_t target = 1; target < 6; ++target) {
        for (const std::size_t i : {0U, 1U}) deliver(round_change(i, target));
        EXPECT_EQ(*last_round_change().block, *prepared);
    }
}

TEST_F(CoreRoundChange, shows_the_block_that_was_prepared_last) {
    begin();
    prepare_round_0();
    const auto second = block(2, 2);
    deliver(proposal(2, 2, second, quorum_of_changes(2)));
    for (const std::size_t i : {0U, 1U}) deliver(prepare(i, 2, digest(second)));
    wait(5s);
    ASSERT_EQ(round(), 3U);
    EXPECT_EQ(*last_round_change().block, *second);
    EXPECT_EQ(last_round_change().round_change.payload.prepared->prepared_round, 2U);
}

TEST_F(CoreRoundChange, proposes_the_prepared_block_again_and_changes_only_its_round) {  // #6613
    begin();
    const auto prepared = block(0, 0);
    deliver(round_change(0, 3, certificate(0, prepared)));
    deliver(round_change(1, 3));
    deliver(round_change(2, 3));
    ASSERT_EQ(sent(MessageCode::proposal).size(), 1U);
    EXPECT_TRUE(all<BuildBlock>().empty());
    const auto message = decode_proposal(*sent(MessageCode::proposal)[0].payload);
    const auto& again = *message->proposal.payload.block;
    EXPECT_EQ(again, *in_round(prepared, 3));
    EXPECT_EQ(on_chain_hash(again.header), on_chain_hash(prepared->header));
    EXPECT_EQ(message->prepares.size(), 3U);
    EXPECT_EQ(all<ValidateBlock>().size(), 1U);  // once, although it came in two rounds
    EXPECT_EQ(sent(MessageCode::prepare).size(), 1U);
}

TEST_F(CoreRoundChange, proposes_the_block_of_the_highest_certificate) {
    begin();
    const auto low = block(0, 0);
    const auto high = block(1, 1);
    deliver(round_change(0, 3, certificate(0, low)));
    deliver(round_change(1, 3, certificate(1, high)));
    deliver(round_change(2, 3));
    const auto message = decode_proposal(*sent(MessageCode::proposal)[0].payload);
    EXPECT_EQ(*message->proposal.payload.block, *in_round(high, 3));
}

TEST_F(CoreRoundChange, a_network_decides_the_prepared_block_whose_commits_were_lost) {  // #6613
    CoreNetwork network{{}};
    network.loses = [&](std::size_t from, std::size_t, MessageCode code) {
        return code == MessageCode::commit && network.node(from).core->status().round == 0 &&
               network.head(from) < 3;
    };
    ASSERT_TRUE(network.run_to(3, 20s));
    EXPECT_EQ(network.broken(), "");
    for (std::size_t i = 0; i < network.size(); ++i) {
        EXPECT_EQ(network.node(i).decided_in, (std::vector<std::uint32_t>{1, 1, 1}));
        // Each builds in its turn only, and none builds in the rounds above.
        EXPECT_LE(network.node(i).builds, 2U);
    }
}

TEST_F(CoreRoundChange, a_certificate_counts_each_prepare_once) {  // #2459
    begin();
    const auto proposed = block(0, 0);
    deliver(proposal(0, 0, proposed));
    for (int i = 0; i < 3; ++i)
        for (const std::size_t from : {0U, 1U})
            deliver(MessageCode::prepare, encode_prepare(prepare(0, 0, digest(proposed))),
                    keys[from].address);
    EXPECT_TRUE(sent(MessageCode::commit).empty());
    deliver(prepare(1, 0, digest(proposed)));
    wait(1s);
    const auto prepares = last_round_change().prepares;
    std::set<Address> authors;
    for (const auto& message : prepares) authors.insert(*message.author);
    EXPECT_EQ(prepares.size(), 3U);
    EXPECT_EQ(authors.size(), 3U);
}

TEST_F(CoreRoundChange, a_certificate_with_a_prepare_twice_is_refused) {  // #2459
    begin();
    auto twice = certificate(0, block(0, 0));
    twice.prepares[2] = twice.prepares[1];
    deliver(round_change(0, 3, twice));
    EXPECT_EQ(last(message_invalid)->text, "prepares are not of different validators");
}

TEST_F(CoreRoundChange, of_a_flood_of_rounds_little_is_kept) {  // #11102, GHSA-23rh-rrqg-wq82
    begin();
    deliver(round_change(0, 0xffffffff));
    deliver(round_change(0, 1001));
    EXPECT_EQ(count(message_invalid), 2U);
    for (std::uint32_t target = 1; target < 3000; ++target) deliver(round_change(0, target));
    EXPECT_EQ(round(), 0U);
    EXPECT_LE(gossiped().size(), 64U);
    // The others are not kept out.
    deliver(round_change(1, 2));
    EXPECT_EQ(round(), 2U);
}

TEST_F(CoreRoundChange, does_not_come_before_the_block_may_be_proposed) {  // #2095
    start();
    deliver(proposal(0, 0, block(0, 0)));  // early: the period has not passed
    wait(period + 999ms);
    EXPECT_EQ(round(), 0U);
    wait(1ms);
    EXPECT_EQ(round(), 1U);
}

TEST_F(CoreRoundChange, its_time_counts_from_the_quorum_that_lets_it_be_proposed) {
    time_out();
    wait(1900ms);
    for (const std::size_t i : {0U, 1U}) deliver(round_change(i, 1));
    wait(1900ms);
    EXPECT_EQ(round(), 1U);
    wait(100ms);
    EXPECT_EQ(round(), 2U);
}

TEST_F(CoreRoundChange, the_laggard_is_told) {  // #7642
    begin();
    for (const std::size_t i : {0U, 1U}) deliver(round_change(i, 4));
    log.clear();
    deliver(round_change(2, 1));
    ASSERT_EQ(sent(MessageCode::round_change).size(), 1U);
    EXPECT_EQ(sent(MessageCode::round_change)[0].to, std::vector{keys[2].address});
    deliver(round_change(2, 2));
    EXPECT_EQ(sent(MessageCode::round_change).size(), 1U);  // once in a round
}

TEST_F(CoreRoundChange, an_operator_can_start_the_round_anew) {  // besu-docs#611
    time_out();
    for (const std::size_t i : {0U, 1U}) deliver(round_change(i, 6));
    ASSERT_EQ(round(), 6U);
    EXPECT_GT(*core->due_in(now), 0s);
    log.clear();
    for (const std::size_t i : {0U, 1U}) deliver(round_change(i, 7));
    deliver(round_change(2, 7));
    ASSERT_EQ(round(), 7U);
    log.clear();
    run(core->reset_round_timer(now));
    EXPECT_EQ(sent(MessageCode::round_change).size(), 1U);
    wait(1s);
    EXPECT_EQ(round(), 8U);
}

TEST_F(CoreRoundChange, a_late_decision_of_the_round_before_is_taken) {
    begin();
    const auto prepared = prepare_round_0();
    wait(1s);
    ASSERT_EQ(round(), 1U);
    for (const std::size_t i : {0U, 1U}) deliver(commit(i, 0, prepared));
    ASSERT_EQ(all<ImportBlock>().size(), 1U);
    EXPECT_EQ(decode_extra_data(all<ImportBlock>()[0].block->header.extra_data)->round, 0U);
}

TEST_F(CoreRoundChange, an_unsent_commit_of_a_round_that_was_left_does_not_count) {
    begin();
    const auto proposed = block(0, 0);
    deliver(proposal(0, 0, proposed));
    wait(1s);
    ASSERT_EQ(round(), 1U);
    EXPECT_FALSE(last_round_change().block);
    for (const std::size_t i : {0U, 1U}) deliver(commit(i, 0, proposed));
    EXPECT_TRUE(all<ImportBlock>().empty());
}

TEST_F(CoreRoundChange, a_block_whose_header_has_another_round_makes_no_certificate) {
    begin();
    deliver(round_change(0, 3, certificate(0, block(5, 0))));
    EXPECT_EQ(last(message_invalid)->text, "the block's round is not the prepared one");
}

TEST_F(CoreRoundChange, a_refused_block_is_asked_about_again_in_a_later_round) {
    begin();
    is_valid = false;  // its time is ahead of the clock here
    const auto proposed = block(0, 0);
    deliver(proposal(0, 0, proposed));
    EXPECT_TRUE(sent(MessageCode::prepare).empty());
    is_valid = true;
    for (const std::size_t i : {0U, 1U, 2U}) deliver(round_change(i, 1, certificate(0, proposed)));
    const auto again = in_round(proposed, 1);
    deliver(proposal(
        1, 1, again,
        {round_change(0, 1, certificate(0, proposed)), round_change(1, 1, certificate(0, proposed)),
         round_change(2, 1, certificate(0, proposed))},
        certificate(0, proposed).prepares));
    EXPECT_EQ(sent(MessageCode::prepare).size(), 1U);
}

TEST_F(CoreRoundChange, rounds_that_have_drifted_apart_meet_again) {  // #7642
    CoreNetwork network{{.max_round_timeout = 60s}};
    // As after a halt of hours, in which each was restarted at some time.
    const std::uint32_t rounds[] = {6, 9, 10, 0};
    for (std::size_t i = 0; i < 4; ++i) {
        SafetyRecord record{.number = 1, .round = rounds[i]};
        if (rounds[i] > 0)
            record.round_change =
                encode_round_change({.round_change = sign_round_change(
                                         {.sequence = 1, .round = rounds[i]},
                                         network.node(i).key.sign, network.node(i).key.address)});
        network.node(i).disk = record;
        network.restart(i);
    }
    EXPECT_TRUE(network.run_to(1, 3s)) << network.story(0) << network.story(1);
    EXPECT_EQ(network.broken(), "");
}

TEST_F(CoreRoundChange,
       a_network_without_a_quorum_does_not_climb_and_goes_on_at_once) {  // docs#611
    CoreNetwork network{{}};
    ASSERT_TRUE(network.run_to(3, 5s));
    network.crash(0);
    network.crash(1);
    network.run_for(1h);
    EXPECT_LE(network.node(2).core->status().round, 2U);
    EXPECT_LE(network.node(3).core->status().round, 2U);
    network.restart(0);
    EXPECT_TRUE(network.run_until([&] { return network.highest_head() >= 5; }, 15s))
        << network.story(0) << network.story(2);
    EXPECT_EQ(network.broken(), "");
}

TEST_F(CoreRoundChange, one_silent_validator_costs_one_time_out_in_its_turn) {  // #6398
    CoreNetwork network{{.validators = 5}};
    network.crash(4);
    ASSERT_TRUE(network.run_to(20, 30s));
    const auto& rounds = network.node(0).decided_in;
    EXPECT_LE(std::ranges::count(rounds, 1U), 5);
    EXPECT_EQ(std::ranges::count_if(rounds, [](auto round) { return round > 1; }), 0);
}

TEST_F(CoreRoundChange,
       all_that_start_at_once_on_an_old_genesis_decide_in_round_0) {  // #10917, #528
    CoreNetwork network{{.genesis_age = 24h}};
    ASSERT_TRUE(network.run_to(3, 5s));
    EXPECT_EQ(network.node(0).decided_in, (std::vector<std::uint32_t>{0, 0, 0}));
}

TEST_F(CoreRoundChange, a_split_in_halves_heals) {
    CoreNetwork network{{}};
    ASSERT_TRUE(network.run_to(3, 5s));
    network.partition({{0, 1}, {2, 3}});
    network.run_for(10min);
    EXPECT_LE(network.highest_head(), 4U);
    network.heal();
    EXPECT_TRUE(network.run_to(6, 20s)) << network.story(0) << network.story(2);
    EXPECT_EQ(network.broken(), "");
}

TEST_F(CoreRoundChange, lost_messages_are_made_up_for) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        CoreNetwork network{{.seed = seed, .loss = 0.3}};
        EXPECT_TRUE(network.run_to(20, 60s)) << seed << network.story(0);
        EXPECT_EQ(network.broken(), "");
    }
}

}  // namespace
}  // namespace meta138::qbft::test
