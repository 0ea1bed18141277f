// SPDX-License-Identifier: Apache-2.0
#include "meta138/qbft/config.hpp"

#include "meta138/test/fixtures.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string_view>

namespace meta138::qbft {
namespace {

using namespace literals;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A genesis file with that `config`, but for the braces and the chain id.
std::expected<std::optional<Config>, GenesisError> parse(std::string_view config) {
    const auto genesis = parse_genesis(fmt::format(
        R"({{"config": {{"chainId": 1, {}}}, "difficulty": "0x1", "gasLimit": "0x1c9c380"}})",
        config));
    EXPECT_TRUE(genesis) << to_string(genesis.error());
    return parse_config(genesis.value());
}

Config config_of(std::string_view config) {
    const auto parsed = parse(config);
    EXPECT_TRUE(parsed) << to_string(parsed.error());
    return parsed.value().value();
}

std::string error_of(std::string_view config) {
    const auto parsed = parse(config);
    EXPECT_FALSE(parsed) << config;
    return parsed ? "" : to_string(parsed.error());
}

TEST(QbftConfig, is_absent_from_other_chains) {
    const auto parsed = parse(R"("ethash": {})");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, std::nullopt);
}

TEST(QbftConfig, has_the_defaults_of_besu) {
    const auto config = config_of(R"("qbft": {})");
    EXPECT_EQ(config.epoch_length, 30'000U);
    EXPECT_EQ(config.request_timeout, 1s);
    EXPECT_EQ(config.start_block, 0U);
    EXPECT_EQ(config.predecessor, nullptr);
    EXPECT_EQ(config.message_queue_limit, 1000U);
    EXPECT_EQ(config.duplicate_message_limit, 100U);
    EXPECT_EQ(config.gossiped_history_limit, 1000U);
    EXPECT_EQ(config.future_messages_limit, 1000U);
    EXPECT_EQ(config.future_messages_max_distance, 10U);
    EXPECT_EQ(config.initial, BlockConfig{});
    EXPECT_EQ(config.initial.block_period, 1s);
    EXPECT_FALSE(config.has_system_contracts);
    EXPECT_THAT(config.warnings, IsEmpty());
}

TEST(QbftConfig, reads_every_key_in_any_case_and_numbers_as_text) {
    const auto config = config_of(R"("QBFT": {
        "blockPeriodSeconds": "5", "epochLength": 100, "requestTimeoutSeconds": 10,
        "emptyBlockPeriodSeconds": 60, "messageQueueLimit": 1, "duplicateMessageLimit": 2,
        "gossipedHistoryLimit": 3, "futureMessagesLimit": 0, "futureMessagesMaxDistance": 4,
        "blockReward": "5000000000000000000", "perTxGasLimit": "0x100000",
        "miningBeneficiary": "fe3b557e8fb62b89f4916b721be55ceb828dbd73",
        "validatorContractAddress": "0x0000000000000000000000000000000000008888"})");
    EXPECT_EQ(config.epoch_length, 100U);
    EXPECT_EQ(config.request_timeout, 10s);
    EXPECT_EQ(config.message_queue_limit, 1U);
    EXPECT_EQ(config.duplicate_message_limit, 2U);
    EXPECT_EQ(config.gossiped_history_limit, 3U);
    EXPECT_EQ(config.future_messages_limit, 0U);
    EXPECT_EQ(config.future_messages_max_distance, 4U);
    const BlockConfig expected{
        .block_period = 5s,
        .is_subsecond = false,
        .empty_block_period = 60s,
        .block_reward = uint256{5'000'000'000'000'000'000},
        .mining_beneficiary = "0xfe3b557e8fb62b89f4916b721be55ceb828dbd73"_address,
        .validator_contract = "0x0000000000000000000000000000000000008888"_address,
        .transaction_gas_limit = 0x100000,
    };
    EXPECT_EQ(config.initial, expected);
}

TEST(QbftConfig, knows_two_spellings_of_the_empty_block_period) {
    EXPECT_EQ(config_of(R"("qbft": {"xemptyblockperiodseconds": 7})").initial.empty_block_period,
              7s);
    EXPECT_EQ(config_of(R"("qbft": {"emptyblockperiodseconds": 8})").initial.empty_block_period,
              8s);
    EXPECT_EQ(config_of(R"("qbft": {"emptyblockperiodseconds": 8, "xemptyblockperiodseconds": 7})")
                  .initial.empty_block_period,
              8s);
}

TEST(QbftConfig, prefers_a_period_in_milliseconds) {
    const auto config =
        config_of(R"("qbft": {"blockperiodseconds": 2, "xblockperiodmilliseconds": 250})");
    EXPECT_EQ(config.initial.block_period, 250ms);
    EXPECT_TRUE(config.initial.is_subsecond);
    EXPECT_FALSE(config_of(R"("qbft": {"xblockperiodmilliseconds": 0})").initial.is_subsecond);
}

TEST(QbftConfig, takes_the_zero_address_for_a_beneficiary_and_empty_text_for_none) {
    EXPECT_EQ(config_of(R"("qbft": {"miningbeneficiary":
                        "0x0000000000000000000000000000000000000000"})")
                  .initial.mining_beneficiary,
              Address{});
    EXPECT_EQ(config_of(R"("qbft": {"miningbeneficiary": ""})").initial.mining_beneficiary,
              std::nullopt);
}

