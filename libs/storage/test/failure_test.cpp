// SPDX-License-Identifier: Apache-2.0
// Disks that fill up or cannot be written, processes that are killed, programs that meet the wrong
// database.
#include "random_chain.hpp"
#include "rocks.hpp"
#include "schema.hpp"

#include "meta138/storage/database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <set>
#include <thread>

namespace meta138::storage {
namespace {

using test::initialize;
using test::RandomChain;
using testing::HasSubstr;

DatabaseOptions options_for(const std::filesystem::path& path) {
    DatabaseOptions options;
    options.path = path;
    return options;
}

[[noreturn]] void leave() {
    std::fflush(stdout);
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
}

void open_and_close(const DatabaseOptions& options) {
    static_cast<void>(Database::open(options));
}

template <typename Error, typename Action>
std::string message_of(Action&& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
}

/// The tables agree with each other: nothing of a block is missing, nothing of another is there.
void expect_whole(Database& database) {
    const auto snapshot = database.snapshot();
    const auto head = snapshot->head();
    ASSERT_TRUE(head);
    const auto number = head->header.number;
    const auto block = snapshot->block(number);
    ASSERT_TRUE(block);
    EXPECT_EQ(block_hash(block->header), head->hash);
    EXPECT_EQ(snapshot->block_number(head->hash), number);
    EXPECT_EQ(snapshot->receipts(number)->size(), block->transactions.size());
    for (std::uint32_t i = 0; i < block->transactions.size(); ++i) {
        const auto at = snapshot->find_transaction(transaction_hash(block->transactions[i]));
        ASSERT_TRUE(at);
        EXPECT_EQ(at->block_number, number);
        EXPECT_EQ(at->index, i);
    }
    EXPECT_FALSE(snapshot->header(number + 1));
    EXPECT_FALSE(snapshot->receipt({.block_number = number + 1, .index = 0}));

    // The root from the flat rows, from the trie's nodes, and in the header.
    state::MapState state;
    for (const auto& row : snapshot->accounts(number, Hash32{}, 100'000)) {
        state::AccountDiff diff{.address = row.address,
                                .account = row.account,
                                .storage_cleared = false,
                                .storage = {}};
        for (const auto& slot : snapshot->slots(number, row.address, Hash32{}, 100'000))
            diff.storage.push_back({slot.key, slot.value});
        state.apply({.accounts = {diff}, .codes = {}});
    }
    EXPECT_EQ(state.root(), head->header.state_root);
    EXPECT_EQ(database.commitment().root_after({}), head->header.state_root);
}

TEST(DatabaseOpen, refuses_a_newer_schema) {
    const test::TemporaryFolder folder;
    {
        const Rocks rocks{options_for(folder.path())};
        const auto newer = schema::Key{}.append_index(schema::version + 1);
        rocks.check(
            rocks.database().Put({}, rocks[schema::Family::metadata],
                                 to_slice(schema::mark::schema_version), to_slice(newer.view())),
            "write");
    }
    const auto message = message_of<OpenError>([&] { open_and_close(options_for(folder.path())); });
    EXPECT_THAT(message, HasSubstr(folder.path().string()));
    EXPECT_THAT(message, HasSubstr("schema version 2"));
    EXPECT_THAT(message, HasSubstr("newer"));
}

TEST(DatabaseOpen, refuses_tables_that_only_a_newer_program_knows) {
    const test::TemporaryFolder folder;
    {
        const Rocks rocks{options_for(folder.path())};
        rocksdb::ColumnFamilyHandle* handle = nullptr;
        rocks.check(rocks.database().CreateColumnFamily({}, "blob_sidecars", &handle), "write");
        rocks.check(rocks.database().DestroyColumnFamilyHandle(handle), "close");
    }
    const auto message = message_of<OpenError>([&] { open_and_close(options_for(folder.path())); });
    EXPECT_THAT(message, HasSubstr("blob_sidecars"));
    EXPECT_THAT(message, HasSubstr("newer"));
}

/// Runs in a process without RocksDB's threads, which a fork would leave behind.
void check_the_lock(const std::filesystem::path& path) {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const auto database = Database::open(options_for(path));
        static_cast<void>(!::write(ready[1], "x", 1));
        ::pause();
    }
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    EXPECT_THAT(message_of<OpenError>([&] { open_and_close(options_for(path)); }),
                HasSubstr("another process"));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    // The file stays, and is no obstacle.
    EXPECT_TRUE(std::filesystem::exists(path / "LOCK"));
    EXPECT_NO_THROW(open_and_close(options_for(path)));
}

TEST(DatabaseOpen, says_that_another_process_holds_the_lock) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        {
            {
                const test::TemporaryFolder folder;
                check_the_lock(folder.path());
            }
            leave();
        },
        testing::ExitedWithCode(0), "");
}

TEST(DatabaseOpen, reads_without_writing_next_to_a_writer) {
    const test::TemporaryFolder folder;
    RandomChain chain{41};
    const auto writer = Database::open(options_for(folder.path()));
    initialize(*writer, chain);
    writer->append(chain.next().record());
    auto options = options_for(folder.path());
    options.read_only = true;
    const auto reader = Database::open(options);
    EXPECT_EQ(reader->snapshot()->head()->hash, chain.head().hash);
    test::expect_state(*reader->snapshot(), 1, chain.states()[1]);
    EXPECT_THAT(message_of<IoError>([&] { reader->append(chain.next().record()); }),
                HasSubstr("reading only"));
}

TEST(DatabaseOpen, says_that_there_is_nothing_to_read) {
    const test::TemporaryFolder folder;
    auto options = options_for(folder.path() / "nothing");
    options.read_only = true;
    EXPECT_THAT(message_of<OpenError>([&] { open_and_close(options); }),
                HasSubstr("there is no database in"));
}

TEST(DatabaseFailure, names_the_row_that_the_disk_has_changed) {
    const test::TemporaryFolder folder;
    RandomChain chain{42};
    {
        const auto database = Database::open(options_for(folder.path()));
        initialize(*database, chain);
    }
    const auto address = chain.states()[0].begin()->first;
    {
        const Rocks rocks{options_for(folder.path())};
        const auto key = crypto::keccak256(address.bytes);
        rocks.check(rocks.database().Put({}, rocks[schema::Family::accounts],
                                         to_slice(ByteView{key.bytes}), "nonsense"),
                    "write");
    }
    const auto database = Database::open(options_for(folder.path()));
    const auto message = message_of<IoError>(
        [&] { static_cast<void>(database->snapshot()->state_at(0)->account(address)); });
    EXPECT_THAT(message, HasSubstr("damaged"));
    EXPECT_THAT(message, HasSubstr("of accounts"));
}

TEST(DatabaseFailure, stops_at_the_last_whole_block_when_the_disk_is_full) {
    const test::TemporaryFolder folder;
    if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=3m") != 0)
        GTEST_SKIP() << "a small disk can only be mounted by root";
    RandomChain chain{43, {.addresses = 400, .changes = 300, .max_transactions = 50}};
    auto options = options_for(folder.path());
    options.write_buffer_bytes = std::size_t{1} << 20;
    Hash32 last;
    {
        const auto database = Database::open(options);
        initialize(*database, chain);
        std::string message;
        for (int i = 0; i < 2000 && message.empty(); ++i) {
            last = chain.head().hash;
            try {
                database->append(chain.next().record());
            } catch (const IoError& error) {
                message = error.what();
            }
        }
        EXPECT_THAT(message, HasSubstr("the disk is full: make room"));
        EXPECT_THAT(message, HasSubstr(folder.path().string()));
        EXPECT_EQ(database->snapshot()->head()->hash, last);
        EXPECT_THAT(message_of<IoError>([&] { database->append(chain.head().record()); }),
                    HasSubstr("takes no changes"));
    }
    ASSERT_EQ(::mount("tmpfs", folder.path().c_str(), "tmpfs", MS_REMOUNT, "size=30m"), 0);
    {
        const auto database = Database::open(options);
        EXPECT_EQ(database->snapshot()->head()->hash, last);
        expect_whole(*database);
        EXPECT_NO_THROW(database->append(chain.head().record()));  // the one that did not fit
        expect_whole(*database);
    }
    EXPECT_EQ(::umount(folder.path().c_str()), 0);
}

TEST(DatabaseFailure, says_that_a_disk_cannot_be_written) {
    const test::TemporaryFolder folder;
    if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=30m") != 0)
        GTEST_SKIP() << "a disk can only be mounted by root";
    RandomChain chain{44};
    {
        const auto database = Database::open(options_for(folder.path()));
        initialize(*database, chain);
        database->append(chain.next().record());
    }
    ASSERT_EQ(::mount("tmpfs", folder.path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, ""), 0);
    EXPECT_THAT(message_of<IoError>([&] { open_and_close(options_for(folder.path())); }),
                HasSubstr("read-only"));
    {
        auto options = options_for(folder.path());
        options.read_only = true;
        EXPECT_EQ(Database::open(options)->snapshot()->head()->hash, chain.head().hash);
    }
    EXPECT_EQ(::umount(folder.path().c_str()), 0);
}

/// What the children of kill_writers() tell their parent.
struct Shared {
    std::atomic<std::uint64_t> changes;  ///< Blocks that the writer has appended or taken off.
    std::atomic<std::uint64_t> head;     ///< What the one who looked after it found.
};

/// Appends blocks, takes some off again, and prunes, until it is killed.
[[noreturn]] void append_for_ever(const std::filesystem::path& path,
                                  const std::vector<test::MadeBlock>& blocks, Shared& shared) {
    auto options = options_for(path);
    options.sync_every_block = false;
    options.write_buffer_bytes = std::size_t{256} << 10;  // flushes and compacts all the time
    options.retention = {.mode = Retention::Mode::minimal};
    const auto database = Database::open(options);
    const std::jthread pruner{[&](const std::stop_token& stop) {
        while (!stop.stop_requested())
            if (database->prune(5) == 0) std::this_thread::yield();
    }};
    for (;;) {
        const auto number = database->snapshot()->head()->header.number;
        if (number + 1 < blocks.size()) {
            database->append(blocks[number + 1].record());
            ++shared.changes;
            continue;
        }
        for (int i = 0; i < 100; ++i) {
            database->unwind();
            ++shared.changes;
        }
    }
}

/// Runs in a process without RocksDB's threads, which a fork would leave behind: one child writes
/// and is killed, the next one looks at what is left.
void kill_writers(int kills) {
    const test::TemporaryFolder folder;
    RandomChain chain{45, {.addresses = 40, .keys = 20, .changes = 10, .max_transactions = 3}};
    std::vector<test::MadeBlock> blocks{chain.genesis()};
    for (int i = 0; i < 400; ++i) blocks.push_back(chain.next());
    void* memory =
        ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    auto& shared = *::new (memory) Shared{};
    std::fflush(stdout);  // or every child says it again
    const auto in_child = [](const auto& action) {
        const auto child = ::fork();
        if (child != 0) return child;
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // no writer outlives a test that is broken off
        action();
        leave();
    };
    const auto start = [&] {
        const auto database = Database::open(options_for(folder.path()));
        initialize(*database, chain);
    };
    const auto verify = [&] {
        const auto database = Database::open(options_for(folder.path()));
        expect_whole(*database);
        shared.head = database->snapshot()->head()->header.number;
        EXPECT_EQ(database->snapshot()->head()->hash, blocks[shared.head].hash);
    };
    int status = 0;
    ASSERT_GE(::waitpid(in_child(start), &status, 0), 0);
    ASSERT_EQ(status, 0);
    std::set<std::uint64_t> heads;
    for (int i = 0; i < kills; ++i) {
        shared.changes = 0;
        const auto writer = in_child([&] { append_for_ever(folder.path(), blocks, shared); });
        // Some while they open the database, the others somewhere in their work.
        const auto changes = chain.below(8) == 0 ? 0 : chain.below(60);
        while (shared.changes < changes && ::waitpid(writer, &status, WNOHANG) == 0) ::usleep(100);
        ::usleep(static_cast<useconds_t>(chain.below(5'000)));
        ASSERT_EQ(::kill(writer, SIGKILL), 0) << "the writer ended by itself before kill " << i;
        ASSERT_EQ(::waitpid(writer, &status, 0), writer);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself before kill " << i;
        ASSERT_GE(::waitpid(in_child(verify), &status, 0), 0);
        ASSERT_EQ(status, 0) << "after kill " << i;
        heads.insert(shared.head);
    }
    EXPECT_GT(heads.size(), static_cast<std::size_t>(kills / 4));  // they got somewhere in between
}

TEST(DatabaseFailure, is_whole_after_every_one_of_200_kills) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        {
            kill_writers(200);
            leave();
        },
        testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace meta138::storage
