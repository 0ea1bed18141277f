// SPDX-License-Identifier: Apache-2.0
#include "meta138/consensus/validator.hpp"

#include "test_validators.hpp"

#include <gmock/gmock.h>

#include <set>

namespace meta138::consensus {
namespace {

using namespace std::chrono_literals;
using test::Machine;
using test::Machines;
using testing::ElementsAre;
using testing::Pair;

qbft::ExtraData extra_of(const Header& header) {
    return qbft::decode_extra_data(header.extra_data).value();
}

TEST(Validator, a_single_validator_makes_blocks_without_anybody) {  // besu-eth/besu#6457
    Machines machines{1};
    machines.resume();
    machines.pass(10s);
    EXPECT_EQ(machines[0].head(), 5);
    EXPECT_EQ(machines[0].head_header().timestamp, test::genesis_time + 10);
}

TEST(Validator, does_nothing_while_it_is_paused) {
    Machines machines{1};
    machines.pass(10s);
    EXPECT_EQ(machines[0].head(), 0);
    EXPECT_EQ(machines[0].validator->due_in(), std::nullopt);
    machines.resume();
    machines.pass(2s);
    EXPECT_EQ(machines[0].head(), 2);  // the one that was late, and the next
    machines[0].validator->pause();
    machines.pass(10s);
    EXPECT_EQ(machines[0].head(), 2);
}

TEST(Validator, makes_no_blocks_of_ibft_2) {  // besu-eth/besu#2991
    Machines machines{1, R"("startblock": 5}, "ibft2": {)"};
    machines.resume();
    machines.pass(10s);
    EXPECT_EQ(machines[0].head(), 0);
    EXPECT_EQ(machines[0].validator->due_in(), std::nullopt);
    EXPECT_EQ(machines[0].validator->status().core.number, 0);
}

TEST(Validator, four_take_turns) {
    Machines machines{4};
    machines.resume();
    machines.pass(8s);
    std::set<Address> coinbases;
    for (std::uint64_t number = 1; number <= 4; ++number)
        coinbases.insert(machines[0].chain.view()->blocks().header(number)->header.coinbase);
    EXPECT_EQ(coinbases.size(), 4);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(machines[i].head(), 4);
        EXPECT_EQ(machines[i].validator->counters().round_changes, 0);
    }
}

TEST(Validator, blocks_have_the_fields_that_besu_gives_them) {
    Machines machines{4};
    machines[0].options.extra_data = {'a', 'b'};
    machines.resume();
    machines.pass(2s);
    const auto block = machines[1].chain.view()->blocks().block(1).value();
    const auto& header = block.header;
    const auto extra = extra_of(header);
    EXPECT_EQ(header.coinbase, machines[0].address);
    EXPECT_EQ(header.prev_randao, istanbul_mix_hash);
    EXPECT_EQ(header.difficulty, uint256{1});
    EXPECT_EQ(header.timestamp, test::genesis_time + 2);
    EXPECT_EQ(header.parent_beacon_block_root, Hash32{});
    EXPECT_EQ(block.withdrawals, std::vector<Withdrawal>{});
    EXPECT_EQ(extra.vanity.size(), 32);
    EXPECT_EQ(extra.vanity[30], 'a');
    EXPECT_EQ(extra.vanity[31], 'b');
    EXPECT_EQ(extra.vanity[0], 0);
    EXPECT_EQ(extra.validators.size(), 4);
    EXPECT_EQ(extra.vote, std::nullopt);
    EXPECT_EQ(extra.round, 0);
    EXPECT_GE(extra.seals.size(), 3);
}

TEST(Validator, a_decided_block_is_executed_once_by_each) {
    Machines machines{4};
    machines.resume();
    machines.pass(8s);
    // Its own are built, those of others are validated; an import runs nothing.
    for (std::size_t i = 0; i < 4; ++i) {
        const auto& counters = machines[i].validator->counters();
        EXPECT_EQ(counters.blocks_decided, 4);
        EXPECT_EQ(machines[i].builds, 1);
        EXPECT_EQ(counters.blocks_executed, 3);
    }
}

TEST(Validator, announces_blocks_with_their_seals) {
    Machines machines{4};
    machines.resume();
    machines.pass(2s);
    for (std::size_t i = 0; i < 4; ++i) {
        ASSERT_EQ(machines[i].announced.size(), 1);
        EXPECT_GE(extra_of(machines[i].announced.front()->block.header).seals.size(), 3);
    }
}

TEST(Validator, the_block_of_its_turn_is_built_ahead) {
    Machines machines{1};
    machines.resume();
    machines.pass(10s);
    EXPECT_EQ(machines[0].validator->counters().built_ahead_used, 5);
    EXPECT_EQ(machines[0].validator->counters().built_ahead_wasted, 0);
    EXPECT_EQ(machines[0].builds, 5);
}

TEST(Validator, transactions_that_come_later_get_into_a_block_built_ahead) {
    Machines machines{1};
    machines.resume();
    machines.pass(1985ms);
    EXPECT_EQ(machines[0].builds, 1);
    machines[0].validator->on_transactions();
    machines.pass(15ms);
    EXPECT_EQ(machines[0].builds, 2);
    EXPECT_EQ(machines[0].head(), 1);
    EXPECT_EQ(machines[0].validator->counters().built_ahead_used, 1);
}

TEST(Validator, a_block_built_ahead_with_other_options_is_built_again) {
    Machines machines{1};
    machines.resume();
    machines.pass(1985ms);
    machines[0].options.target_gas_limit = 20'000'000;
    machines.pass(15ms);
    EXPECT_EQ(machines[0].validator->counters().built_ahead_wasted, 1);
    EXPECT_LT(machines[0].head_header().gas_limit, 30'000'000);
}

TEST(Validator, sub_second_periods_are_kept) {
    Machines machines{4, R"("xblockperiodmilliseconds":250)"};
    machines.resume();
    machines.pass(2s);
    EXPECT_EQ(machines[0].head(), 8);
}

TEST(Validator, votes_are_cast_until_they_take_effect) {
    using namespace literals;
    constexpr auto stranger = "0x00000000000000000000000000000000000000aa"_address;
    Machines machines{1};
    machines[0].validator->propose({.recipient = stranger, .is_add = true});
    EXPECT_THAT(machines[0].validator->proposed_votes(), ElementsAre(Pair(stranger, true)));
    machines.resume();
    machines.pass(2s);
    const auto extra = extra_of(machines[0].head_header());
    EXPECT_EQ(extra.vote, (qbft::Vote{.recipient = stranger, .is_add = true}));
    EXPECT_EQ(machines[0].validator->status().core.validators.size(), 2);
    machines[0].validator->discard(stranger);
    EXPECT_TRUE(machines[0].validator->proposed_votes().empty());
}

TEST(Validator, epoch_blocks_carry_no_vote) {
    using namespace literals;
    Machines machines{3, R"("blockperiodseconds":2,"epochlength":1)"};
    machines[0].validator->propose(
        {.recipient = "0x00000000000000000000000000000000000000aa"_address, .is_add = true});
    machines.resume();
    machines.pass(2s);
    EXPECT_EQ(machines[1].head_header().coinbase, machines[0].address);
    EXPECT_EQ(extra_of(machines[1].head_header()).vote, std::nullopt);
}

TEST(Validator, a_proposal_from_the_near_future_is_looked_at_when_its_time_comes) {
    Machines machines{4};
    for (std::size_t i = 1; i < 4; ++i) machines[i].skew = -1500ms;  // all but the proposer
    machines.resume();
    machines.pass(2s);
    EXPECT_EQ(machines[1].head(), 0);
    EXPECT_EQ(machines[1].count(ValidatorNotice::Kind::proposal_too_early), 1);
    machines.pass(500ms);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(machines[i].head(), 1);
        EXPECT_EQ(machines[i].validator->counters().proposals_refused, 0);
        EXPECT_EQ(machines[i].validator->counters().round_changes, 0);
    }
}

