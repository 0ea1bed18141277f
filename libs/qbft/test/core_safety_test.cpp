// SPDX-License-Identifier: Apache-2.0
// What a validator may sign, and what it remembers.
#include "core_fixture.hpp"

namespace meta138::qbft::test {
namespace {

using enum Observation::Kind;

class CoreSafety : public CoreTest {
protected:
    /// The process is killed and comes back with its disk.
    void reboot() {
        if (disk) disk = decode_safety_record(encode_safety_record(*disk)).value();
        restart(disk);
        log.clear();
    }
};

TEST_F(CoreSafety, what_is_signed_is_on_disk_before_it_is_sent) {
    begin();
    prepare_round_0();
    wait(1s);
    for (const std::size_t i : {0U, 1U, 2U}) deliver(round_change(i, 3, disk->certificate));
    std::optional<SafetyRecord> record;
    std::size_t own = 0;
    for (const auto& action : log) {
        if (const auto* const persist = std::get_if<Persist>(&action)) record = persist->record;
        const auto* const send = std::get_if<Send>(&action);
        if (send == nullptr || send->not_to) continue;
        ++own;
        ASSERT_TRUE(record);
        switch (send->code) {
            case MessageCode::proposal: EXPECT_TRUE(record->proposed); break;
            case MessageCode::prepare: EXPECT_TRUE(record->prepared); break;
            case MessageCode::commit:
                EXPECT_TRUE(record->committed);
                EXPECT_EQ(record->certificate->round, 0U);
                break;
            case MessageCode::round_change: EXPECT_EQ(record->round_change, *send->payload); break;
        }
    }
    EXPECT_EQ(own, 6U);
}

TEST_F(CoreSafety, one_write_serves_all_that_an_event_signs) {
    answers = false;
    begin();
    deliver(proposal(2, 2, block(2, 2), quorum_of_changes(2)));
    run(core->on_validated(all<ValidateBlock>()[0].hash, true, now));
    EXPECT_EQ(sent(MessageCode::round_change).size(), 1U);
    EXPECT_EQ(sent(MessageCode::prepare).size(), 1U);
    EXPECT_EQ(all<Persist>().size(), 1U);
    log.clear();
    run(core->on_connected(keys[0].address, now));
    EXPECT_TRUE(all<Persist>().empty());
}

TEST_F(CoreSafety, a_restarted_validator_prepares_no_other_block) {
    begin();
    const auto first = block(0, 0, 1);
    deliver(proposal(0, 0, first));
    reboot();
    begin();
    // Says again what it said.
    ASSERT_EQ(sent(MessageCode::prepare).size(), 1U);
    EXPECT_EQ(decode_prepare(*sent(MessageCode::prepare)[0].payload),
              prepare(self, 0, digest(first)));
    deliver(proposal(0, 0, block(0, 0, 2)));
    EXPECT_EQ(sent(MessageCode::prepare).size(), 1U);
    EXPECT_EQ(count(signing_refused), 1U);
}

TEST_F(CoreSafety, a_restarted_validator_prepares_the_same_block_again) {
    begin();
    const auto proposed = block(0, 0);
    deliver(proposal(0, 0, proposed));
    reboot();
    begin();
    deliver(proposal(0, 0, proposed));
    for (const std::size_t i : {0U, 1U}) deliver(prepare(i, 0, digest(proposed)));
    EXPECT_EQ(sent(MessageCode::commit).size(), 1U);
}

TEST_F(CoreSafety, a_restarted_validator_commits_again_to_what_it_prepared) {
    begin();
    const auto proposed = prepare_round_0();
    reboot();
    start();
    ASSERT_EQ(sent(MessageCode::commit).size(), 1U);
    EXPECT_EQ(decode_commit(*sent(MessageCode::commit)[0].payload), commit(self, 0, proposed));
    for (const std::size_t i : {0U, 1U}) deliver(commit(i, 0, proposed));
    EXPECT_EQ(all<ImportBlock>().size(), 1U);
}

TEST_F(CoreSafety, a_restarted_validator_comes_back_in_its_round_with_its_certificate) {
    begin();
    const auto prepared = prepare_round_0();
    for (const std::size_t i : {0U, 1U}) deliver(round_change(i, 4));
    ASSERT_EQ(round(), 4U);
    const auto before = *sent(MessageCode::round_change).back().payload;
    reboot();
    start();
    EXPECT_EQ(round(), 4U);
    ASSERT_EQ(sent(MessageCode::round_change).size(), 1U);
    EXPECT_EQ(*sent(MessageCode::round_change)[0].payload, before);
    EXPECT_TRUE(all<Persist>().empty());
    EXPECT_TRUE(all<ValidateBlock>().empty());
    // And counts for itself.
    wait(1s);
    for (const std::size_t i : {0U, 1U}) deliver(round_change(i, 7));
    EXPECT_EQ(*last_round_change().block, *prepared);
}

TEST_F(CoreSafety, a_restarted_validator_signs_for_no_lower_round) {
    begin();
    for (const std::size_t i : {0U, 1U}) deliver(round_change(i, 4));
    reboot();
    begin();
    log.clear();
    deliver(proposal(0, 0, block(0, 0)));
    deliver(proposal(2, 2, block(2, 2), quorum_of_changes(2)));
    wait(1s);
    for (const auto code : {MessageCode::proposal, MessageCode::prepare, MessageCode::commit})
        EXPECT_TRUE(sent(code).empty());
}

TEST_F(CoreSafety, a_restarted_proposer_proposes_no_second_block) {
    begin();
    for (const std::size_t i : {0U, 1U, 2U}) deliver(round_change(i, 3));
    const auto built = block(3, self, 1);
    run(core->on_built(1, 3, built, now));
    ASSERT_EQ(sent(MessageCode::proposal).size(), 1U);
    const auto before = *sent(MessageCode::proposal)[0].payload;
    reboot();
    start();
    for (const std::size_t i : {0U, 1U, 2U}) deliver(round_change(i, 3));
    EXPECT_TRUE(all<BuildBlock>().empty());
    EXPECT_TRUE(sent(MessageCode::proposal).empty());
    // Its own proposal may come back from the others, and is as good as ever.
    deliver(MessageCode::proposal, before, keys[0].address);
    for (const std::size_t i : {0U, 1U}) deliver(prepare(i, 3, digest(built)));
    EXPECT_EQ(sent(MessageCode::commit).size(), 1U);
}

TEST_F(CoreSafety, signs_nothing_below_a_height_it_has_signed_for) {
    restart(SafetyRecord{.number = 5, .round = 0});
    begin();
    deliver(proposal(0, 0, block(0, 0)));
    wait(1min);
    EXPECT_TRUE(all<Send>().empty());
    EXPECT_EQ(count(signing_refused), 1U);
    start(6);
    EXPECT_TRUE(core->status().is_validator);
}

TEST_F(CoreSafety, one_round_change_is_signed_for_a_round) {
    begin();
    prepare_round_0();
    wait(1s);
    const auto first = *sent(MessageCode::round_change).back().payload;
    for (int i = 0; i < 3; ++i) {
        reboot();
        begin();
        wait(1s);
        for (const auto& message : sent(MessageCode::round_change))
            EXPECT_EQ(*message.payload, first);
    }
}

TEST_F(CoreSafety, without_a_record_it_starts_at_round_0) {
    begin();
    prepare_round_0();
    restart(std::nullopt);
    start();
    EXPECT_EQ(round(), 0U);
}

TEST_F(CoreSafety, all_are_killed_between_prepare_and_commit_and_decide_that_block) {
    CoreNetwork network{{}};
    ASSERT_TRUE(network.run_to(2, 5s));
    // Everybody is prepared, nobody has seen a Commit.
    network.loses = [](std::size_t, std::size_t, MessageCode code) {
        return code == MessageCode::commit;
    };
    ASSERT_TRUE(network.run_until(
        [&] {
            for (std::size_t i = 0; i < 4; ++i) {
                const auto& disk = network.node(i).disk;
                if (disk->number != 3 || !disk->certificate) return false;
            }
            return true;
        },
        5s));
    const auto prepared = on_chain_hash(network.node(0).disk->certificate->block->header);
    for (std::size_t i = 0; i < 4; ++i) network.crash(i);
    network.loses = {};
    for (std::size_t i = 0; i < 4; ++i) network.restart(i);
    ASSERT_TRUE(network.run_to(3, 5s));
    EXPECT_EQ(on_chain_hash(network.node(0).chain[3].header), prepared);
    EXPECT_EQ(network.broken(), "");
}

// One decides and is cut off before it tells; the others must not decide another block.
TEST_F(CoreSafety, what_one_has_decided_the_others_decide) {
    for (std::size_t lucky = 0; lucky < 4; ++lucky) {
        CoreNetwork network{{.blocks_travel = false}};
        network.loses = [&](std::size_t, std::size_t to, MessageCode code) {
            return code == MessageCode::commit && to != lucky;
        };
        ASSERT_TRUE(network.run_until([&] { return network.head(lucky) == 1; }, 5s));
        network.crash(lucky);
        network.loses = {};
        ASSERT_TRUE(network.run_to(2, 30s)) << network.story(lucky == 0 ? 1 : 0);
        EXPECT_EQ(network.broken(), "");  // one block a height
    }
}

TEST_F(CoreSafety, a_crash_between_any_two_actions_does_no_harm) {
    for (int victim_action = 0; victim_action < 60; ++victim_action) {
        CoreNetwork network{{}};
        int actions = 0;
        network.crashes_before = [&](std::size_t node, const Action& action) {
            return node == 1 && !std::holds_alternative<Observation>(action) &&
                   actions++ == victim_action;
        };
        network.run_for(3s);
        if (!network.node(1).core) network.restart(1);
        EXPECT_TRUE(network.run_to(4, 15s)) << victim_action << network.story(1);
        EXPECT_EQ(network.broken(), "") << victim_action;
    }
}

TEST_F(CoreSafety, a_proposer_that_shows_each_a_different_block_does_not_split_them) {
    // Node 0 of the network is byzantine: its key is used by the test.
    CoreNetwork network{{}};
    network.crash(0);
    network.run_for(10ms);
    const auto parent = network.node(1).chain[0].header;
    for (std::size_t to = 1; to < 4; ++to) {
        const auto salt = static_cast<std::uint8_t>(100 + to % 2);
        const auto forged = std::make_shared<const Block>(
            make_block(parent, network.node(0).key.address, network.addresses(),
                       parent.timestamp + 1, 0, salt));
        const Proposal message{
            .proposal =
                sign_proposal({.sequence = 1, .round = 0, .block = forged, .block_access_list = {}},
                              network.node(0).key.sign, network.node(0).key.address),
            .round_changes = {},
            .prepares = {}};
        network.deliver(to, MessageCode::proposal, encode_proposal(message),
                        network.node(0).key.address);
        // And votes for both, to everybody.
        for (std::size_t other = 1; other < 4; ++other) {
            network.deliver(
                other, MessageCode::prepare,
                encode_prepare(sign_prepare(
                    {.sequence = 1, .round = 0, .digest = committed_seal_hash(forged->header)},
                    network.node(0).key.sign, network.node(0).key.address)),
                network.node(0).key.address);
        }
    }
    EXPECT_TRUE(network.run_to(5, 20s)) << network.story(1);
    EXPECT_EQ(network.broken(), "");
}

}  // namespace
}  // namespace meta138::qbft::test
