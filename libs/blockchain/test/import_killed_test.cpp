// SPDX-License-Identifier: Apache-2.0
#include "meta138/blockchain/chain_file.hpp"
#include "meta138/test/generated_chain.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>

// kill -9 in the middle of imports: META138_KILLS of them, a few without that.

namespace meta138::blockchain {
namespace {

namespace fs = std::filesystem;

constexpr const char* folder_variable = "META138_KILLED_IMPORT";
constexpr int progress_descriptor = 3;

test::GeneratedChainOptions small_chain() {
    return {.senders = 50, .recipients = 500, .gas_limit = 3'000'000};
}

storage::DatabaseOptions database_in(const fs::path& folder) {
    storage::DatabaseOptions options;
    options.path = folder / "database";
    options.sync_every_block = false;
    return options;
}

/// The chain of a folder, opened.
struct OpenedChain {
    explicit OpenedChain(const fs::path& folder)
        : database{storage::Database::open(database_in(folder))} {}

    test::ChainGenerator generator{small_chain()};
    std::unique_ptr<Consensus> consensus = make_trusting_consensus(generator.genesis());
    std::unique_ptr<storage::Database> database;
    Chain chain{*database, generator.genesis(), *consensus};
};

Hash32 write_chain(const fs::path& file, std::size_t blocks) {
    test::ChainGenerator generator{small_chain()};
    const auto consensus = make_trusting_consensus(generator.genesis());
    const auto database = storage::Database::open({.in_memory = true});
    Chain chain{*database, generator.genesis(), *consensus};
    std::ofstream out{file, std::ios::binary};
    for (std::size_t i = 0; i < blocks; ++i) {
        chain.append(generator.build(chain, test::Workload::mixed));
        const auto encoded = encode_block(*chain.view()->blocks().block(i + 1));
        out.write(reinterpret_cast<const char*>(encoded.data()),
                  static_cast<std::streamsize>(encoded.size()));
    }
    return chain.view()->head().hash;
}

/// Imports in another process until it has done `blocks` of them, and kills it. True: it had
/// finished before.
bool import_and_kill(const fs::path& folder, std::size_t blocks) {
    int pipe_ends[2];
    EXPECT_EQ(::pipe(pipe_ends), 0);
    const auto child = ::fork();
    if (child == 0) {
        ::dup2(pipe_ends[1], progress_descriptor);
        ::setenv(folder_variable, folder.c_str(), 1);
        ::execl("/proc/self/exe", "meta138_blockchain_test",
                "--gtest_filter=KilledImport.is_what_the_other_process_does", nullptr);
        ::_exit(127);
    }
    ::close(pipe_ends[1]);
    char byte = 0;
    for (std::size_t done = 0; done < blocks && ::read(pipe_ends[0], &byte, 1) == 1;) ++done;
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ::close(pipe_ends[0]);
    if (!WIFEXITED(status)) return false;
    EXPECT_EQ(WEXITSTATUS(status), 0);
    return true;
}

TEST(KilledImport, is_what_the_other_process_does) {
    const char* folder = std::getenv(folder_variable);
    if (folder == nullptr) GTEST_SKIP() << "runs in a process of its own";
    OpenedChain opened{folder};
    const auto imported = import_chain_file(opened.chain, fs::path{folder} / "chain.rlp",
                                            [](const ChainFileProgress& progress) {
                                                if (progress.blocks == progress.known_blocks)
                                                    return true;
                                                const char byte = 0;
                                                return ::write(progress_descriptor, &byte, 1) == 1;
                                            });
    ASSERT_TRUE(imported) << imported.error().reason;
}

TEST(KilledImport, goes_on_at_the_last_whole_block) {
    const char* wanted = std::getenv("META138_KILLS");
    const std::size_t kills = wanted != nullptr ? std::strtoul(wanted, nullptr, 10) : 10;
    const auto folder =
        fs::path{testing::TempDir()} / ("meta138_killed_import" + std::to_string(::getpid()));
    fs::create_directories(folder);
    const auto head = write_chain(folder / "chain.rlp", 2 * kills);

    std::mt19937 random{1};
    std::uint64_t number = 0;
    std::size_t killed = 0;
    for (std::size_t i = 0; i < kills; ++i) {
        // After none, one or two more blocks, somewhere in the next one.
        if (import_and_kill(folder, random() % 3)) break;
        ++killed;
        if (i % 8 != 0) continue;
        const OpenedChain opened{folder};
        const auto now = opened.chain.view()->head();
        EXPECT_GE(now.header.number, number) << "a whole block was lost";
        EXPECT_EQ(opened.database->commitment().root_after({}), now.header.state_root);
        number = now.header.number;
    }
    EXPECT_GE(killed, kills / 2);
    RecordProperty("kills", std::to_string(killed));
    {
        OpenedChain opened{folder};
        const auto rest = import_chain_file(opened.chain, folder / "chain.rlp");
        ASSERT_TRUE(rest) << rest.error().reason;
        EXPECT_EQ(opened.chain.view()->head().hash, head);
    }
    fs::remove_all(folder);
}

}  // namespace
}  // namespace meta138::blockchain
