// SPDX-License-Identifier: Apache-2.0
#include "fixture_run.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/state/map_state.hpp"
#include "meta138/types/block.hpp"

#include <fmt/format.h>

namespace meta138::conformance {
namespace {

using namespace literals;
using testing::HasSubstr;

constexpr auto account = "0x1000000000000000000000000000000000000000"_address;

Header genesis_header() {
    state::MapState state;
    state.set_account(account, 0, 7);
    Header header;
    header.ommers_hash = EMPTY_OMMERS_HASH;
    header.state_root = state.root();
    header.transactions_root = EMPTY_TRIE_ROOT;
    header.receipt_root = EMPTY_TRIE_ROOT;
    header.gas_limit = 30'000'000;
    header.base_fee_per_gas = 1000;
    header.withdrawals_root = EMPTY_TRIE_ROOT;
    return header;
}

// An empty block of Shanghai on top of the genesis block.
Block first_block() {
    Block block;
    block.header = genesis_header();
    block.header.parent_hash = block_hash(genesis_header());
    block.header.number = 1;
    block.header.timestamp = 12;
    block.header.base_fee_per_gas = 875;
    block.withdrawals.emplace();
    return block;
}

struct ChainText {
    std::string network = "Shanghai";
    Block block = first_block();
    std::string more;  // further members of the block
    Hash32 last = block_hash(first_block().header);
    std::string balance = "0x07";  // afterwards

    [[nodiscard]] std::string text() const {
        return fmt::format(R"({{"one block": {{"network": "{}", "sealEngine": "NoProof",
            "genesisBlockHeader": {{"hash": "{}"}}, "genesisRLP": "{}",
            "pre": {{"{}": {{"balance": "0x07", "nonce": "0x00", "code": "0x", "storage": {{}}}}}},
            "blocks": [{{"rlp": "{}"{}}}],
            "lastblockhash": "{}",
            "postState": {{"{}": {{"balance": "{}", "nonce": "0x00", "code": "0x",
                "storage": {{}}}}}}}}}})",
                           network, to_hex(block_hash(genesis_header()).bytes),
                           to_hex(encode_block({.header = genesis_header(),
                                                .transactions = {},
                                                .ommers = {},
                                                .withdrawals = std::vector<Withdrawal>{}})),
                           to_hex(account.bytes), to_hex(encode_block(block)), more,
                           to_hex(last.bytes), to_hex(account.bytes), balance);
    }
};

TEST(BlockchainTest, passes_when_head_and_state_are_as_expected) {
    expect_pass(run_text("t.json", ChainText{}.text()));
}

TEST(BlockchainTest, fails_on_another_head) {
    EXPECT_THAT(only_failure(run_text(
                    "t.json", with<ChainText>([&](auto& it) { it.last = Hash32{}; }).text())),
                HasSubstr("expected the head 0x00"));
}

TEST(BlockchainTest, fails_on_another_state) {
    EXPECT_THAT(only_failure(run_text(
                    "t.json", with<ChainText>([&](auto& it) { it.balance = "0x08"; }).text())),
                HasSubstr("balance: expected 0x8, got 0x7"));
}

TEST(BlockchainTest, fails_when_a_valid_block_should_be_refused) {
    EXPECT_THAT(only_failure(run_text("t.json", with<ChainText>([&](auto& it) {
                                                    it.more = R"(, "expectException": "X")";
                                                }).text())),
                HasSubstr("blocks[0]: expected X, got a valid block"));
}

TEST(BlockchainTest, fails_when_a_block_is_refused_that_should_not_be) {
    auto block = first_block();
    block.header.base_fee_per_gas = 876;
    EXPECT_THAT(only_failure(run_text("t.json",
                                      with<ChainText>([&](auto& it) { it.block = block; }).text())),
                HasSubstr("blocks[0]: expected a valid block, got: base_fee_per_gas"));
}

TEST(BlockchainTest, passes_when_a_refused_block_leaves_the_head_where_it_was) {
    auto block = first_block();
    block.header.state_root = {};
    expect_pass(run_text("t.json", with<ChainText>([&](auto& it) {
                                       it.block = block;
                                       it.more = R"(, "expectException": "X")";
                                       it.last = block_hash(genesis_header());
                                   }).text()));
}

TEST(BlockchainTest, fails_on_an_unknown_network) {
    EXPECT_THAT(only_failure(run_text("t.json", with<ChainText>([&](auto& it) {
                                                    it.network = "ShanghaiToAtlantisAtTime15k";
                                                }).text())),
                HasSubstr("unknown network"));
}

TEST(BlockchainTest, fails_on_a_genesis_block_that_is_another_than_it_says) {
    auto text = ChainText{}.text();
    const auto at = text.find("\"balance\": \"0x07\"");
    text.replace(at, 17, "\"balance\": \"0x09\"");
    EXPECT_THAT(only_failure(run_text("t.json", text)),
                HasSubstr("expected the genesis state root"));
}

}  // namespace
}  // namespace meta138::conformance
