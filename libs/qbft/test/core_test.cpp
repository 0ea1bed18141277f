// SPDX-License-Identifier: Apache-2.0
// The normal case, and which messages take part.
#include "core_fixture.hpp"

namespace meta138::qbft::test {
namespace {

using enum Observation::Kind;

class Core : public CoreTest {};

TEST_F(Core, prepares_a_proposal_to_all_others) {
    begin();
    const auto proposed = block(0, 0);
    deliver(proposal(0, 0, proposed));
    const auto prepares = sent(MessageCode::prepare);
    ASSERT_EQ(prepares.size(), 1U);
    EXPECT_EQ(prepares[0].to, (std::vector{keys[0].address, keys[1].address, keys[2].address}));
    EXPECT_EQ(decode_prepare(*prepares[0].payload), prepare(self, 0, digest(proposed)));
}

TEST_F(Core, commits_once_a_quorum_has_prepared) {
    begin();
    const auto proposed = block(0, 0);
    deliver(proposal(0, 0, proposed));
    deliver(prepare(0, 0, digest(proposed)));
    EXPECT_TRUE(sent(MessageCode::commit).empty());
    deliver(prepare(1, 0, digest(proposed)));
    deliver(prepare(2, 0, digest(proposed)));
    const auto commits = sent(MessageCode::commit);
    ASSERT_EQ(commits.size(), 1U);
    EXPECT_EQ(decode_commit(*commits[0].payload), commit(self, 0, proposed));
}

TEST_F(Core, imports_the_block_with_the_seals_of_a_quorum) {
    begin();
    const auto proposed = prepare_round_0();
    deliver(commit(0, 0, proposed));
    EXPECT_TRUE(all<ImportBlock>().empty());
    deliver(commit(1, 0, proposed));
    const auto imports = all<ImportBlock>();
    ASSERT_EQ(imports.size(), 1U);
    EXPECT_EQ(imports[0].hash, on_chain_hash(proposed->header));
    const auto& header = imports[0].block->header;
    EXPECT_EQ(on_chain_hash(header), on_chain_hash(proposed->header));
    const auto extra_data = decode_extra_data(header.extra_data);
    ASSERT_EQ(extra_data->seals.size(), 3U);
    std::set<Address> sealers;
    for (const auto& seal : extra_data->seals)
        sealers.insert(*crypto::recover_address(committed_seal_hash(header), seal));
    EXPECT_EQ(sealers, (std::set{keys[0].address, keys[1].address, keys[self].address}));
}

TEST_F(Core, takes_votes_that_come_before_their_proposal) {
    begin();
    const auto proposed = block(0, 0);
    for (const std::size_t i : {1U, 2U}) deliver(prepare(i, 0, digest(proposed)));
    for (const std::size_t i : {1U, 2U}) deliver(commit(i, 0, proposed));
    EXPECT_EQ(all<ImportBlock>().size(), 0U);
    deliver(proposal(0, 0, proposed));
    EXPECT_EQ(sent(MessageCode::commit).size(), 1U);
    EXPECT_EQ(all<ImportBlock>().size(), 1U);
}

TEST_F(Core, imports_without_being_prepared_and_keeps_its_commit_to_itself) {
    begin();
    const auto proposed = block(0, 0);
    deliver(proposal(0, 0, proposed));
    deliver(commit(0, 0, proposed));
    deliver(commit(1, 0, proposed));
    EXPECT_EQ(all<ImportBlock>().size(), 1U);
    EXPECT_TRUE(sent(MessageCode::commit).empty());
    EXPECT_EQ(disk->committed, digest(proposed));
}

TEST_F(Core, accepts_a_proposal_before_its_own_block_timer) {
    start();
    deliver(proposal(0, 0, block(0, 0)));
    EXPECT_EQ(sent(MessageCode::prepare).size(), 1U);
}

TEST_F(Core, counts_a_validator_once) {
    begin();
    const auto proposed = block(0, 0);
    deliver(proposal(0, 0, proposed));
    deliver(prepare(0, 0, digest(proposed)));
    auto again = prepare(0, 0, digest(proposed));
    deliver(MessageCode::prepare, encode_prepare(again), keys[1].address);
    EXPECT_EQ(core->status().prepares, 2U);  // its own, and that one
}

TEST_F(Core, refuses_a_commit_with_another_seal) {
    begin();
    const auto proposed = prepare_round_0();
    auto bad = sign_commit({.sequence = 1,
                            .round = 0,
                            .digest = digest(proposed),
                            .commit_seal = keys[0].sign(digest(block(0, 0, 9)))},
                           keys[0].sign, keys[0].address);
    deliver(bad);
    EXPECT_EQ(core->status().commits, 1U);
    EXPECT_EQ(last(message_invalid)->text, "the seal is not its author's");
    deliver(commit(0, 0, proposed));  // the good one still counts
    EXPECT_EQ(core->status().commits, 2U);
}

TEST_F(Core, imports_once_however_many_commits_come) {  // Consensys/quorum#1491
    begin();
    const auto proposed = prepare_round_0();
    for (const std::size_t i : {0U, 1U, 2U}) deliver(commit(i, 0, proposed));
    for (const std::size_t i : {0U, 1U, 2U}) deliver(commit(i, 0, proposed));
    wait(1min);
    EXPECT_EQ(all<ImportBlock>().size(), 1U);
}

TEST_F(Core, asks_about_a_block_once_and_waits) {
    answers = false;
    begin();
    const auto proposed = block(0, 0);
    deliver(proposal(0, 0, proposed));
    EXPECT_TRUE(sent(MessageCode::prepare).empty());
    ASSERT_EQ(all<ValidateBlock>().size(), 1U);
    run(core->on_validated(all<ValidateBlock>()[0].hash, true, now));
    EXPECT_EQ(sent(MessageCode::prepare).size(), 1U);
}

TEST_F(Core, takes_another_proposal_when_the_first_was_invalid) {
    begin();
    is_valid = false;
    deliver(proposal(0, 0, block(0, 0, 1)));
    EXPECT_TRUE(sent(MessageCode::prepare).empty());
    is_valid = true;
    deliver(proposal(0, 0, block(0, 0, 2)));
    EXPECT_EQ(sent(MessageCode::prepare).size(), 1U);
}

TEST_F(Core, looks_at_few_blocks_of_one_proposer_and_round) {
    begin();
    is_valid = false;
    for (std::uint8_t salt = 0; salt < 20; ++salt) deliver(proposal(0, 0, block(0, 0, salt)));
    EXPECT_EQ(all<ValidateBlock>().size(), 4U);
}

TEST_F(Core, proposes_and_votes_for_its_own_block) {
    start();
    for (std::uint32_t target = 1; target <= 3; ++target) {
        wait(target == 1 ? 2s : 0s);
        for (const std::size_t i : {0U, 1U, 2U}) deliver(round_change(i, target));
    }
    ASSERT_EQ(round(), 3U);
    ASSERT_EQ(all<BuildBlock>().size(), 1U);
    const auto built = block(3, self);
    run(core->on_built(1, 3, built, now));
    ASSERT_EQ(sent(MessageCode::proposal).size(), 1U);
    const auto message = decode_proposal(*sent(MessageCode::proposal)[0].payload);
    EXPECT_EQ(*message->proposal.payload.block, *built);
    EXPECT_GE(message->round_changes.size(), 3U);
    EXPECT_EQ(sent(MessageCode::prepare).size(), 1U);
}

TEST_F(Core, decides_alone_without_peers) {  // besu#6457
    CoreNetwork network{{.validators = 1}};
    EXPECT_TRUE(network.run_to(10, 11s));
    EXPECT_EQ(network.broken(), "");
}

TEST_F(Core, decides_with_peers_that_use_the_legacy_encoding) {
    CoreNetwork network{{.legacy_nodes = 4}};
    network.loses = [&](std::size_t, std::size_t, MessageCode code) {
        return code == MessageCode::commit && network.lowest_head() == 2 &&
               network.node(0).core->status().round == 0;
    };
    EXPECT_TRUE(network.run_to(5, 12s));
    EXPECT_EQ(network.broken(), "");
}

TEST_F(Core, speaks_as_a_quorum_of_legacy_validators_does) {
    CoreNetwork network{{.legacy_nodes = 3, .legacy_understand_legacy_only = true}};
    ASSERT_TRUE(network.run_to(8, 60s)) << network.story(3);
    network.loses = [&](std::size_t, std::size_t, MessageCode code) {
        return code == MessageCode::commit && network.lowest_head() == 9 &&
               network.node(0).core->status().round == 0;
    };
    ASSERT_TRUE(network.run_to(16, 60s)) << network.story(3);
    EXPECT_EQ(network.broken(), "");
    // Once it has heard two of them its own blocks are decided in round 0, too.
    const auto& rounds = network.node(0).decided_in;
    EXPECT_LE(std::ranges::count_if(rounds, [](auto round) { return round > 0; }), 2);
}

TEST_F(Core, one_validator_alone_does_not_make_it_speak_the_legacy_form) {
    start();
    deliver(MessageCode::round_change, encode_round_change(round_change(0, 3), MessageForm::legacy),
            keys[0].address);
    for (const std::size_t i : {1U, 2U}) deliver(round_change(i, 3));
    ASSERT_FALSE(sent(MessageCode::round_change).empty());
    EXPECT_EQ(last_round_change().form, MessageForm::current);
}

TEST_F(Core, a_legacy_form_that_somebody_else_gave_a_round_change_does_not_count) {
    start();
    for (const std::size_t i : {0U, 1U})
        deliver(MessageCode::round_change,
                encode_round_change(round_change(i, 3), MessageForm::legacy), keys[2].address);
    ASSERT_FALSE(sent(MessageCode::round_change).empty());
    EXPECT_EQ(last_round_change().form, MessageForm::current);
}

TEST_F(Core, a_quorum_less_one_of_legacy_validators_is_followed) {
    start();
    for (const std::size_t i : {0U, 1U})
        deliver(MessageCode::round_change,
                encode_round_change(round_change(i, 3), MessageForm::legacy), keys[i].address);
    ASSERT_FALSE(sent(MessageCode::round_change).empty());
    EXPECT_EQ(last_round_change().form, MessageForm::legacy);
}

TEST_F(Core, decides_in_a_network_of_mixed_versions_with_crashes) {  // besu#6613, besu#10204
    CoreNetwork network{{.legacy_nodes = 2}};
    network.loses = [&](std::size_t, std::size_t, MessageCode code) {
        return code == MessageCode::commit && network.node(0).core &&
               network.node(0).core->status().round == 0;
    };
    for (std::size_t i = 0; i < 4; ++i) {
        const auto head = network.highest_head();
        network.crash(i);
        network.run_for(3s);
        network.restart(i);
        EXPECT_TRUE(network.run_to(head + 2, 20s)) << network.story(i);
    }
    EXPECT_EQ(network.broken(), "");
}

TEST_F(Core, idles_when_it_is_no_validator_and_knows_the_height) {
    settings.local = make_key(77).address;
    core = std::make_unique<qbft::Core>(settings, std::nullopt);
    begin();
    deliver(proposal(0, 0, block(0, 0)));
    wait(1min);
    EXPECT_TRUE(log.empty());
    EXPECT_EQ(core->status().number, 1U);
    EXPECT_FALSE(core->status().is_validator);
}

TEST_F(Core, ignores_who_is_no_validator) {
    begin();
    const auto stranger = make_key(77);
    deliver(
        sign_prepare({.sequence = 1, .round = 0, .digest = {}}, stranger.sign, stranger.address));
    EXPECT_EQ(last(message_ignored)->text, "its author is no validator");
    EXPECT_TRUE(gossiped().empty());
}

TEST_F(Core, does_not_take_a_message_under_another_code_for_its_duplicate) {
    begin();
    const auto proposed = block(0, 0);
    const auto message = prepare(1, 0, digest(proposed));
    deliver(MessageCode::commit, encode_prepare(message), keys[0].address);
    deliver(MessageCode::round_change, encode_prepare(message), keys[0].address);
    deliver(message);
    deliver(proposal(0, 0, proposed));
    EXPECT_EQ(core->status().prepares, 2U);
}

TEST_F(Core, survives_bytes_that_are_no_message) {
    begin();
    for (const auto code : {MessageCode::proposal, MessageCode::prepare, MessageCode::commit,
                            MessageCode::round_change}) {
        deliver(code, {}, keys[0].address);
        deliver(code, {0xc0}, keys[0].address);
        deliver(code, Bytes(100, 0xff), keys[0].address);
    }
    EXPECT_EQ(count(message_invalid), 12U);
}

TEST_F(Core, gossips_once_and_neither_back_nor_to_the_author) {
    begin();
    const auto payload = encode_prepare(prepare(1, 0, digest(block(0, 0))));
    deliver(MessageCode::prepare, payload, keys[0].address);
    deliver(MessageCode::prepare, payload, keys[2].address);
    const auto messages = gossiped();
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_EQ(messages[0].to, (std::vector{keys[2].address}));
    EXPECT_EQ(messages[0].not_to, keys[0].address);
    EXPECT_EQ(*messages[0].payload, payload);
}

TEST_F(Core, looks_at_so_many_messages_of_one_author_and_no_more) {
    begin();
    for (std::uint8_t salt = 0; salt < 200; ++salt) {
        Hash32 of;
        of[0] = salt;
        deliver(prepare(1, 0, of));
    }
    EXPECT_EQ(gossiped().size(), 64U);
    EXPECT_EQ(last(message_ignored)->text, "too many by its author in this round");
    deliver(prepare(2, 0, {}));
    EXPECT_EQ(gossiped().size(), 65U);
    // The next round is another matter.
    wait(1s);
    deliver(round_change(1, 1));
    EXPECT_EQ(gossiped().size(), 66U);
}

TEST_F(Core, passes_on_no_envelope_that_is_not_justified) {
    begin();
    auto stripped = round_change(0, 2, certificate(0, block(0, 0)));
    stripped.prepares.clear();
    deliver(MessageCode::round_change, encode_round_change(stripped), keys[2].address);
    EXPECT_TRUE(gossiped().empty());
}

// The signature does not cover the justification: anybody can make variants of an honest message.
TEST_F(Core, others_cannot_use_up_the_share_of_an_honest_author) {
    begin();
    const auto good = round_change(0, 2, certificate(0, block(0, 0)));
    const auto relayer = make_key(77).address;
    for (std::uint8_t i = 0; i < 200; ++i) {
        auto variant = good;
        variant.prepares.assign(1 + i, good.prepares[0]);
        deliver(MessageCode::round_change, encode_round_change(variant), relayer);
    }
    EXPECT_LE(count(message_invalid), 8U);
    deliver(MessageCode::round_change, encode_round_change(good), make_key(78).address);
    deliver(round_change(1, 2));
    deliver(round_change(2, 2));
    EXPECT_EQ(round(), 2U);
    EXPECT_EQ(gossiped().size(), 3U);
}

TEST_F(Core, looks_at_few_variants_of_what_is_there) {
    begin();
    const auto good = round_change(0, 2, certificate(0, block(0, 0)));
    deliver(good);
    log.clear();
    for (std::uint8_t i = 0; i < 100; ++i) {
        auto variant = good;
        variant.prepares.assign(4 + i, good.prepares[0]);
        deliver(MessageCode::round_change, encode_round_change(variant), keys[1].address);
    }
    EXPECT_TRUE(log.empty() || count(message_ignored) > 0);
    EXPECT_TRUE(gossiped().empty());
    EXPECT_TRUE(all<ValidateBlock>().empty());
}

TEST_F(Core, sends_again_what_it_said_to_who_connects) {
    begin();
    prepare_round_0();
    log.clear();
    run(core->on_connected(keys[2].address, now));
    for (const auto code : {MessageCode::prepare, MessageCode::commit}) {
        ASSERT_EQ(sent(code).size(), 1U);
        EXPECT_EQ(sent(code)[0].to, std::vector{keys[2].address});
    }
    EXPECT_TRUE(all<Persist>().empty());  // nothing new
}

TEST_F(Core, tells_of_equivocation_once) {
    begin();
    const auto proposed = block(0, 0);
    deliver(proposal(0, 0, proposed));
    deliver(proposal(0, 0, block(0, 0, 1)));
    deliver(proposal(0, 0, block(0, 0, 2)));
    deliver(prepare(1, 0, digest(proposed)));
    deliver(prepare(1, 0, digest(block(0, 0, 1))));
    EXPECT_EQ(count(equivocation), 2U);
}

TEST_F(Core, keeps_messages_for_the_next_height) {
    begin();
    const auto next =
        sign_prepare({.sequence = 2, .round = 0, .digest = {}}, keys[0].sign, keys[0].address);
    deliver(next);
    EXPECT_EQ(core->status().future_messages, 1U);
    EXPECT_TRUE(gossiped().empty());
    start(2);
    EXPECT_EQ(core->status().future_messages, 0U);
    EXPECT_EQ(core->status().prepares, 1U);
    EXPECT_EQ(gossiped().size(), 1U);
}

TEST_F(Core, takes_part_again_after_a_stop_at_the_same_height) {
    begin();
    const auto proposed = block(0, 0);
    deliver(proposal(0, 0, proposed));
    core->stop();
    EXPECT_EQ(core->status().number, 0U);
    EXPECT_FALSE(core->due_in(now));
    deliver(prepare(0, 0, digest(proposed)));  // kept
    log.clear();
    start();
    ASSERT_EQ(sent(MessageCode::prepare).size(), 1U);
    deliver(prepare(1, 0, digest(proposed)));
    deliver(proposal(0, 0, proposed));
    EXPECT_EQ(sent(MessageCode::commit).size(), 1U);
}

TEST_F(Core, says_that_it_is_behind_when_one_honest_validator_at_least_is_ahead) {
    begin();
    const auto ahead = [&](std::size_t i, std::uint64_t number) {
        deliver(sign_prepare({.sequence = number, .round = 0, .digest = {}}, keys[i].sign,
                             keys[i].address));
    };
    ahead(0, 5000);
    EXPECT_TRUE(all<BehindNetwork>().empty());  // one may lie
    ahead(1, 7);
    ASSERT_EQ(all<BehindNetwork>().size(), 1U);
    EXPECT_EQ(all<BehindNetwork>()[0].number, 6U);
}

TEST_F(Core, waits_a_little_when_one_block_is_missing) {  // besu#10024
    begin();
    for (const std::size_t i : {0U, 1U})
        deliver(
            sign_prepare({.sequence = 2, .round = 0, .digest = {}}, keys[i].sign, keys[i].address));
    EXPECT_TRUE(all<BehindNetwork>().empty());
    wait(1s);
    ASSERT_EQ(all<BehindNetwork>().size(), 1U);
    EXPECT_EQ(all<BehindNetwork>()[0].number, 1U);
}

TEST_F(Core, goes_on_when_an_import_fails) {
    begin();
    const auto proposed = prepare_round_0();
    for (const std::size_t i : {0U, 1U}) deliver(commit(i, 0, proposed));
    ASSERT_EQ(all<ImportBlock>().size(), 1U);
    EXPECT_FALSE(core->due_in(now));
    wait(10s);
    EXPECT_EQ(round(), 0U);
    run(core->on_import_failed(all<ImportBlock>()[0].hash, now));
    EXPECT_EQ(round(), 1U);
    EXPECT_TRUE(last_round_change().block);
}

TEST_F(Core, follows_but_does_not_vote_for_a_block_with_another_round_in_its_header) {
    begin();
    const auto odd = block(5, 0);
    deliver(proposal(0, 0, odd));
    EXPECT_TRUE(sent(MessageCode::prepare).empty());
    for (const std::size_t i : {0U, 1U, 2U}) deliver(commit(i, 0, odd));
    ASSERT_EQ(all<ImportBlock>().size(), 1U);
    EXPECT_EQ(decode_extra_data(all<ImportBlock>()[0].block->header.extra_data)->round, 0U);
}

}  // namespace
}  // namespace meta138::qbft::test
