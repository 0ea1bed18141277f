// SPDX-License-Identifier: Apache-2.0
#include "meta138/consensus/compare_configs.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace meta138::consensus {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Genesis genesis_of(std::string_view config, std::string_view gas_limit = "30000000") {
    return parse_genesis(fmt::format(R"({{"config": {{"chainId": 1, "berlinBlock": 0, {}}},
                                     "difficulty": 1, "gasLimit": {}}})",
                                     config, gas_limit))
        .value();
}

std::vector<std::string> compare(std::string_view stored, std::string_view given,
                                 std::uint64_t head = 100) {
    Header header;
    header.number = head;
    header.timestamp = 1'700'000'000 + head;
    // The record of a genesis file has no gas limit.
    return compare_qbft_configs(genesis_of(stored, "0"), genesis_of(given), header);
}

TEST(CompareQbftConfigs, takes_what_is_the_same_or_still_to_come) {
    const std::string_view before = R"("qbft": {"pertxgaslimit": 100000},
        "transitions": {"qbft": [{"block": 50, "blockreward": 1}]})";
    EXPECT_THAT(compare(before, before), IsEmpty());
    EXPECT_THAT(compare(before, R"("qbft": {"pertxgaslimit": 100000}, "transitions": {"qbft": [
                        {"block": 50, "blockreward": 1}, {"block": 101, "blockreward": 2}]})"),
                IsEmpty());
    // A shorter period, and times that blocks do not depend on.
    EXPECT_THAT(compare(R"("qbft": {"blockperiodseconds": 2})",
                        R"("qbft": {"requesttimeoutseconds": 9, "emptyblockperiodseconds": 5})"),
                IsEmpty());
    EXPECT_THAT(compare(R"("qbft": {})", R"("qbft": {"blockreward": 5})", 0), IsEmpty());
}

TEST(CompareQbftConfigs, names_transitions_in_the_past_that_changed) {
    const std::string_view none = R"("qbft": {})";
    const std::string_view one = R"("qbft": {}, "transitions": {"qbft": [
        {"block": 50, "validators": ["0x0000000000000000000000000000000000000001"]}]})";
    const std::string_view other = R"("qbft": {}, "transitions": {"qbft": [
        {"block": 50, "validators": ["0x0000000000000000000000000000000000000002"]}]})";
    EXPECT_THAT(compare(none, one), ElementsAre(HasSubstr("the transition at 50 is new")));
    EXPECT_THAT(compare(one, none), ElementsAre(HasSubstr("the transition at 50 is missing")));
    EXPECT_THAT(compare(one, other), ElementsAre(HasSubstr("another transition at 50")));
    EXPECT_THAT(compare(none, one, 49), IsEmpty());
}

TEST(CompareQbftConfigs, names_what_else_blocks_depend_on) {
    EXPECT_THAT(compare(R"("qbft": {})", R"("qbft": {"epochlength": 100})"),
                ElementsAre(HasSubstr("config.qbft.epochlength: the database has 30000, the file "
                                      "100")));
    EXPECT_THAT(compare(R"("qbft": {})", R"("qbft": {"blockperiodseconds": 2})"),
                ElementsAre("config.qbft: other rules from block 0 on"));
    EXPECT_THAT(compare(R"("qbft": {})", R"("qbft": {"miningbeneficiary":
                        "0x0000000000000000000000000000000000000000"})"),
                ElementsAre("config.qbft: other rules from block 0 on"));
    EXPECT_THAT(compare(R"("ethash": {})", R"("qbft": {})"),
                ElementsAre(HasSubstr("was made without it, the file is with it")));
}

TEST(CompareQbftConfigs, lets_a_chain_of_ibft_2_begin_with_qbft_later) {
    EXPECT_THAT(compare(R"("ibft2": {}, "qbft": {"startblock": 200})",
                        R"("ibft2": {}, "qbft": {"startblock": 300})"),
                IsEmpty());
    EXPECT_THAT(compare(R"("ibft2": {}, "qbft": {"startblock": 50})",
                        R"("ibft2": {}, "qbft": {"startblock": 60})"),
                ElementsAre(HasSubstr("config.qbft.startblock")));
    EXPECT_THAT(compare(R"("ibft2": {}, "qbft": {"startblock": 200})",
                        R"("ibft2": {"blockreward": 1}, "qbft": {"startblock": 200})"),
                ElementsAre("config.ibft2: other rules from block 0 on"));
}

}  // namespace
}  // namespace meta138::consensus