TEST(QbftConfig, names_the_key_that_is_wrong) {
    const auto expect = [](std::string_view config, std::string_view where) {
        EXPECT_THAT(error_of(config), HasSubstr(std::string{where} + ": "));
    };
    expect(R"("qbft": 5)", "config.qbft");
    expect(R"("qbft": {"blockperiodseconds": 0})", "config.qbft.blockperiodseconds");
    expect(R"("qbft": {"blockperiodseconds": -1})", "config.qbft.blockperiodseconds");
    expect(R"("qbft": {"blockperiodseconds": 1.5})", "config.qbft.blockperiodseconds");
    expect(R"("qbft": {"blockperiodseconds": "soon"})", "config.qbft.blockperiodseconds");
    expect(R"("qbft": {"blockperiodseconds": 2147483648})", "config.qbft.blockperiodseconds");
    expect(R"("qbft": {"epochlength": 0})", "config.qbft.epochlength");
    expect(R"("qbft": {"requesttimeoutseconds": 0})", "config.qbft.requesttimeoutseconds");
    expect(R"("qbft": {"messagequeuelimit": []})", "config.qbft.messagequeuelimit");
    expect(R"("qbft": {"miningbeneficiary": "0x12"})", "config.qbft.miningbeneficiary");
    expect(R"("qbft": {"validatorcontractaddress": ""})", "config.qbft.validatorcontractaddress");
    expect(R"("qbft": {"blockreward": 1e30})", "config.qbft.blockreward");
    expect(R"("qbft": {"pertxgaslimit": 30000001})", "config.qbft.pertxgaslimit");
    expect(R"("qbft": {"startblock": 5})", "config.qbft.startblock");
    expect(R"("qbft": {}, "ibft2": {})", "config.qbft.startblock");
    expect(R"("qbft": {}, "transitions": {"qbft": {}})", "config.transitions.qbft");
    expect(R"("qbft": {}, "transitions": {"qbft": [{}]})", "config.transitions.qbft[0].block");
    expect(R"("qbft": {}, "transitions": {"qbft": [{"block": 0}]})",
           "config.transitions.qbft[0].block");
    expect(R"("qbft": {}, "transitions": {"qbft": [{"block": 1}, {"block": 1}]})",
           "config.transitions.qbft[1].block");
    expect(R"("qbft": {}, "transitions": {"qbft": [{"block": 1, "validators": []}]})",
           "config.transitions.qbft[0].validators");
    expect(R"("qbft": {}, "transitions": {"qbft": [{"block": 1, "validators": [1]}]})",
           "config.transitions.qbft[0].validators");
    expect(
        R"("qbft": {}, "transitions": {"qbft": [{"block": 1, "validatorselectionmode": "contract"}]})",
        "config.transitions.qbft[0].validatorcontractaddress");
    expect(
        R"("qbft": {}, "transitions": {"qbft": [{"block": 1, "validatorselectionmode": "blockheader"}]})",
        "config.transitions.qbft[0].validators");
}

