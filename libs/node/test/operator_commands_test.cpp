// SPDX-License-Identifier: Apache-2.0
#include "commands/generate_blockchain_config.hpp"
#include "commands/rlp_commands.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/node/options.hpp"
#include "meta138/qbft/config.hpp"
#include "meta138/qbft/extra_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

namespace meta138::node {
namespace {

using namespace literals;
using testing::HasSubstr;

std::string error_of(const std::function<void()>& function) {
    try {
        function();
    } catch (const OptionError& error) {
        return error.what();
    }
    return "(no error)";
}

constexpr std::string_view two_addresses =
    R"(["be068f726a13c8d46c44be6ce9d275600e1735a4", "0x5ff6f4b66a46a2b2310a6f3a93aaddc0d9a1c193"])";

TEST(RlpEncode, writes_what_besu_writes) {
    EXPECT_EQ(encode_validators_json(ExtraDataType::qbft, two_addresses),
              "0xf84fa00000000000000000000000000000000000000000000000000000000000000000ea94be068f"
              "726a13c8d46c44be6ce9d275600e1735a4945ff6f4b66a46a2b2310a6f3a93aaddc0d9a1c193c080c0");
    EXPECT_EQ(encode_validators_json(ExtraDataType::ibft, two_addresses),
              "0xf853a00000000000000000000000000000000000000000000000000000000000000000ea94be068f"
              "726a13c8d46c44be6ce9d275600e1735a4945ff6f4b66a46a2b2310a6f3a93aaddc0d9a1c193808400"
              "000000c0");
}

TEST(RlpEncode, refuses_what_is_no_list_of_addresses) {
    const auto refusal = [](std::string_view json) {
        return error_of([&] { encode_validators_json(ExtraDataType::qbft, json); });
    };
    EXPECT_THAT(refusal(""), HasSubstr("trying to read the JSON data"));
    EXPECT_THAT(refusal("[\"0x"), HasSubstr("Please check JSON input format"));
    EXPECT_THAT(refusal("{}"), HasSubstr("an array of addresses"));
    EXPECT_THAT(refusal(R"(["0x12"])"), HasSubstr("Not an address"));
    EXPECT_THAT(refusal("[7]"), HasSubstr("Not an address"));
}

TEST(RlpDecode, writes_what_besu_writes) {
    EXPECT_EQ(
        decode_validators_hex(
            ExtraDataType::qbft,
            "0xf84fa00000000000000000000000000000000000000000000000000000000000000000ea94241f8"
            "04efb46f71acaa5be94a62f7798e89c3724946cdf72da457453063ea92e7fa5ac30afbcec28cdc0"
            "80c0"),
        "[0x241f804efb46f71acaa5be94a62f7798e89c3724, "
        "0x6cdf72da457453063ea92e7fa5ac30afbcec28cd]");
    const auto ibft = encode_validators_json(ExtraDataType::ibft, two_addresses);
    EXPECT_EQ(decode_validators_hex(ExtraDataType::ibft, ibft),
              "[0xbe068f726a13c8d46c44be6ce9d275600e1735a4, "
              "0x5ff6f4b66a46a2b2310a6f3a93aaddc0d9a1c193]");
    EXPECT_THAT(error_of([&] { decode_validators_hex(ExtraDataType::qbft, ibft); }),
                HasSubstr("Unable to decode the RLP data with selected type"));
    EXPECT_THAT(error_of([&] { decode_validators_hex(ExtraDataType::qbft, "0xzz"); }),
                HasSubstr("not hexadecimal"));
}

TEST(ExtraDataTypes, have_besu_s_names) {
    EXPECT_EQ(parse_extra_data_type("IBFT_EXTRA_DATA"), ExtraDataType::ibft);
    EXPECT_EQ(parse_extra_data_type("QBFT_EXTRA_DATA"), ExtraDataType::qbft);
    EXPECT_THAT(error_of([] { parse_extra_data_type("CLIQUE"); }), HasSubstr("QBFT_EXTRA_DATA"));
}

class GenerateBlockchainConfig : public testing::Test {
protected:
    void SetUp() override {
        std::filesystem::remove_all(folder);
        std::filesystem::create_directories(folder);
        plan.config_file = folder / "config.json";
        plan.to = folder / "network";
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    std::vector<Address> generate(std::string_view config) {
        std::ofstream{plan.config_file} << config;
        return generate_blockchain_config(plan);
    }
    std::string refusal(std::string_view config) {
        return error_of([&] { generate(config); });
    }
    [[nodiscard]] std::string read(const std::filesystem::path& file) const {
        std::ifstream in{plan.to / file};
        return {std::istreambuf_iterator<char>{in}, {}};
    }

    const std::filesystem::path folder =
        std::filesystem::path{testing::TempDir()} /
        (std::string{"generate_"} + testing::UnitTest::GetInstance()->current_test_info()->name());
    BlockchainConfigPlan plan;
};

constexpr std::string_view four_qbft_nodes = R"({
    "genesis": {"config": {"chainId": 138, "berlinBlock": 0, "qbft": {"blockperiodseconds": 2}},
                "gasLimit": "0x1fffffffffffff", "difficulty": "0x1", "extraData": "0x",
                "alloc": {"fe3b557e8fb62b89f4916b721be55ceb828dbd73": {"balance": "5"}}},
    "blockchain": {"nodes": {"generate": true, "count": 4}}})";

TEST_F(GenerateBlockchainConfig, makes_a_genesis_file_that_a_node_reads) {
    const auto addresses = generate(four_qbft_nodes);
    ASSERT_EQ(addresses.size(), 4U);
    const auto genesis = parse_genesis(read("genesis.json"));
    ASSERT_TRUE(genesis) << to_string(genesis.error());
    EXPECT_EQ(qbft::decode_extra_data(genesis->extra_data)->validators, addresses);
    EXPECT_EQ(qbft::parse_config(*genesis).value()->initial.block_period,
              std::chrono::milliseconds{2000});
    EXPECT_EQ(genesis->gas_limit, 0x1fffffffffffffU);
    EXPECT_EQ(genesis->alloc.size(), 1U);
    // In its place, not at the end.
    const auto text = read("genesis.json");
    EXPECT_LT(text.find("extraData"), text.find("alloc"));
}

TEST_F(GenerateBlockchainConfig, makes_keys_that_belong_to_the_addresses) {
    for (const auto& address : generate(four_qbft_nodes)) {
        const auto place = std::filesystem::path{"keys"} / to_hex(address.bytes);
        const auto secret = crypto::SecretKey::from(decode_hex(read(place / "key.priv")).value());
        ASSERT_TRUE(secret);
        EXPECT_EQ(crypto::address_of(crypto::public_key(*secret)), address);
        EXPECT_EQ(read(place / "key.pub"), to_hex(crypto::public_key(*secret).bytes));
        using std::filesystem::perms;
        EXPECT_EQ(std::filesystem::status(plan.to / place / "key.priv").permissions() &
                      (perms::group_all | perms::others_all),
                  perms::none);
    }
}

TEST_F(GenerateBlockchainConfig, takes_the_public_keys_of_nodes_in_their_order) {
    const auto addresses = generate(R"({"genesis": {"config": {"qbft": {}}}, "blockchain": {"nodes":
        {"keys": [
        "0x9481ee2b34196827e8c4807ae29c2675c15d3641e482ab81cc0bc3ef535755b426b9f5c474213df28a563fab0bf0830b455ee8955b3faac93075422a6abf160d",
        "0xf9dff57fc0bae7cba6577d82caf40cf6d266afc2a212775eb45c2188ab30aeed01e724daf4203649d4aa7e30717bfeeaf0b4c30b5d651bad39bcae8429759889"
        ]}}})");
    EXPECT_EQ(addresses, (std::vector{"0xd5feb0fc5a54a89f97aeb34c3df15397c19f6dd2"_address,
                                      "0xd6a9a4c886eb008ac307abdc1f38745c1dd13a88"_address}));
    EXPECT_EQ(nlohmann::json::parse(read("genesis.json"))["extraData"],
              "0xf84fa00000000000000000000000000000000000000000000000000000000000000000ea94d5feb0fc"
              "5a54a89f97aeb34c3df15397c19f6dd294d6a9a4c886eb008ac307abdc1f38745c1dd13a88c080c0");
    EXPECT_FALSE(std::filesystem::exists(
        plan.to / "keys/0xd5feb0fc5a54a89f97aeb34c3df15397c19f6dd2/key.priv"));
}

