// SPDX-License-Identifier: Apache-2.0
#include "meta138/consensus/qbft_consensus.hpp"

#include "sealed_chain.hpp"

#include "meta138/codec/rlp/reader.hpp"
#include "meta138/execution/block_environment.hpp"
#include "meta138/test/fixtures.hpp"
#include "meta138/types/account.hpp"
#include "meta138/types/requests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace meta138::consensus {
namespace {

using namespace literals;
using test::BlockWish;
using test::GenesisText;
using test::SealedChain;
using testing::HasSubstr;

GenesisText with_config(std::string config) {
    return {.config = std::move(config)};
}

execution::BlockRules rules_at(const SealedChain& chain, std::uint64_t number,
                               std::uint64_t timestamp = test::chain_start) {
    return chain.rules->rules_at(number, timestamp, {});
}

TEST(QbftConsensus, takes_blocks_that_a_quorum_has_sealed) {
    SealedChain chain{{}};
    chain.extend();
    const auto three = chain.seal(chain.build(), {0, 2, 3});
    EXPECT_EQ(chain.refusal(three), "");
    EXPECT_EQ(chain.head().number, 2U);
    EXPECT_EQ(chain.chain->view()->head().hash, qbft::on_chain_hash(three.header));
}

TEST(QbftConsensus, takes_blocks_of_later_rounds_under_the_same_hash) {
    SealedChain chain{{}};
    const auto block = chain.build();
    auto later = block;
    later.header = qbft::with_round(block.header, 3);
    EXPECT_EQ(chain.rules->block_hash(later.header), chain.rules->block_hash(block.header));
    EXPECT_EQ(chain.refusal(chain.seal(later)), "");
}

TEST(QbftConsensus, refuses_seals_that_are_too_few_twice_or_strangers) {
    SealedChain chain{{}};
    const auto block = chain.build();
    EXPECT_THAT(chain.refusal(block), HasSubstr("0 seals, but 4 validators need 3"));
    EXPECT_THAT(chain.refusal(chain.seal(block, {0, 1})), HasSubstr("2 seals"));
    EXPECT_THAT(chain.refusal(chain.seal(block, {0, 1, 1})), HasSubstr("two seals of"));
    EXPECT_THAT(chain.refusal(chain.seal(block, {0, 1, 2, 3, 3})), HasSubstr("5 seals of 4"));
    EXPECT_EQ(chain.refusal(chain.seal(block, {3, 1, 0})), "");
}

TEST(QbftConsensus, refuses_a_block_with_one_bad_seal_among_enough_good_ones) {
    SealedChain chain{{.extra_data = qbft::encode_extra_data(
                           {.vanity = Bytes(32),
                            .validators = {SealedChain{{}}.address(0), SealedChain{{}}.address(1),
                                           SealedChain{{}}.address(2)}})}};
    const auto block = chain.build({.builder = 0});
    EXPECT_THAT(chain.refusal(chain.seal(block, {0, 1, 3})),
                HasSubstr("which is not a validator of this block"));
    // Seals of another round are nobody's.
    auto other_round = chain.seal(block, {0, 1});
    other_round.header = qbft::with_round(
        other_round.header, 1, qbft::decode_extra_data(other_round.header.extra_data)->seals);
    EXPECT_THAT(chain.refusal(other_round), HasSubstr("which is not a validator"));
    EXPECT_EQ(chain.refusal(chain.seal(block, {0, 1})), "");
}

TEST(QbftConsensus, does_not_look_at_the_seals_of_a_proposal) {
    SealedChain chain{{}};
    const auto block = chain.build();
    const auto executed = chain.chain->execute_unsealed(block);
    ASSERT_TRUE(executed) << to_string(executed.error());
    EXPECT_EQ(chain.head().number, 0U);
    const auto sealed = chain.seal(block, {1, 2, 3});
    chain.chain->append(*executed, &sealed.header);
    EXPECT_EQ(chain.head(), sealed.header);
    chain.extend();
}

// A block on the head that somebody changed, without seals.
std::string refusal_of_proposal(SealedChain& chain, const std::function<void(Header&)>& change,
                                const BlockWish& wish = {}) {
    auto block = chain.build(wish);
    change(block.header);
    const auto executed = chain.chain->execute_unsealed(block);
    return executed ? "" : to_string(executed.error());
}

TEST(QbftConsensus, checks_every_rule_of_besu_on_a_header) {
    SealedChain chain{{}};
    chain.extend();
    const auto refusal = [&](const std::function<void(Header&)>& change) {
        return refusal_of_proposal(chain, change);
    };
    EXPECT_EQ(refusal([](Header&) {}), "");
    EXPECT_THAT(refusal([](Header& header) { header.prev_randao[0] ^= 1; }), HasSubstr("mixHash"));
    EXPECT_THAT(refusal([](Header& header) { header.difficulty = 2; }), HasSubstr("difficulty"));
    EXPECT_THAT(refusal([](Header& header) { header.gas_limit = 4999; }), HasSubstr("gas_limit"));
    EXPECT_THAT(refusal([](Header& header) { header.gas_used = header.gas_limit + 1; }),
                HasSubstr("gas_used"));
    EXPECT_THAT(refusal([](Header& header) { header.timestamp -= 1; }), HasSubstr("timestamp"));
    EXPECT_THAT(refusal([](Header& header) { header.parent_hash[0] ^= 1; }), HasSubstr("parent"));
    EXPECT_THAT(refusal([](Header& header) { header.extra_data = {0x01}; }),
                HasSubstr("extra data cannot be read"));
    EXPECT_THAT(refusal([](Header& header) { header.coinbase[0] ^= 1; }),
                HasSubstr("which is not a validator"));
    EXPECT_THAT(refusal([](Header& header) { header.ommers_hash = {}; }), HasSubstr("ommers"));
    EXPECT_THAT(refusal([](Header& header) { header.base_fee_per_gas = 0; }),
                HasSubstr("fields of the header"));
}

TEST(QbftConsensus, tolerates_what_besu_tolerates) {
    SealedChain chain{with_config(R"("berlinBlock": 0, "londonBlock": 0, "qbft": {})")};
    const auto refusal = [&](const std::function<void(Header&)>& change) {
        return refusal_of_proposal(chain, change);
    };
    EXPECT_EQ(refusal([](Header& header) { header.nonce[7] = 1; }), "");
    EXPECT_EQ(refusal([](Header& header) { header.base_fee_per_gas = 12345; }), "");
    EXPECT_EQ(refusal([](Header& header) {
                  auto extra_data = qbft::decode_extra_data(header.extra_data).value();
                  extra_data.vanity.resize(100'000);
                  header.extra_data = qbft::encode_extra_data(extra_data);
              }),
              "");
}

TEST(QbftConsensus, wants_the_list_of_validators_in_order) {
    SealedChain chain{{}};
    auto list = chain.addresses();
    std::ranges::reverse(list);
    const auto keep = [](Header&) {};
    EXPECT_THAT(refusal_of_proposal(chain, keep, {.validators = list}),
                HasSubstr("lists 4 validators"));
    list.pop_back();
    EXPECT_THAT(refusal_of_proposal(chain, keep, {.validators = list}),
                HasSubstr("lists 3 validators"));
    EXPECT_THAT(refusal_of_proposal(chain, keep, {.validators = std::vector<Address>{}}),
                HasSubstr("lists 0 validators"));
}

TEST(QbftConsensus, takes_a_block_one_second_ahead_of_the_clock_and_no_more) {
    SealedChain chain{{}};
    const auto block = chain.seal(chain.build({.timestamp = test::chain_start + 100}));
    chain.now = std::chrono::seconds{test::chain_start + 98};
    EXPECT_THAT(chain.refusal(block), HasSubstr("2 s ahead of this node's clock"));
    chain.now = std::chrono::seconds{test::chain_start + 99};
    EXPECT_EQ(chain.refusal(block), "");
}

TEST(QbftConsensus, keeps_blocks_apart_by_the_period_of_their_time) {
    SealedChain chain{with_config(R"("berlinBlock": 0, "qbft": {"blockperiodseconds": 5},
        "transitions": {"qbft": [{"block": 2, "blockperiodseconds": 2},
                                 {"block": 3, "xblockperiodmilliseconds": 100},
                                 {"block": 4, "xblockperiodmilliseconds": 1500}]})")};
    const auto keep = [](Header&) {};
    const auto at = [&](std::uint64_t seconds) {
        return refusal_of_proposal(chain, keep, {.timestamp = chain.head().timestamp + seconds});
    };
    EXPECT_THAT(at(4), HasSubstr("timestamp"));
    EXPECT_EQ(at(5), "");
    chain.extend({.timestamp = chain.head().timestamp + 5});
    EXPECT_THAT(at(1), HasSubstr("timestamp"));
    EXPECT_EQ(at(2), "");
    chain.extend({.timestamp = chain.head().timestamp + 2});
    EXPECT_EQ(at(0), "");
    chain.extend({.timestamp = chain.head().timestamp});
    EXPECT_THAT(at(0), HasSubstr("timestamp"));
    EXPECT_EQ(at(1), "");
}

TEST(QbftConsensus, gives_rewards_and_the_beneficiary_that_hold_for_a_block) {
    const SealedChain chain{with_config(R"("berlinBlock": 0, "qbft": {"blockreward": "0x5"},
        "transitions": {"qbft": [
            {"block": 10, "miningbeneficiary": "0x0000000000000000000000000000000000000000"},
            {"block": 20, "miningbeneficiary": "", "blockreward": 0}]})")};
    EXPECT_EQ(rules_at(chain, 9).block_reward, uint256{5});
    EXPECT_EQ(rules_at(chain, 9).beneficiary, std::nullopt);
    EXPECT_EQ(rules_at(chain, 10).block_reward, uint256{5});
    EXPECT_EQ(rules_at(chain, 10).beneficiary, Address{});
    // No reward is not a reward of nothing: that would touch the beneficiary.
    EXPECT_EQ(rules_at(chain, 20).block_reward, std::nullopt);
    EXPECT_EQ(rules_at(chain, 20).beneficiary, std::nullopt);
}

TEST(QbftConsensus, pays_the_reward_to_the_beneficiary) {
    SealedChain chain{with_config(R"("berlinBlock": 0, "qbft": {"blockreward": "0x5",
        "miningbeneficiary": "0x00000000000000000000000000000000000000be"})")};
    chain.extend();
    chain.extend();
    const auto view = chain.chain->view();
    const auto state = view->blocks().state_at(2);
    EXPECT_EQ(state->account("0x00000000000000000000000000000000000000be"_address)->balance,
              uint256{10});
    EXPECT_FALSE(state->account(chain.head().coinbase));
}

TEST(QbftConsensus, has_forks_after_the_merge_without_what_a_beacon_chain_brings) {
    SealedChain chain{with_config(R"("londonBlock": 0, "shanghaiTime": 0, "cancunTime": 0,
        "pragueTime": 0, "osakaTime": 0, "zeroBaseFee": true, "qbft": {})")};
    const auto rules = rules_at(chain, 1);
    EXPECT_EQ(rules.fork, Fork::osaka);
    EXPECT_EQ(rules.consensus, execution::Consensus::fixed_difficulty);
    EXPECT_FALSE(rules.has_system_contracts);
    EXPECT_FALSE(rules.limits_block_size);
    EXPECT_FALSE(rules.validates_withdrawals);
    EXPECT_EQ(rules.transaction_gas_limit_cap, TX_MAX_GAS_LIMIT);

    chain.extend();
    const auto header = chain.head();
    EXPECT_EQ(header.difficulty, uint256{1});
    EXPECT_EQ(header.base_fee_per_gas, uint256{0});
    EXPECT_EQ(header.withdrawals_root, EMPTY_TRIE_ROOT);
    EXPECT_EQ(header.blob_gas_used, 0U);
    EXPECT_EQ(header.excess_blob_gas, 0U);
    EXPECT_EQ(header.parent_beacon_block_root, Hash32{});
    EXPECT_EQ(header.requests_hash,
              "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"_hash32);
    // What PREVRANDAO gives.
    const auto environment = execution::environment_of(header, rules);
    EXPECT_EQ(environment.context.prev_randao, to_uint256(istanbul_mix_hash));
}

TEST(QbftConsensus, before_the_merge_gives_1_for_the_difficulty) {
    SealedChain chain{with_config(R"("londonBlock": 0, "qbft": {})")};
    const auto block = chain.build();
    const auto environment = execution::environment_of(block.header, rules_at(chain, 1));
    EXPECT_EQ(environment.context.prev_randao, uint256{1});
}

TEST(QbftConsensus, with_a_fixed_base_fee_takes_the_node_s_minimum_price) {
    SealedChain chain{with_config(R"("londonBlock": 0, "shanghaiTime": 0, "cancunTime": 0,
        "fixedBaseFee": true, "qbft": {})"),
                      4,
                      {.min_gas_price = 777, .now = {}}};
    chain.extend();
    EXPECT_EQ(chain.head().base_fee_per_gas, uint256{777});
    EXPECT_EQ(chain.head().withdrawals_root, EMPTY_TRIE_ROOT);
    EXPECT_EQ(chain.head().blob_gas_used, std::nullopt);
}

TEST(QbftConsensus, starts_london_later_with_twice_the_gas_and_the_base_fee_of_the_file) {
    SealedChain chain{{.config = R"("berlinBlock": 0, "londonBlock": 2, "qbft": {})",
                       .other = R"("baseFeePerGas": "0x10",)"}};
    chain.extend();
    const auto before = chain.head().gas_limit;
    chain.extend();
    EXPECT_EQ(chain.head().gas_limit, 2 * before);
    EXPECT_EQ(chain.head().base_fee_per_gas, uint256{0x10});
}

TEST(QbftConsensus, does_not_scale_the_limit_of_init_code) {
    const SealedChain chain{
        with_config(R"("berlinBlock": 0, "contractSizeLimit": 100000, "qbft": {})")};
    EXPECT_EQ(rules_at(chain, 1).limits.max_code_size, 100'000U);
    EXPECT_EQ(rules_at(chain, 1).limits.max_initcode_size, 0xc000U);
}

TEST(QbftConsensus, may_have_another_limit_of_gas_for_one_transaction) {
    const SealedChain chain{with_config(R"("berlinBlock": 0, "qbft": {"pertxgaslimit": 100000},
        "transitions": {"qbft": [{"block": 5, "pertxgaslimit": 0}]})")};
    EXPECT_EQ(rules_at(chain, 1).transaction_gas_limit_cap, 100'000U);
    EXPECT_TRUE(rules_at(chain, 1).limits_transaction_gas_always);
    EXPECT_EQ(rules_at(chain, 5).transaction_gas_limit_cap, ~std::uint64_t{0});
}

TEST(QbftConsensus, refuses_a_genesis_file_with_another_size_of_the_stack) {
    const auto genesis =
        parse_genesis(with_config(R"("evmStackSize": 2048, "qbft": {})").text()).value();
    const auto made = make_qbft_consensus(genesis, qbft::parse_config(genesis)->value());
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().where, "config.evmStackSize");
}

TEST(QbftConsensus, is_final) {
    SealedChain chain{{}};
    const auto one = chain.seal(chain.build());
    const auto other = chain.seal(chain.build({.timestamp = test::chain_start + 9}));
    EXPECT_EQ(chain.refusal(one), "");
    EXPECT_NE(chain.refusal(other), "");
    EXPECT_EQ(chain.chain->view()->finalized(), 1U);
}

TEST(QbftConsensus, goes_from_ibft_2_to_qbft) {
    SealedChain chain{with_config(R"("berlinBlock": 0, "ibft2": {"epochlength": 2},
        "qbft": {"startblock": 4, "epochlength": 3})")};
    const auto hash_before = chain.chain->view()->head().hash;
    EXPECT_EQ(hash_before, block_hash(chain.head()));
    chain.extend_to(3);
    EXPECT_TRUE(qbft::ibft2::decode_extra_data(chain.head().extra_data));
    EXPECT_FALSE(qbft::decode_extra_data(chain.head().extra_data));
    const auto last = chain.head();
    chain.extend();
    EXPECT_TRUE(qbft::decode_extra_data(chain.head().extra_data));
    EXPECT_EQ(chain.head().parent_hash, qbft::ibft2::on_chain_hash(last));
    chain.extend_to(9);
    EXPECT_EQ(chain.validators(), chain.addresses());
}

TEST(QbftConsensus, imports_a_chain_of_quorum_s_ibft) {
    META138_FIXTURE_OR_SKIP(folder, "qbft/ibft1-chain");
    const auto read = [&](const char* name) {
        std::ifstream file{folder / name, std::ios::binary};
        return std::string{std::istreambuf_iterator<char>{file}, {}};
    };
    const auto genesis = parse_genesis(read("genesis.json")).value();
    const auto rules = make_qbft_consensus(genesis, qbft::parse_config(genesis)->value()).value();
    const auto database = storage::Database::open({.in_memory = true});
    blockchain::Chain chain{*database, genesis, *rules};
    const auto blocks = read("blocks.rlp");
    auto in = rlp::Reader::sequence(as_bytes(blocks));
    while (!in.empty()) {
        const auto block = read_block(in);
        ASSERT_FALSE(in.failed());
        const auto imported = chain.import(block);
        ASSERT_TRUE(imported) << block.header.number << ": " << to_string(imported.error());
    }
    EXPECT_EQ(chain.view()->head().header.number, 100U);
    // Whoever made block 100 hands the next one over to QBFT.
    EXPECT_EQ(rules->validator_sets().after_head(chain).value(),
              qbft::ibft1::decode_extra_data(chain.view()->head().header.extra_data)->validators);
}

TEST(QbftConsensus, wants_a_zero_nonce_in_ibft_2) {
    SealedChain chain{with_config(R"("berlinBlock": 0, "ibft2": {}, "qbft": {"startblock": 4})")};
    EXPECT_THAT(refusal_of_proposal(chain, [](Header& header) { header.nonce[0] = 1; }),
                HasSubstr("nonce"));
}

}  // namespace
}  // namespace meta138::consensus
