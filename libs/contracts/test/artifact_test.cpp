// SPDX-License-Identifier: Apache-2.0
#include "meta138/contracts/artifact.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/contracts/abi.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace meta138::contracts {
namespace {

/// "transmit(uint80,int256,uint64)":"1234abcd"
std::string identifier(std::string_view signature) {
    return '"' + std::string{signature} + "\":\"" + to_hex_digits(abi::selector(signature).bytes) +
           '"';
}

TEST(ContractArtifact, is_found_by_its_name) {
    for (const Artifact& one : all()) {
        EXPECT_EQ(find(one.name), &one) << one.name;
        EXPECT_EQ(&artifact(one.name), &one) << one.name;
    }
    EXPECT_EQ(find("Agg"), nullptr);
    EXPECT_EQ(find(""), nullptr);
    EXPECT_EQ(find("ZZZ"), nullptr);
}

TEST(ContractArtifact, names_are_in_order) {
    EXPECT_TRUE(std::ranges::is_sorted(all(), {}, &Artifact::name));
}

TEST(ContractArtifact, has_what_the_compiler_made) {
    for (const Artifact& one : all()) {
        EXPECT_TRUE(one.abi.starts_with("[")) << one.name;
        EXPECT_TRUE(one.abi.ends_with("]")) << one.name;
        EXPECT_TRUE(one.storage_layout.starts_with("{")) << one.name;
        EXPECT_TRUE(one.user_documentation.starts_with("{")) << one.name;
        EXPECT_TRUE(one.developer_documentation.ends_with("}")) << one.name;
        const bool is_interface = one.name == "IAggregator";
        EXPECT_EQ(one.creation_code.empty(), is_interface) << one.name;
        EXPECT_EQ(one.runtime_code.empty(), is_interface) << one.name;
    }
    EXPECT_TRUE(compiler_version().starts_with("0.8."));
}

TEST(ContractArtifact, code_is_within_the_limit_of_eip_170) {
    for (const Artifact& one : all()) EXPECT_LE(one.runtime_code.size(), 0x6000) << one.name;
}

TEST(ContractArtifact, standard_contracts_may_stand_in_a_genesis_file) {
    EXPECT_TRUE(artifact("WETH9").is_predeployable);
    EXPECT_TRUE(artifact("Multicall3").is_predeployable);
    EXPECT_FALSE(artifact("Aggregator").is_predeployable);
    EXPECT_FALSE(artifact("TimelockController").is_predeployable);
    EXPECT_FALSE(artifact("MintableToken").is_predeployable);
}

TEST(ContractArtifact, creation_code_ends_with_the_runtime_code_of_contracts_without_immutables) {
    for (const Artifact& one : all()) {
        if (!one.is_predeployable) continue;
        ASSERT_GT(one.creation_code.size(), one.runtime_code.size()) << one.name;
        EXPECT_TRUE(equal(one.creation_code.last(one.runtime_code.size()), one.runtime_code))
            << one.name;
    }
}

struct Functions {
    std::string_view contract;
    std::vector<std::string_view> signatures;
};

TEST(ContractArtifact, has_the_functions_that_the_field_calls) {
    const Functions expected[] = {
        {"Aggregator",
         {"decimals()", "description()", "version()", "getRoundData(uint80)", "latestRoundData()",
          "latestAnswer()", "latestTimestamp()", "latestRound()", "getAnswer(uint256)",
          "getTimestamp(uint256)", "minAnswer()", "maxAnswer()", "transmitters()",
          "upgradeToAndCall(address,bytes)", "proxiableUUID()", "transmit(uint80,int256,uint64)",
          "feedState(address)",
          "initialize(string,uint8,(uint32,uint16,uint16,bool,int256,int256,uint32),address,"
          "address,address[])"}},
        {"FeedRegistry",
         {"latestRoundData(address,address)", "getRoundData(address,address,uint80)",
          "decimals(address,address)", "description(address,address)", "version(address,address)",
          "latestAnswer(address,address)", "latestTimestamp(address,address)",
          "latestRound(address,address)", "getAnswer(address,address,uint256)",
          "getTimestamp(address,address,uint256)", "getFeed(address,address)",
          "getPhaseFeed(address,address,uint16)", "getRoundFeed(address,address,uint80)",
          "getCurrentPhaseId(address,address)", "isFeedEnabled(address)"}},
        {"WETH9",
         {"name()", "symbol()", "decimals()", "totalSupply()", "balanceOf(address)",
          "allowance(address,address)", "approve(address,uint256)", "transfer(address,uint256)",
          "transferFrom(address,address,uint256)", "deposit()", "withdraw(uint256)"}},
        {"Multicall3",
         {"aggregate((address,bytes)[])", "aggregate3((address,bool,bytes)[])",
          "aggregate3Value((address,bool,uint256,bytes)[])", "blockAndAggregate((address,bytes)[])",
          "tryAggregate(bool,(address,bytes)[])", "tryBlockAndAggregate(bool,(address,bytes)[])",
          "getBasefee()", "getBlockHash(uint256)", "getBlockNumber()", "getChainId()",
          "getCurrentBlockCoinbase()", "getCurrentBlockDifficulty()", "getCurrentBlockGasLimit()",
          "getCurrentBlockTimestamp()", "getEthBalance(address)", "getLastBlockHash()"}},
        {"SwapRouter",
         {"swapExactTokensForTokens(uint256,uint256,address[],address,uint256)",
          "addLiquidity(address,address,uint256,uint256,uint256,uint256,address,uint256)"}},
        {"SwapPair", {"swap(uint256,uint256,address,bytes)", "getReserves()", "mint(address)"}},
    };
    for (const auto& [contract, signatures] : expected) {
        for (const std::string_view signature : signatures) {
            EXPECT_NE(artifact(contract).method_identifiers.find(identifier(signature)),
                      std::string_view::npos)
                << contract << ' ' << signature;
        }
    }
}

}  // namespace
}  // namespace meta138::contracts
