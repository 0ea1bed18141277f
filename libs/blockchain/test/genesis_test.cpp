// SPDX-License-Identifier: Apache-2.0
#include "compare_genesis.hpp"
#include "test_chain.hpp"

#include "meta138/blockchain/genesis_record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace meta138::blockchain {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string refusal(const Genesis& genesis, storage::Database& database) {
    const auto consensus = make_trusting_consensus(genesis);
    try {
        const Chain chain{database, genesis, *consensus};
    } catch (const storage::OpenError& error) {
        return error.what();
    }
    return "";
}

Genesis of(const std::string& config) {
    const auto chain_id = config.find("chainId") == std::string::npos ? R"("chainId":138,)" : "";
    return parse_genesis(R"({"difficulty":"0x1","gasLimit":"0x1000000","config":{)" +
                         (chain_id + config) + "}}")
        .value();
}

std::vector<std::string> compare(const std::string& before, const std::string& after,
                                 std::uint64_t number, std::uint64_t timestamp = 0) {
    Header head;
    head.number = number;
    head.timestamp = timestamp;
    return compare_genesis_configs(of(before), of(after), head);
}

TEST(Genesis, is_compared_with_the_one_in_the_database) {
    TestChain test;
    auto genesis = test.generator.genesis();
    EXPECT_EQ(refusal(genesis, *test.database), "");
    genesis.extra_data = {0x12};
    genesis.gas_limit += 1;
    genesis.alloc.begin()->second.balance += 1;
    EXPECT_THAT(refusal(genesis, *test.database),
                AllOf(HasSubstr("the database holds another chain"),
                      HasSubstr("extraData: the database has 0x, the file 0x12"),
                      HasSubstr("gasLimit: the database has 30000000, the file 30000001"),
                      HasSubstr("alloc (its state root): the database has 0x"),
                      testing::Not(HasSubstr("timestamp"))));
}

TEST(Genesis, with_forks_out_of_order_is_refused) {
    TestChain test;
    auto genesis = test.generator.genesis();
    genesis.schedule.activate(Fork::london, 10);
    genesis.schedule.activate(Fork::berlin, 20);
    EXPECT_THAT(refusal(genesis, *test.database), HasSubstr("config.londonBlock"));
}

TEST(Genesis, with_another_stack_size_is_refused) {
    TestChain test;
    auto genesis = test.generator.genesis();
    genesis.evm_stack_size = 2048;
    EXPECT_THAT(refusal(genesis, *test.database), HasSubstr("config.evmStackSize: 2048"));
}

TEST(CompareGenesisConfigs, finds_another_chain_id_at_once) {
    EXPECT_THAT(compare(R"("chainId":138)", R"("chainId":1337)", 0),
                ElementsAre("config.chainId: the database has 138, the file 1337"));
}

TEST(CompareGenesisConfigs, lets_forks_be_added_after_the_head) {
    EXPECT_THAT(compare(R"("berlinBlock":0)", R"("berlinBlock":0,"londonBlock":101)", 100),
                IsEmpty());
    EXPECT_THAT(compare(R"("londonBlock":0)", R"("londonBlock":0,"shanghaiTime":1001)", 100, 1000),
                IsEmpty());
}

TEST(CompareGenesisConfigs, names_the_fork_that_the_chain_has_passed) {
    EXPECT_THAT(compare(R"("berlinBlock":0)", R"("berlinBlock":0,"londonBlock":100)", 100),
                ElementsAre(HasSubstr("config.londonBlock (London)")));
    EXPECT_THAT(compare(R"("londonBlock":50)", R"("londonBlock":200)", 100),
                testing::Contains(HasSubstr("config.londonBlock (London)")));
    EXPECT_THAT(compare(R"("londonBlock":0,"shanghaiTime":500)", R"("londonBlock":0)", 100, 1000),
                ElementsAre(HasSubstr("config.shanghaiTime (Shanghai)")));
}

TEST(CompareGenesisConfigs, knows_what_later_forks_imply) {
    EXPECT_THAT(compare(R"("londonBlock":0)", R"("berlinBlock":0,"londonBlock":0)", 100),
                IsEmpty());
    EXPECT_THAT(compare(R"("shanghaiTime":0)", R"("londonBlock":0,"shanghaiTime":0)", 100, 9),
                IsEmpty());
}

TEST(CompareGenesisConfigs, finds_switches_that_have_been_in_force) {
    EXPECT_THAT(compare(R"("londonBlock":0,"zeroBaseFee":true)", R"("londonBlock":0)", 1),
                ElementsAre("config.zeroBaseFee: the database has true, the file false"));
    EXPECT_THAT(compare(R"("berlinBlock":0,"zeroBaseFee":true)", R"("berlinBlock":0)", 1),
                IsEmpty());
    EXPECT_THAT(compare(R"("contractSizeLimit":50000)", R"("contractSizeLimit":40000)", 1),
                ElementsAre(HasSubstr("config.contractSizeLimit")));
    EXPECT_THAT(compare(R"("contractSizeLimit":50000)", R"("contractSizeLimit":60000)", 1),
                IsEmpty());
}

TEST(GenesisRecord, refuses_a_changed_file_and_takes_over_what_concerns_the_future) {
    const auto record = std::filesystem::path{testing::TempDir()} /
                        ("meta138_genesis_record" + std::to_string(::getpid()));
    TestChain test;
    check_genesis_record(record, *test.chain.view());
    test.extend(2);
    check_genesis_record(record, *test.chain.view());

    const auto reopened = [&](std::string from, std::string_view to) {
        auto json = test.generator.genesis_json();
        json.replace(json.find(from), from.size(), to);
        const auto genesis = parse_genesis(json).value();
        const Chain chain{*test.database, genesis, *test.consensus};
        check_genesis_record(record, *chain.view());
    };
    EXPECT_NO_THROW(reopened("\"cancunTime\":0", "\"cancunTime\":0,\"pragueTime\":99999"));
    EXPECT_THROW(reopened("\"chainId\":138", "\"chainId\":139"), storage::OpenError);
    EXPECT_THROW(reopened("\"zeroBaseFee\":true", "\"zeroBaseFee\":false"), storage::OpenError);
    std::filesystem::remove(record);
}

}  // namespace
}  // namespace meta138::blockchain