TEST(Validator, nothing_is_sent_that_could_not_be_written) {
    Machines machines{4};
    machines.resume();
    machines[0].store.fails = true;
    machines[0].time += 2s;
    EXPECT_THROW(machines[0].validator->on_time(), storage::IoError);
    EXPECT_TRUE(machines[0].sent.empty());
}

TEST(Validator, takes_part_at_once_after_a_restart) {
    Machines machines{4};
    machines.resume();
    machines.pass(4s);
    machines[0].start();
    machines[0].validator->resume();
    EXPECT_EQ(machines[0].validator->status().core.number, 3);
    EXPECT_FALSE(machines[0].validator->status().waits_for_past);
    machines.pass(2s);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(machines[i].head(), 3);
}

TEST(Validator, with_a_disk_younger_than_the_head_it_waits_for_the_others) {
    Machines machines{4, R"("blockperiodseconds":2)", test::start_time + 1h};
    for (std::size_t i = 0; i < 3; ++i) machines[i].validator->resume();
    // Nobody has signed anything: the first block needs no past.
    EXPECT_FALSE(machines[0].validator->status().waits_for_past);
    machines.deliver();
    machines.pass(2s);
    EXPECT_EQ(machines[0].head(), 1);
    // What one has prepared itself, it knows.
    EXPECT_FALSE(machines[0].validator->status().waits_for_past);
    // This one takes the block from the others, as if its disk had been lost.
    ASSERT_TRUE(machines[3].chain.import(machines[0].chain.view()->blocks().block(1).value()));
    machines[3].validator->resume();
    EXPECT_TRUE(machines[3].validator->status().waits_for_past);
    EXPECT_EQ(machines[3].validator->due_in(), 10s);
    machines.pass(9s);
    EXPECT_TRUE(machines[3].validator->status().waits_for_past);
    machines.pass(1s);
    EXPECT_FALSE(machines[3].validator->status().waits_for_past);
    EXPECT_EQ(machines[3].count(ValidatorNotice::Kind::joins_without_past), 1);
}

