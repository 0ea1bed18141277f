// SPDX-License-Identifier: Apache-2.0
#include "meta138/blockchain/chain_file.hpp"

#include "test_chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace meta138::blockchain {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A file of its own for a test, gone afterwards.
class ChainFile : public testing::Test {
protected:
    ChainFile() {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        folder_ = fs::path{testing::TempDir()} /
                  (std::string{"meta138_chain_file_"} + test->name() + std::to_string(::getpid()));
        fs::create_directories(folder_);
        path = folder_ / "chain.rlp";
    }
    ~ChainFile() override { fs::remove_all(folder_); }

    void write(std::span<const Block> blocks) const {
        std::ofstream out{path, std::ios::binary};
        for (const auto& block : blocks) {
            const auto encoded = encode_block(block);
            out.write(reinterpret_cast<const char*>(encoded.data()),
                      static_cast<std::streamsize>(encoded.size()));
        }
    }
    void write_bytes(std::string_view bytes) const {
        std::ofstream{path, std::ios::binary} << bytes;
    }
    [[nodiscard]] std::string bytes() const {
        std::ifstream in{path, std::ios::binary};
        return {std::istreambuf_iterator<char>{in}, {}};
    }

    fs::path path;

private:
    fs::path folder_;
};

TEST_F(ChainFile, comes_back_as_it_was_exported) {
    TestChain from;
    from.extend(12);
    const auto written = export_chain_file(*from.chain.view(), path, {.from = 0, .to = 100});
    ASSERT_TRUE(written) << written.error().reason;
    EXPECT_EQ(written->blocks, 13U);
    EXPECT_EQ(written->bytes, fs::file_size(path));
    for (const unsigned workers : {0U, 1U, 3U}) {
        TestChain to;
        std::uint64_t calls = 0;
        const auto read = import_chain_file(to.chain, path,
                                            [&](const ChainFileProgress& progress) {
                                                EXPECT_EQ(progress.number, calls++);
                                                EXPECT_EQ(progress.total_bytes, written->bytes);
                                                return true;
                                            },
                                            {.workers = workers, .max_bytes_ahead = 1});
        ASSERT_TRUE(read) << read.error().reason;
        EXPECT_EQ(to.head(), from.head());
        EXPECT_EQ(read->blocks, 13U);
        EXPECT_EQ(read->known_blocks, 1U);
        EXPECT_EQ(read->transactions, written->transactions);
        EXPECT_EQ(read->gas, written->gas);
        EXPECT_EQ(calls, 13U);
    }
}

TEST_F(ChainFile, is_resumed_where_the_chain_stands) {
    TestChain test;
    const auto blocks = make_branch(1, 10);
    write(blocks);
    const auto first = import_chain_file(
        test.chain, path, [](const ChainFileProgress& progress) { return progress.number < 4; });
    ASSERT_TRUE(first);
    EXPECT_EQ(test.number(), 4U);
    const auto rest = import_chain_file(test.chain, path);
    ASSERT_TRUE(rest);
    EXPECT_EQ(rest->known_blocks, 4U);
    EXPECT_EQ(test.number(), 10U);
}

TEST_F(ChainFile, names_its_bad_block_and_keeps_those_before) {
    TestChain test;
    auto blocks = make_branch(1, 5);
    blocks[3].header.state_root[0] ^= 1;
    write(blocks);
    const auto imported = import_chain_file(test.chain, path);
    ASSERT_FALSE(imported);
    EXPECT_EQ(imported.error().number, 4U);
    EXPECT_THAT(imported.error().reason, testing::StartsWith("block 4 (0x"));
    EXPECT_THAT(imported.error().reason, HasSubstr(": state_root: got 0x"));
    EXPECT_EQ(test.number(), 3U);
}

TEST_F(ChainFile, with_a_gap_says_so) {
    TestChain test;
    auto blocks = make_branch(1, 3);
    blocks.erase(blocks.begin());
    write(blocks);
    const auto imported = import_chain_file(test.chain, path);
    ASSERT_FALSE(imported);
    EXPECT_THAT(imported.error().reason, HasSubstr("is a part of the file missing?"));
}

TEST_F(ChainFile, that_ends_within_a_block_gives_the_blocks_before) {
    TestChain test;
    write(make_branch(1, 3));
    write_bytes(bytes().substr(0, bytes().size() - 1));
    const auto imported = import_chain_file(test.chain, path);
    ASSERT_FALSE(imported);
    EXPECT_THAT(imported.error().reason, HasSubstr("ends within a block"));
    EXPECT_EQ(test.number(), 2U);
}

TEST_F(ChainFile, of_another_chain_is_refused_by_its_genesis_block) {
    TestChain other{1, 20'000'000};
    TestChain test;
    ASSERT_TRUE(export_chain_file(*other.chain.view(), path, {.from = 0, .to = 0}));
    const auto imported = import_chain_file(test.chain, path);
    ASSERT_FALSE(imported);
    EXPECT_THAT(imported.error().reason, HasSubstr("the genesis block of another chain"));
}

TEST_F(ChainFile, of_something_else_is_refused) {
    TestChain test;
    for (const auto* text : {"{\"config\":{}}", "\xc0", "\xff\xff\xff\xff\xff\xff\xff\xff\xff",
                             "\xf9\xff\xff", "\xc1\x80"}) {
        write_bytes(text);
        EXPECT_FALSE(import_chain_file(test.chain, path)) << text;
    }
    EXPECT_FALSE(import_chain_file(test.chain, path.parent_path() / "missing"));
    write_bytes("");
    EXPECT_TRUE(import_chain_file(test.chain, path));
}

TEST_F(ChainFile, holds_the_range_that_was_asked_for) {
    TestChain test;
    test.extend(6);
    const auto view = test.chain.view();
    ASSERT_TRUE(export_chain_file(*view, path, {.from = 1, .to = 3}));
    ASSERT_TRUE(export_chain_file(*view, path, {.from = 4, .to = 6, .append = true}));
    TestChain other;
    ASSERT_TRUE(import_chain_file(other.chain, path));
    EXPECT_EQ(other.head(), test.head());
    const auto nothing = export_chain_file(*view, path, {.from = 7, .to = 9});
    ASSERT_FALSE(nothing);
    EXPECT_EQ(nothing.error().reason, "there is no block from 7 to 9: the head is 6");
}

TEST_F(ChainFile, is_imported_from_block_to_block) {
    TestChain test;
    test.extend(6);
    ASSERT_TRUE(export_chain_file(*test.chain.view(), path, {.from = 0, .to = 6}));
    for (const unsigned workers : {0U, 2U}) {
        TestChain other;
        const auto first = import_chain_file(other.chain, path, {}, {.workers = workers, .to = 2});
        ASSERT_TRUE(first);
        EXPECT_EQ(first->number, 2U);
        const auto gap = import_chain_file(other.chain, path, {}, {.workers = workers, .from = 4});
        ASSERT_FALSE(gap);
        EXPECT_EQ(gap.error().number, 4U);
        const auto rest =
            import_chain_file(other.chain, path, {}, {.workers = workers, .from = 3, .to = 6});
        ASSERT_TRUE(rest);
        EXPECT_EQ(rest->blocks, 4U);
        EXPECT_EQ(other.head(), test.head());
    }
}

}  // namespace
}  // namespace meta138::blockchain