TEST(QbftTransitions, inherit_what_they_do_not_say) {
    const auto config = config_of(R"("qbft": {"blockperiodseconds": 2, "blockreward": 7},
        "transitions": {"qbft": [{"block": 20, "blockreward": "0x8"},
                                 {"block": 10, "blockperiodseconds": 5}]})");
    ASSERT_EQ(config.transitions.size(), 2U);
    EXPECT_EQ(config.at(9, 0).block_period, 2s);
    EXPECT_EQ(config.at(10, 0).block_period, 5s);
    EXPECT_EQ(config.at(19, 0).block_reward, uint256{7});
    EXPECT_EQ(config.at(20, 0).block_period, 5s);
    EXPECT_EQ(config.at(20, 0).block_reward, uint256{8});
    EXPECT_EQ(config.rules_at(9, 0), config.initial);
    EXPECT_EQ(config.rules_at(1'000, 0), config.at(20, 0));
    EXPECT_THAT(config.warnings, IsEmpty());
}

TEST(QbftTransitions, inherit_each_of_the_two_periods_on_its_own) {
    const auto config = config_of(R"("qbft": {"blockperiodseconds": 2},
        "transitions": {"qbft": [{"block": 10, "xblockperiodmilliseconds": 100},
                                 {"block": 20, "blockperiodseconds": 5},
                                 {"block": 30, "xblockperiodmilliseconds": 0}]})");
    EXPECT_EQ(config.at(10, 0).block_period, 100ms);
    EXPECT_EQ(config.at(20, 0).block_period, 100ms);
    EXPECT_EQ(config.at(30, 0).block_period, 5s);
    EXPECT_FALSE(config.at(30, 0).is_subsecond);
}

TEST(QbftTransitions, change_and_clear_the_beneficiary) {
    const auto config = config_of(R"("qbft": {},
        "transitions": {"qbft": [
            {"block": 10, "miningbeneficiary": "0x0000000000000000000000000000000000000001"},
            {"block": 20, "blockreward": 1}, {"block": 30, "miningbeneficiary": ""}]})");
    const auto somebody = "0x0000000000000000000000000000000000000001"_address;
    EXPECT_EQ(config.at(9, 0).mining_beneficiary, std::nullopt);
    EXPECT_EQ(config.at(10, 0).mining_beneficiary, somebody);
    EXPECT_EQ(config.at(20, 0).mining_beneficiary, somebody);
    EXPECT_EQ(config.at(30, 0).mining_beneficiary, std::nullopt);
}

TEST(QbftTransitions, change_the_mode_of_selection_and_the_list) {
    const auto config = config_of(R"("qbft": {}, "transitions": {"qbft": [
        {"block": 10, "validatorSelectionMode": "Contract",
         "validatorContractAddress": "0x0000000000000000000000000000000000008888"},
        {"block": 20, "validatorselectionmode": "blockheader",
         "validators": ["0x0000000000000000000000000000000000000002",
                        "0x0000000000000000000000000000000000000001"]}]})");
    EXPECT_EQ(config.at(9, 0).validator_contract, std::nullopt);
    EXPECT_EQ(config.at(10, 0).validator_contract,
              "0x0000000000000000000000000000000000008888"_address);
    EXPECT_EQ(config.at(20, 0).validator_contract, std::nullopt);
    EXPECT_EQ(config.validators_from(10), nullptr);
    EXPECT_EQ(config.validators_from(19), nullptr);
    ASSERT_NE(config.validators_from(20), nullptr);
    EXPECT_THAT(*config.validators_from(20),
                ElementsAre("0x0000000000000000000000000000000000000001"_address,
                            "0x0000000000000000000000000000000000000002"_address));
}

