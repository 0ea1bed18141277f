// SPDX-License-Identifier: Apache-2.0
#include "meta138/node/node.hpp"

#include "block_producer.hpp"
#include "genesis_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace meta138::node {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Options options_of(std::vector<const char*> arguments) {
    return parse_command_line(arguments, [](const std::string&) { return std::nullopt; }).options;
}

TEST(Node, starts_and_stops_a_development_chain) {
    const auto options =
        options_of({"--dev", "--rpc-http-port=0", "--rpc-ws-port=0", "--metrics-enabled",
                    "--metrics-port=0", "--dev-period=0.001"});
    const Node node{options, {}, {}, [](const std::string&) {}};
    EXPECT_NE(node.ports().http, 0);
    EXPECT_NE(node.ports().websocket, 0);
    EXPECT_NE(node.ports().metrics, 0);
}

TEST(Node, refuses_to_start_without_its_permissions_file) {
    const auto options = options_of({"--dev", "--rpc-http-port=0", "--rpc-ws-port=0",
                                     "--permissions-accounts-config-file-enabled",
                                     "--permissions-accounts-config-file=/nonexistent.toml"});
    EXPECT_THROW((Node{options, {}, {}, [](const std::string&) {}}), OptionError);
}

class LoadGenesis : public testing::Test {
protected:
    Options options_for(const std::string& json, std::vector<const char*> more = {}) {
        std::ofstream{file} << json;
        argument = "--genesis-file=" + file.string();
        more.push_back(argument.c_str());
        return options_of(more);
    }

    const std::filesystem::path file =
        std::filesystem::path{testing::TempDir()} /
        (std::string{testing::UnitTest::GetInstance()->current_test_info()->name()} + ".json");
    std::string argument;
    const std::string london =
        R"({"config":{"chainId":138,"londonBlock":0},"gasLimit":"0x1","difficulty":"0x1","alloc":{}})";
};

TEST_F(LoadGenesis, replaces_keys_of_the_config) {
    const auto options =
        options_for(london, {"--override-genesis-config=chainId=7,zeroBaseFee=true"});
    const auto genesis = load_genesis(options);
    EXPECT_EQ(genesis.schedule.chain_id, 7U);
    EXPECT_TRUE(genesis.zero_base_fee);
}

TEST_F(LoadGenesis, says_which_file_is_broken) {
    const auto options = options_for("{");
    try {
        load_genesis(options);
        FAIL();
    } catch (const OptionError& error) {
        EXPECT_THAT(error.what(), HasSubstr(file.string()));
    }
}

TEST_F(LoadGenesis, warns_when_a_fork_turns_on_fees_on_a_free_network) {
    const auto options = options_for(london, {"--min-gas-price=0"});
    EXPECT_THAT(genesis_warnings(load_genesis(options), options),
                ElementsAre(HasSubstr("zeroBaseFee")));
    const auto priced = options_for(london);
    EXPECT_THAT(genesis_warnings(load_genesis(priced), priced), IsEmpty());
}

TEST(WithCommas, parts_thousands) {
    EXPECT_EQ(with_commas(0), "0");
    EXPECT_EQ(with_commas(999), "999");
    EXPECT_EQ(with_commas(1000), "1,000");
    EXPECT_EQ(with_commas(1234567), "1,234,567");
}

TEST(DescribeBlock, has_the_words_that_operators_look_for) {
    blockchain::ExecutedBlock block;
    block.block.header.number = 1234;
    block.block.header.gas_limit = 9'000'000;
    block.block.header.gas_used = 63'000;
    EXPECT_THAT(describe_block(block, 2),
                HasSubstr("empty block #1,234 / 0 tx / 2 pending / 63,000 (0.7%) gas / (0x00"));
    block.block.transactions.resize(3);
    EXPECT_THAT(describe_block(block, 0), testing::StartsWith("block #1,234 / 3 tx / 0 pending"));
}

}  // namespace
}  // namespace meta138::node
