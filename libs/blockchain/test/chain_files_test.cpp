// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/hex.hpp"
#include "meta138/blockchain/chain.hpp"
#include "meta138/blockchain/chain_file.hpp"
#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace meta138::blockchain {
namespace {

namespace fs = std::filesystem;

std::string read_text(const fs::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// A chain of a fixture folder's genesis in memory.
struct FixtureChain {
    explicit FixtureChain(const fs::path& folder)
        : genesis{parse_genesis(read_text(folder / "genesis.json")).value()} {}

    Genesis genesis;
    std::unique_ptr<Consensus> consensus = make_trusting_consensus(genesis);
    std::unique_ptr<storage::Database> database = storage::Database::open({.in_memory = true});
    Chain chain{*database, genesis, *consensus};
};

struct Row {
    const char* name;
    const char* folder;
    const char* file;
    std::uint64_t blocks;  // in the file, perhaps with the genesis block
    std::uint64_t head;
    const char* hash;  // of the head; empty where the fixtures do not say
};

void PrintTo(const Row& row, std::ostream* out) {
    *out << row.name;
}

class ChainFiles : public testing::TestWithParam<Row> {};

TEST_P(ChainFiles, import_to_the_head_they_are_known_for) {
    const auto& row = GetParam();
    META138_FIXTURE_OR_SKIP(folder, row.folder);
    FixtureChain test{folder};
    const auto progress = import_chain_file(test.chain, folder / row.file);
    ASSERT_TRUE(progress) << progress.error().reason;
    EXPECT_EQ(progress->blocks, row.blocks);
    EXPECT_EQ(progress->bytes, fs::file_size(folder / row.file));
    EXPECT_EQ(progress->bytes, progress->total_bytes);
    const auto view = test.chain.view();
    EXPECT_EQ(view->head().header.number, row.head);
    if (*row.hash != '\0') {
        EXPECT_EQ(to_hex(view->head().hash.bytes), std::string{"0x"} + row.hash);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Fixtures, ChainFiles,
    testing::Values(Row{"hivechain", "chains/hivechain-600", "chain.rlp", 600, 600,
                        "44e3809c9a3cda717f00aea3a9da336d149612c8d5657fbc0028176ef8d94d2a"},
                    Row{"besu_snap", "chains/besu-snap", "blocks.rlp", 501, 500,
                        "36a166f0dcd160fc5e5c61c9a7c2d7f236d9175bf27f43aaa2150e291f092ef7"},
                    Row{"besu_london", "chains/besu-london", "blocks.rlp", 6, 5,
                        "03290a909cff32be9ce85f27c50570e9a94212dfb212c15f7a15cbdda70a7abc"},
                    Row{"mainnet", "chains/mainnet-first-1000", "blocks.rlp", 1000, 999,
                        "c31b362e591aa07faa977dbc492ae43cd47eef291920435153bbbf3acaf2fc2f"},
                    Row{"execution_apis", "rpc-execution-apis", "chain.rlp", 54, 54, ""},
                    Row{"rpc_hive", "rpc-besu/chains/hive", "blocks.rlp", 35, 34, ""},
                    Row{"rpc_trace", "rpc-besu/chains/trace", "blocks.rlp", 34, 33, ""},
                    Row{"rpc_debug_geth", "rpc-besu/chains/debug-geth", "blocks.rlp", 34, 34, ""},
                    Row{"rpc_simulate", "rpc-besu/chains/simulateV1", "blocks.rlp", 46, 45, ""}),
    [](const auto& row) { return std::string{row.param.name}; });

}  // namespace
}  // namespace meta138::blockchain