TEST(QbftTransitions, after_a_fork_by_time_go_by_time) {
    const auto config = config_of(R"("qbft": {"blockperiodseconds": 1}, "londonBlock": 0,
        "shanghaiTime": 1700000000, "transitions": {"qbft": [
            {"block": 10, "blockperiodseconds": 2},
            {"block": 1700000100, "blockperiodseconds": 4}]})");
    EXPECT_FALSE(config.transitions[0].by_time);
    EXPECT_TRUE(config.transitions[1].by_time);
    EXPECT_EQ(config.at(9, 1'700'000'099).block_period, 1s);
    EXPECT_EQ(config.at(10, 1'700'000'099).block_period, 2s);
    EXPECT_EQ(config.at(10, 1'700'000'100).block_period, 4s);
    EXPECT_EQ(config.at(9, 1'700'000'100).block_period, 4s);
    EXPECT_THAT(config.warnings, IsEmpty());
}

// Besu issue 10878: what a fork by time brings along.
TEST(QbftTransitions, hold_for_block_rules_from_a_fork_by_time_on_whatever_their_block) {
    const auto config = config_of(R"("qbft": {"blockreward": 1}, "londonBlock": 0,
        "shanghaiTime": 1700000000, "transitions": {"qbft": [{"block": 5000, "blockreward": 2}]})");
    EXPECT_EQ(config.at(100, 1'700'000'000).block_reward, uint256{1});
    EXPECT_EQ(config.rules_at(100, 1'700'000'000).block_reward, uint256{2});
    EXPECT_EQ(config.rules_at(100, 1'699'999'999).block_reward, uint256{1});
    EXPECT_EQ(config.rules_at(5000, 1'699'999'999).block_reward, uint256{2});
}

TEST(QbftTransitions, with_a_fork_by_time_at_0_hold_from_the_start_and_are_warned_of) {
    const auto config = config_of(R"("qbft": {"blockreward": 1}, "londonBlock": 0,
        "shanghaiTime": 0, "transitions": {"qbft": [{"block": 5000, "blockreward": 2,
            "validators": ["0x0000000000000000000000000000000000000001"]}]})");
    EXPECT_TRUE(config.transitions[0].by_time);
    EXPECT_EQ(config.at(100, 1'700'000'000).block_reward, uint256{2});
    EXPECT_EQ(config.rules_at(100, 1'700'000'000).block_reward, uint256{2});
    EXPECT_NE(config.validators_from(5000), nullptr);
    EXPECT_THAT(config.warnings, ElementsAre(HasSubstr("taken for a timestamp"),
                                             HasSubstr("the validators of the transition")));
}

TEST(QbftConfig, warns_of_what_has_no_effect) {
    EXPECT_THAT(config_of(R"("qbft": {"transitions": []})").warnings,
                ElementsAre(HasSubstr("config.qbft.transitions is ignored")));
    EXPECT_THAT(config_of(R"("qbft": {"pertxgaslimitcap": 5})").warnings,
                ElementsAre(HasSubstr("config.qbft.pertxgaslimitcap is ignored")));
    const auto config = config_of(R"("qbft": {}, "transitions": {"qbft": [
        {"block": 10, "epochlength": 5, "requesttimeoutseconds": 5},
        {"block": 20, "validatorselectionmode": "votes"},
        {"block": 30, "validatorcontractaddress": "0x0000000000000000000000000000000000008888"}]})");
    EXPECT_THAT(config.warnings, ElementsAre(HasSubstr("[0].requesttimeoutseconds is ignored"),
                                             HasSubstr("[0].epochlength is ignored"),
                                             HasSubstr("[1].validatorselectionmode is ignored"),
                                             HasSubstr("[2].validatorcontractaddress is ignored")));
    EXPECT_EQ(config.at(30, 0).validator_contract, std::nullopt);
}

TEST(QbftConfig, warns_of_transitions_outside_of_config) {
    const auto genesis = parse_genesis(R"({"config": {"chainId": 1, "qbft": {}}, "difficulty": 1,
        "gasLimit": 30000000, "transitions": {"qbft": [{"block": 5}]}})");
    ASSERT_TRUE(genesis);
    EXPECT_THAT(parse_config(*genesis).value()->warnings,
                ElementsAre(HasSubstr("they belong into config")));
}

TEST(QbftConfig, knows_the_addresses_without_which_besu_makes_no_system_calls) {
    constexpr std::string_view two = R"("qbft": {},
        "depositContractAddress": "0x00000000219ab540356cbb839cbe05303d7705fa",
        "withdrawalRequestContractAddress": "0x00000961ef480eb55e80d19ad83579a64c007002")";
    EXPECT_FALSE(config_of(two).has_system_contracts);
    EXPECT_TRUE(config_of(std::string{two} + R"(, "consolidationRequestContractAddress":
        "0x0000bbddc7ce488642fb579f8b00f3a590007251")")
                    .has_system_contracts);
}

TEST(QbftConfig, of_a_chain_that_began_with_ibft_2_has_both) {
    const auto config = config_of(R"("qbft": {"startblock": 101, "epochlength": 50},
        "ibft2": {"blockperiodseconds": 5, "epochlength": 30},
        "transitions": {"ibft2": [{"block": 10, "blockperiodseconds": 3}]})");
    EXPECT_EQ(config.start_block, 101U);
    ASSERT_NE(config.predecessor, nullptr);
    EXPECT_EQ(config.predecessor->protocol, Protocol::ibft2);
    EXPECT_EQ(config.of_block(100).at(100, 0).block_period, 3s);
    EXPECT_EQ(config.of_block(9).at(9, 0).block_period, 5s);
    EXPECT_EQ(&config.of_block(101), &config);
    EXPECT_TRUE(config.of_block(60).is_epoch_block(60));

    EXPECT_FALSE(config.is_epoch_block(0));
    EXPECT_TRUE(config.is_epoch_block(100));
    EXPECT_FALSE(config.is_epoch_block(101));
    EXPECT_TRUE(config.is_epoch_block(150));
}

TEST(QbftConfig, has_an_epoch_block_at_each_multiple_of_its_length) {
    const auto config = config_of(R"("qbft": {"epochlength": 10})");
    EXPECT_TRUE(config.is_epoch_block(0));
    EXPECT_FALSE(config.is_epoch_block(9));
    EXPECT_TRUE(config.is_epoch_block(10));
}

TEST(QbftConfig, is_read_from_the_fixtures) {
    META138_FIXTURE_OR_SKIP(path, "qbft/ibft1-chain/genesis.json");
    std::ifstream file{path};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    const auto config = parse_config(parse_genesis(text).value()).value();
    ASSERT_TRUE(config);
    EXPECT_EQ(config->start_block, 101U);
    ASSERT_NE(config->predecessor, nullptr);
    EXPECT_EQ(config->predecessor->protocol, Protocol::ibft1);
    EXPECT_EQ(config->predecessor->initial.block_period, 5s);
    // GoQuorum's word for none, and no key of Besu's IBFT.
    EXPECT_EQ(config->predecessor->initial.validator_contract, std::nullopt);
}

}  // namespace
}  // namespace meta138::qbft