TEST_F(GenerateBlockchainConfig, takes_the_extra_data_of_ibft_2_where_that_is_the_protocol) {
    generate(R"({"genesis": {"config": {"ibft2": {}}}, "blockchain": {"nodes":
        {"generate": true, "count": 1}}})");
    const auto extra_data = nlohmann::json::parse(read("genesis.json"))["extraData"];
    EXPECT_THAT(extra_data.get<std::string>(), testing::EndsWith("808400000000c0"));
}

TEST_F(GenerateBlockchainConfig, leaves_the_genesis_file_of_another_protocol_alone) {
    generate(R"({"genesis": {"config": {"ethash": {}}, "extraData": "0x1234"}})");
    EXPECT_EQ(nlohmann::json::parse(read("genesis.json"))["extraData"], "0x1234");
}

TEST_F(GenerateBlockchainConfig, gives_the_files_the_names_that_are_wanted) {
    plan.genesis_file_name = "g.json";
    plan.private_key_file_name = "secret";
    plan.public_key_file_name = "public";
    const auto addresses = generate(four_qbft_nodes);
    EXPECT_TRUE(std::filesystem::exists(plan.to / "g.json"));
    const auto place = plan.to / "keys" / to_hex(addresses[0].bytes);
    EXPECT_TRUE(std::filesystem::exists(place / "secret"));
    EXPECT_TRUE(std::filesystem::exists(place / "public"));
}

