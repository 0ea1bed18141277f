// SPDX-License-Identifier: Apache-2.0
// Whole chains: every block is decoded, checked against its own header, and encoded back.
#include "json_files.hpp"

#include "meta138/test/fixtures.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <gmock/gmock.h>

namespace meta138 {
namespace {

using test::unhex;
using test::unhex_fixed;

void check_block(ByteView encoded, const Block& block) {
    const auto& header = block.header;
    EXPECT_EQ(encode_block(block), to_bytes(encoded));
    EXPECT_EQ(transactions_root(block.transactions), header.transactions_root);
    EXPECT_EQ(ommers_hash(block.ommers), header.ommers_hash);
    EXPECT_EQ(block.withdrawals.has_value(), header.withdrawals_root.has_value());
    if (block.withdrawals) EXPECT_EQ(withdrawals_root(*block.withdrawals), header.withdrawals_root);
    for (const auto& transaction : block.transactions)
        EXPECT_TRUE(recover_sender(transaction, Fork::osaka)) << header.number;
}

struct ChainFile {
    const char* path;
    const char* head_hash;  // nullptr: not stated
};

void PrintTo(const ChainFile& chain, std::ostream* out) {
    *out << chain.path;
}

class ChainFiles : public testing::TestWithParam<ChainFile> {};

TEST_P(ChainFiles, are_links_that_survive_the_round_trip) {
    META138_FIXTURE_OR_SKIP(path, GetParam().path);
    const auto text = test::read_text(path);
    auto in = rlp::Reader::sequence(as_bytes(text));
    Hash32 parent;
    std::size_t count = 0;
    while (!in.empty()) {
        const auto encoded = in.raw_item();
        const auto block = decode_block(encoded);
        ASSERT_TRUE(block) << rlp::to_string(block.error());
        check_block(encoded, *block);
        if (count++ != 0) EXPECT_EQ(block->header.parent_hash, parent) << block->header.number;
        parent = block_hash(block->header);
    }
    ASSERT_TRUE(in.finish());
    EXPECT_GT(count, 0u);
    if (GetParam().head_hash != nullptr)
        EXPECT_EQ(parent, unhex_fixed<Hash32>(GetParam().head_hash));
}

INSTANTIATE_TEST_SUITE_P(
    , ChainFiles,
    testing::Values(ChainFile{"chains/hivechain-600/chain.rlp",
                              "44e3809c9a3cda717f00aea3a9da336d149612c8d5657fbc0028176ef8d94d2a"},
                    ChainFile{"chains/besu-snap/blocks.rlp",
                              "36a166f0dcd160fc5e5c61c9a7c2d7f236d9175bf27f43aaa2150e291f092ef7"},
                    ChainFile{"chains/besu-london/blocks.rlp",
                              "03290a909cff32be9ce85f27c50570e9a94212dfb212c15f7a15cbdda70a7abc"},
                    ChainFile{"chains/mainnet-first-1000/blocks.rlp",
                              "c31b362e591aa07faa977dbc492ae43cd47eef291920435153bbbf3acaf2fc2f"},
                    ChainFile{"rpc-execution-apis/chain.rlp", nullptr},
                    ChainFile{"rpc-besu/chains/hive/blocks.rlp", nullptr},
                    ChainFile{"rpc-besu/chains/trace/blocks.rlp", nullptr},
                    ChainFile{"rpc-besu/chains/debug-geth/blocks.rlp", nullptr},
                    ChainFile{"rpc-besu/chains/simulateV1/blocks.rlp", nullptr}),
    [](const auto& info) {
        std::string name = info.param.path;
        std::erase_if(name, [](char letter) { return std::isalnum(letter) == 0; });
        return name;
    });

// GenesisTests: genesis blocks of 2015, whose header had no more than 15 fields.
TEST(BlockFixtures, hold_the_genesis_block_of_mainnet) {
    META138_FIXTURE_OR_SKIP(file, "basic-tests/BasicTests/genesishashestest.json");
    const auto fixture = test::read_json(file);
    const auto encoded = unhex(fixture["genesis_rlp_hex"].get<std::string>());
    const auto block = decode_block(encoded);
    ASSERT_TRUE(block);
    EXPECT_EQ(encode_block(*block), encoded);
    EXPECT_EQ(to_hex_digits(block_hash(block->header).bytes),
              fixture["genesis_hash"].get<std::string>());
    EXPECT_EQ(to_hex_digits(block->header.state_root.bytes),
              fixture["genesis_state_root"].get<std::string>());
}

TEST(BlockFixtures, survive_the_round_trip_of_eth_messages) {
    META138_FIXTURE_OR_SKIP(file, "devp2p/eth-messages/BlockBodiesPacket66.json");
    const auto encoded = unhex(test::read_json(file)["rlp"].get<std::string>());
    auto in = rlp::Reader::list(encoded);
    const auto request_id = in.integer<std::uint64_t>();
    const auto bodies = in.items(read_block_body);
    ASSERT_TRUE(in.finish());
    ASSERT_EQ(bodies.size(), 1u);
    EXPECT_FALSE(bodies[0].withdrawals);

    rlp::Writer out;
    out.list([&] { out.integer(request_id).items(bodies, write_block_body); });
    EXPECT_EQ(out.take(), encoded);
}

}  // namespace
}  // namespace meta138
