// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/genesis.hpp"

#include "json_files.hpp"

#include "meta138/crypto/keccak.hpp"
#include "meta138/test/fixtures.hpp"
#include "meta138/trie/trie.hpp"
#include "meta138/types/account.hpp"
#include "meta138/types/fork_id.hpp"

#include <gmock/gmock.h>

namespace meta138 {
namespace {

using namespace literals;
using test::read_text;
using test::unhex;
using test::unhex_fixed;
using testing::HasSubstr;

// The state root of alloc, from the Yellow Paper: rlp([nonce, balance, storage root, code hash]).
Hash32 state_root(const Genesis& genesis) {
    trie::SecureTrie state;
    for (const auto& [address, account] : genesis.alloc) {
        trie::SecureTrie storage;
        for (const auto& [slot, value] : account.storage)
            storage.insert(to_hash32(slot).bytes, rlp::encode_integer(value));
        state.insert(address.bytes, rlp::encode_list(account.nonce, account.balance, storage.root(),
                                                     crypto::keccak256(account.code)));
    }
    return state.root();
}

Hash32 hash_of(const Genesis& genesis) {
    return block_hash(genesis_header(genesis, state_root(genesis)));
}

Genesis parse_file(const std::filesystem::path& path) {
    auto genesis = parse_genesis(read_text(path));
    EXPECT_TRUE(genesis) << path << ": " << to_string(genesis.error());
    return genesis ? *std::move(genesis) : Genesis{};
}

GenesisError error_of(std::string_view json) {
    const auto genesis = parse_genesis(json);
    EXPECT_FALSE(genesis) << json;
    return genesis ? GenesisError{} : genesis.error();
}

Hash32 parent_of_first_block(const std::filesystem::path& path, std::uint64_t first = 1) {
    const auto text = read_text(path);
    auto in = rlp::Reader::sequence(as_bytes(text));
    while (!in.empty()) {
        const auto block = read_block(in);
        if (block.header.number == first) return block.header.parent_hash;
    }
    ADD_FAILURE() << path << " has no block " << first;
    return {};
}

TEST(Genesis, of_public_networks_has_the_known_hash) {
    META138_FIXTURE_OR_SKIP(folder, "chains/public-genesis");
    EXPECT_EQ(hash_of(parse_file(folder / "mainnet.json")),
              "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"_hash32);
    EXPECT_EQ(hash_of(parse_file(folder / "hoodi.json")),
              "0xbbe312868b376a3001692a646dd2d7d1e4406380dfd86b98aa8a34d1557c971b"_hash32);
}

TEST(Genesis, is_the_parent_of_the_first_block) {
    META138_FIXTURE_OR_SKIP(root, "chains");
    for (const auto* chain :
         {"chains/hivechain-600/chain.rlp", "chains/besu-snap/blocks.rlp",
          "chains/besu-london/blocks.rlp", "chains/mainnet-first-1000/blocks.rlp",
          "qbft/ibft1-chain/blocks.rlp", "rpc-execution-apis/chain.rlp",
          "rpc-besu/chains/hive/blocks.rlp", "rpc-besu/chains/trace/blocks.rlp",
          "rpc-besu/chains/debug-geth/blocks.rlp", "rpc-besu/chains/simulateV1/blocks.rlp"}) {
        SCOPED_TRACE(chain);
        const auto path = root.parent_path() / chain;
        const auto genesis = parse_file(path.parent_path() / "genesis.json");
        EXPECT_EQ(hash_of(genesis), parent_of_first_block(path));
    }
}

TEST(Genesis, of_2015_has_the_expected_block) {
    META138_FIXTURE_OR_SKIP(file, "basic-tests/GenesisTests/basic_genesis_tests.json");
    for (const auto& [name, test] : test::read_json(file).items()) {
        SCOPED_TRACE(name);
        const auto genesis = parse_genesis(test.dump());
        ASSERT_TRUE(genesis) << to_string(genesis.error());
        const Block block{.header = genesis_header(*genesis, state_root(*genesis)),
                          .transactions = {},
                          .ommers = {},
                          .withdrawals = {}};
        EXPECT_EQ(to_hex_digits(encode_block(block)), test["result"].get<std::string>());
    }
}

TEST(Genesis, of_every_fixture_parses_but_for_the_reasons_here) {
    META138_FIXTURE_OR_SKIP(root, "chains");
    std::size_t parsed = 0;
    for (const auto* folder : {"rpc-besu", "qbft/genesis", "qbft/ibft1-chain", "chains"}) {
        for (const auto& file : test::json_files(root.parent_path() / folder)) {
            const bool is_genesis =
                file.filename() == "genesis.json" || file.parent_path().filename() == "genesis";
            if (!is_genesis) continue;
            SCOPED_TRACE(file.string());
            const auto genesis = parse_genesis(read_text(file));
            if (genesis) {
                ++parsed;
                EXPECT_TRUE(validate_fork_order(genesis->schedule));
            } else if (genesis.error().where == "config.amsterdamTime") {
                EXPECT_THAT(genesis.error().reason, HasSubstr("does not know"));
            } else {  // a template whose extra data is to be filled in
                EXPECT_THAT(read_text(file), HasSubstr("%extraData%"));
                EXPECT_EQ(genesis.error().where, "extraData");
            }
        }
    }
    EXPECT_GT(parsed, 10u);
}

// go-ethereum's tracer tests hold the state before a mainnet or test network block as a genesis.
TEST(Genesis, of_the_tracer_tests_parses) {
    META138_FIXTURE_OR_SKIP(folder, "rpc-geth/tracers");
    for (const auto& file : test::json_files(folder)) {
        SCOPED_TRACE(file.string());
        const auto genesis = parse_genesis(test::read_json(file)["genesis"].dump());
        ASSERT_TRUE(genesis) << to_string(genesis.error());
        EXPECT_FALSE(genesis->alloc.empty());
    }
}

TEST(Genesis, of_mainnet_has_its_schedule) {
    META138_FIXTURE_OR_SKIP(file, "chains/public-genesis/mainnet.json");
    const auto genesis = parse_file(file);
    const auto& schedule = genesis.schedule;
    EXPECT_EQ(schedule.chain_id, 1u);
    EXPECT_EQ(schedule.terminal_total_difficulty, 58750000000000000000000_u256);
    EXPECT_EQ(schedule.fork_at(0, 0), Fork::frontier);
    EXPECT_EQ(schedule.fork_at(12964999, 1628166821), Fork::berlin);
    EXPECT_EQ(schedule.fork_at(12965000, 1628166822), Fork::london);
    EXPECT_EQ(schedule.fork_at(15537394, 1663224179, 58750003716598352816469_u256), Fork::paris);
    EXPECT_EQ(schedule.fork_at(17034870, 1681338455), Fork::shanghai);
    EXPECT_EQ(schedule.blob_parameters_at(1710338135).max, 6u);
    EXPECT_EQ(schedule.blob_parameters_at(1746612311).max, 9u);
    EXPECT_EQ(schedule.difficulty_bomb_delay_at(15049999), 10'700'000u);
    EXPECT_EQ(schedule.difficulty_bomb_delay_at(15050000), 11'400'000u);
    const ForkFilter filter{hash_of(genesis), 0, schedule};
    EXPECT_EQ(filter.fork_id(0, 0), (ForkId{{{0xfc, 0x64, 0xec, 0x04}}, 1150000}));
}

TEST(Genesis, of_a_qbft_chain_keeps_its_section_as_text) {
    const auto genesis = parse_genesis(R"({
        // a comment
        "config": {"chainid": 2017, "BERLINBLOCK": 0,
                   "qbft": {"blockperiodseconds": 1, "blockreward": "5000000000000000000"},
                   "transitions": {"qbft": [{"block": 5, "blockperiodseconds": 2}]},
                   "zeroBaseFee": true, "contractSizeLimit": 2147483647, "evmStackSize": 2048},
        "gasLimit": "0x1fffffffffffff", "difficulty": "0x1", "extraData": "",
        "alloc": {"fe3b557e8fb62b89f4916b721be55ceb828dbd73": {
            "privateKey": "ignored", "balance": "90000000000000000000000", "nonce": "10",
            "storage": {"0x1": "2", "0x02": "0x00"}}}})");
    ASSERT_TRUE(genesis) << to_string(genesis.error());
    EXPECT_EQ(genesis->consensus.qbft,
              R"({"blockperiodseconds":1,"blockreward":"5000000000000000000"})");
    EXPECT_EQ(genesis->consensus.transitions, R"({"qbft":[{"block":5,"blockperiodseconds":2}]})");
    EXPECT_EQ(genesis->schedule.chain_id, 2017u);
    EXPECT_EQ(genesis->schedule.fork_at(0, 0), Fork::berlin);
    EXPECT_TRUE(genesis->zero_base_fee);
    EXPECT_EQ(genesis->contract_size_limit, 2147483647u);
    EXPECT_EQ(genesis->evm_stack_size, 2048u);
    const auto& account = genesis->alloc.at("0xfe3b557e8fb62b89f4916b721be55ceb828dbd73"_address);
    EXPECT_EQ(account.nonce, 16u);  // hexadecimal, as Besu reads it
    EXPECT_EQ(account.balance, 90000000000000000000000_u256);
    EXPECT_EQ(account.storage, (std::map<uint256, uint256>{{1, 2}}));
}

constexpr std::string_view minimal = R"({"config":{"chainId":1},"gasLimit":1,"difficulty":1)";

std::string with(std::string_view members) {
    return std::string{minimal} + std::string{members} + "}";
}

std::string with_config(std::string_view members) {
    return R"({"gasLimit":1,"difficulty":1,"config":{"chainId":1,)" + std::string{members} + "}}";
}

TEST(Genesis, errors_name_the_place_and_the_reason) {
    EXPECT_TRUE(parse_genesis(with("")));
    EXPECT_EQ(error_of("{\n  \"config\" 1}").where, "line 2, column 12");
    EXPECT_EQ(error_of("").where, "line 1, column 1");
    EXPECT_EQ(error_of("[]"), (GenesisError{"$", "not an object"}));
    EXPECT_EQ(error_of("null"), (GenesisError{"$", "not an object"}));
    EXPECT_EQ(error_of(R"({"gasLimit":1})"), (GenesisError{"difficulty", "missing"}));
    EXPECT_EQ(error_of(R"({"gasLimit":1,"difficulty":1,"config":{}})"),
              (GenesisError{"config.chainId", "missing"}));
    EXPECT_EQ(error_of(with(R"(,"gaslimit":2)")), (GenesisError{"gasLimit", "given twice"}));
    EXPECT_EQ(error_of(with(R"(,"timestamp":"0123")")),
              (GenesisError{"timestamp", "a decimal number with a leading zero"}));
    EXPECT_EQ(error_of(with(R"(,"timestamp":1.5)")).where, "timestamp");
    EXPECT_EQ(error_of(with(R"(,"timestamp":-1)")).where, "timestamp");
    EXPECT_EQ(error_of(with(R"(,"timestamp":18446744073709551616)")),
              (GenesisError{"timestamp", "2^64 or more"}));
    EXPECT_EQ(error_of(with(R"(,"coinbase":"0x12")")),
              (GenesisError{"coinbase", "1 bytes instead of 20"}));
    EXPECT_EQ(error_of(with(R"(,"alloc":{"0x12":{}})")),
              (GenesisError{"alloc.0x12", "not an address"}));
    EXPECT_EQ(error_of(with(R"(,"alloc":{"fe3b557e8fb62b89f4916b721be55ceb828dbd73":{},
                                "0xFE3b557e8fb62b89f4916b721be55ceb828dbd73":{}})"))
                  .reason,
              "given twice");
    EXPECT_EQ(error_of(with(R"(,"alloc":{"fe3b557e8fb62b89f4916b721be55ceb828dbd73":{
                                "storage":{"0x1":7}}})"))
                  .where,
              "alloc.fe3b557e8fb62b89f4916b721be55ceb828dbd73.storage.0x1");
}