TEST_F(GenerateBlockchainConfig, says_what_is_wrong_and_writes_nothing) {
    EXPECT_THAT(refusal("{"), HasSubstr("parse error"));
    EXPECT_THAT(refusal("{}"), HasSubstr("Missing config section"));
    EXPECT_THAT(refusal(R"({"genesis": {"config": {"ecCurve": "secp256r1"}}})"),
                HasSubstr("ecCurve"));
    EXPECT_THAT(refusal(R"({"genesis": {"config": {}, "alloc": {"00": {"balance": 1e30}}}})"),
                HasSubstr("genesis.alloc.00.balance: a number above 2^64"));
    const auto with_keys = [](std::string_view keys) {
        return std::string{R"({"genesis": {"config": {}}, "blockchain": {"nodes": )"} +
               std::string{keys} + "}}";
    };
    EXPECT_THAT(refusal(with_keys(R"({"keys": ["0x12"]})")), HasSubstr("not a public key"));
    EXPECT_THAT(refusal(with_keys(R"({"generate": true})")), HasSubstr("blockchain.nodes.count"));
    EXPECT_FALSE(std::filesystem::exists(plan.to));

    plan.public_key_file_name = plan.private_key_file_name;
    EXPECT_THAT(refusal(four_qbft_nodes), HasSubstr("must be unique"));
}

TEST_F(GenerateBlockchainConfig, overwrites_no_network) {
    generate(four_qbft_nodes);
    EXPECT_THAT(refusal(four_qbft_nodes), HasSubstr("Output directory already exists"));
}

TEST_F(GenerateBlockchainConfig, takes_an_empty_folder) {
    std::filesystem::create_directory(plan.to);
    EXPECT_EQ(generate(four_qbft_nodes).size(), 4U);
}

}  // namespace
}  // namespace meta138::node