TEST(Validator, a_head_from_a_peer_is_a_new_height) {
    Machines machines{4};
    for (std::size_t i = 0; i < 3; ++i) machines[i].validator->resume();
    machines[3].validator->resume();
    for (auto& machine : machines.all) machine->sent.clear();
    for (std::size_t i = 0; i < 3; ++i) machines[i].time += 2s;
    for (std::size_t i = 0; i < 3; ++i) machines[i].validator->on_time();
    machines[3].validator->pause();
    machines.deliver();
    machines[3].validator->resume();
    ASSERT_EQ(machines[0].head(), 1);
    EXPECT_EQ(machines[3].validator->status().core.number, 1);
    ASSERT_TRUE(machines[3].chain.import(machines[0].chain.view()->blocks().block(1).value()));
    EXPECT_EQ(machines[3].validator->status().core.number, 2);
}

TEST(Validator, a_block_that_it_has_executed_and_that_comes_from_a_peer_does_not_run_again) {
    Machines machines{4};
    machines.loses = [&](const Machine& to, const qbft::Send& message) {
        return &to == &machines[3] && message.code == qbft::MessageCode::commit;
    };
    machines.resume();
    machines.pass(2s);
    ASSERT_EQ(machines[0].head(), 1);
    ASSERT_EQ(machines[3].head(), 0);
    ASSERT_EQ(machines[3].validator->counters().blocks_executed, 1);
    const auto time = machines[3].chain.times().execution;
    ASSERT_TRUE(machines[3].chain.import(machines[0].chain.view()->blocks().block(1).value()));
    EXPECT_EQ(machines[3].head(), 1);
    EXPECT_EQ(machines[3].chain.times().execution, time);
    EXPECT_GE(extra_of(machines[3].head_header()).seals.size(), 3) << "those that it came with";
}

}  // namespace
}  // namespace meta138::consensus