GenesisError order_error_of(std::string_view json) {
    const auto genesis = parse_genesis(json);
    EXPECT_TRUE(genesis) << to_string(genesis.error());
    const auto order = validate_fork_order(genesis->schedule);
    EXPECT_FALSE(order) << json;
    return order ? GenesisError{} : order.error();
}

TEST(Genesis, with_two_prefixes_before_a_number_is_refused) {
    const auto genesis = parse_genesis(with(R"(,"nonce":"0x0X00000000000042")"));
    ASSERT_FALSE(genesis);
    EXPECT_EQ(genesis.error().where, "nonce");
}

TEST(Genesis, with_an_unknown_or_misplaced_fork_is_refused) {
    EXPECT_EQ(error_of(with_config(R"("amsterdamTime":5)")),
              (GenesisError{"config.amsterdamTime", "a fork that this version does not know"}));
    EXPECT_EQ(error_of(with_config(R"("bpo6Time":5)")).where, "config.bpo6Time");
    EXPECT_EQ(order_error_of(with_config(R"("berlinBlock":5,"londonBlock":4)")),
              (GenesisError{"config.londonBlock", "before berlinBlock"}));
    EXPECT_EQ(order_error_of(with_config(R"("osakaTime":5,"bpo1Time":4)")).where,
              "config.bpo1Time");
    EXPECT_EQ(error_of(with_config(R"("osakaTime":5,"bpo3Time":6)")).where,
              "config.blobSchedule.bpo3");
    EXPECT_EQ(
        error_of(with_config(R"("cancunTime":5,"blobSchedule":{"cancun":{"target":1}})")).where,
        "config.blobSchedule.cancun.max");
    EXPECT_EQ(error_of(with_config(R"("londonBlock":"x")")).where, "config.londonBlock");
}

TEST(Genesis, takes_what_it_lacks_of_the_blob_schedule_from_mainnet) {
    const auto genesis = parse_genesis(with_config(
        R"("cancunTime":0,"pragueTime":10,"osakaTime":20,"bpo1Time":30,"bpo2Time":40,
           "blobSchedule":{"prague":{"target":1,"max":2,"baseFeeUpdateFraction":3}})"));
    ASSERT_TRUE(genesis) << to_string(genesis.error());
    const auto max_at = [&](std::uint64_t time) {
        return genesis->schedule.blob_parameters_at(time).max;
    };
    EXPECT_EQ(max_at(0), 6u);
    EXPECT_EQ(max_at(10), 2u);
    EXPECT_EQ(max_at(20), 2u);
    EXPECT_EQ(max_at(30), 15u);
    EXPECT_EQ(max_at(40), 21u);
}

}  // namespace
}  // namespace meta138
