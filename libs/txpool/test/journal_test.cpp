// SPDX-License-Identifier: Apache-2.0
#include "meta138/txpool/journal.hpp"

#include "base64.hpp"
#include "pool_fixture.hpp"

#include "meta138/crypto/secp256k1.hpp"
#include "meta138/txpool/pool_journal.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

namespace meta138::txpool::test {
namespace {

SavedTransaction saved_transfer(std::uint64_t nonce, bool is_local = true) {
    SavedTransaction saved;
    saved.is_local = is_local;
    saved.pooled.transaction = transfer(address_of(1), nonce).transaction;
    saved.pooled.transaction.r = 5;
    saved.pooled.transaction.s = 6;
    return saved;
}

std::string text_of(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

void write_text(const std::filesystem::path& file, std::string_view text) {
    std::ofstream out{file, std::ios::binary | std::ios::trunc};
    out << text;
}

/// A folder of its own, for one test.
class FileTest : public testing::Test {
protected:
    void SetUp() override {
        std::string name =
            (std::filesystem::temp_directory_path() / "meta138-txpool-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder = name;
        file = folder / "txpool.dump";
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    std::filesystem::path folder;
    std::filesystem::path file;
};

TEST(Base64, follows_rfc_4648) {
    const std::vector<std::pair<std::string_view, std::string_view>> vectors{
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (const auto& [plain, text] : vectors) {
        std::string encoded;
        append_base64(encoded, as_bytes(plain));
        EXPECT_EQ(encoded, text);
        EXPECT_EQ(decode_base64(text), to_bytes(as_bytes(plain)));
    }
}

TEST(Base64, rejects_what_is_not_canonical) {
    for (const auto* text :
         {"Zg=", "Zg", "Zh==", "Zm9=", "Z===", "====", "Zm 9", "Zm9v\n", "Zg==Zg=="})
        EXPECT_FALSE(decode_base64(text)) << text;
}

TEST(SavedTransaction, survives_encoding) {
    auto saved = saved_transfer(3);
    saved.score = -5;
    EXPECT_EQ(decode_saved_transaction(encode_saved_transaction(saved)), saved);
    saved.is_local = false;
    EXPECT_EQ(decode_saved_transaction(encode_saved_transaction(saved)), saved);
    const auto blob = blob_transfer(address_of(1), 0, 1000);
    saved.pooled = {.transaction = blob.transaction, .sidecar = blob.sidecar};
    EXPECT_EQ(decode_saved_transaction(encode_saved_transaction(saved)), saved);
}

TEST(SavedTransaction, has_the_form_of_besu) {
    const auto line = encode_saved_transaction(saved_transfer(3));
    EXPECT_EQ(line, "127l4wOCA+iCUgiUAAAAAAAAAAAAAAAAAAAAAAAPUj+AgIIBNwUG");
    // The score is left out by older releases.
    EXPECT_EQ(decode_saved_transaction(line.substr(3)), saved_transfer(3));
}

TEST(SavedTransaction, rejects_other_text) {
    const auto error = [](std::string_view line) { return decode_saved_transaction(line).error(); };
    EXPECT_EQ(error(""), SaveError::empty);
    EXPECT_EQ(error("x"), SaveError::bad_score);
    EXPECT_EQ(error("128l"), SaveError::bad_score);
    EXPECT_EQ(error("-129l"), SaveError::bad_score);
    EXPECT_EQ(error("12"), SaveError::bad_origin);
    EXPECT_EQ(error("12x"), SaveError::bad_origin);
    EXPECT_EQ(error("12l*"), SaveError::bad_base64);
    EXPECT_EQ(error("l"), SaveError::bad_transaction);
    EXPECT_EQ(error("lZg=="), SaveError::bad_transaction);
}

class JournalTest : public FileTest {
protected:
    Journal open() {
        auto journal = Journal::open(file);
        EXPECT_TRUE(journal.has_value());
        return *std::move(journal);
    }
    JournalContent read() { return *read_journal(file); }
};

TEST_F(JournalTest, a_file_that_is_not_there_is_empty) {
    EXPECT_TRUE(read().transactions.empty());
    EXPECT_EQ(read().bad_lines, 0U);
}

TEST_F(JournalTest, keeps_what_was_added_and_not_what_was_removed) {
    auto journal = open();
    for (std::uint64_t nonce = 0; nonce < 5; ++nonce)
        ASSERT_FALSE(journal.added(saved_transfer(nonce)));
    ASSERT_FALSE(journal.removed(transaction_hash(saved_transfer(2).pooled.transaction)));
    const auto content = read();
    ASSERT_EQ(content.transactions.size(), 4U);
    EXPECT_EQ(content.transactions[2], saved_transfer(3));
    EXPECT_FALSE(content.is_torn);
}

TEST_F(JournalTest, keeps_what_came_back) {
    auto journal = open();
    ASSERT_FALSE(journal.added(saved_transfer(0)));
    ASSERT_FALSE(journal.added(saved_transfer(1)));
    ASSERT_FALSE(journal.removed(transaction_hash(saved_transfer(0).pooled.transaction)));
    ASSERT_FALSE(journal.added(saved_transfer(0)));
    ASSERT_FALSE(journal.added(saved_transfer(0)));
    const auto content = read();
    ASSERT_EQ(content.transactions.size(), 2U);
    EXPECT_EQ(content.transactions[0], saved_transfer(1));
}

TEST_F(JournalTest, torn_at_any_byte_keeps_the_whole_lines) {
    {
        auto journal = open();
        for (std::uint64_t nonce = 0; nonce < 3; ++nonce)
            ASSERT_FALSE(journal.added(saved_transfer(nonce)));
        ASSERT_FALSE(journal.removed(transaction_hash(saved_transfer(1).pooled.transaction)));
    }
    const auto whole = text_of(file);
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        const auto torn = std::string_view{whole}.substr(0, size);
        const auto lines = static_cast<std::size_t>(std::ranges::count(torn, '\n'));
        write_text(file, torn);
        const auto content = read();
        const auto expected = lines == 4 ? 2 : lines;
        ASSERT_EQ(content.transactions.size(), expected) << size;
        ASSERT_EQ(content.bad_lines, 0U);
        ASSERT_EQ(content.is_torn, !torn.empty() && torn.back() != '\n');
        ASSERT_EQ(decode_journal(torn).transactions, content.transactions);
        // What is written after the tear is whole again.
        auto journal = open();
        ASSERT_EQ(journal.lines(), lines);
        ASSERT_FALSE(journal.added(saved_transfer(9)));
        const auto again = read();
        ASSERT_EQ(again.transactions.size(), expected + 1);
        ASSERT_EQ(again.transactions.back(), saved_transfer(9));
        ASSERT_FALSE(again.is_torn);
    }
}

TEST_F(JournalTest, counts_lines_that_it_cannot_read) {
    write_text(file,
               "rubbish\n\n\r\n" + encode_saved_transaction(saved_transfer(0)) + "\r\nxyz\nx00\n");
    const auto content = read();
    EXPECT_EQ(content.transactions.size(), 1U);
    EXPECT_EQ(content.bad_lines, 3U);
}

TEST_F(JournalTest, a_line_without_end_is_bounded) {
    write_text(file, std::string(std::size_t{9} << 20, 'l') + "\n" +
                         encode_saved_transaction(saved_transfer(0)) + "\n");
    const auto content = read();
    EXPECT_EQ(content.bad_lines, 1U);
    EXPECT_EQ(content.transactions.size(), 1U);
}

TEST_F(JournalTest, compaction_leaves_what_it_is_given_and_goes_on) {
    auto journal = open();
    for (std::uint64_t nonce = 0; nonce < 2000; ++nonce)
        ASSERT_FALSE(journal.added(saved_transfer(nonce % 3)));
    EXPECT_TRUE(journal.wants_compaction(3));
    EXPECT_FALSE(journal.wants_compaction(1000));
    ASSERT_FALSE(journal.compact(std::vector{saved_transfer(7)}));
    EXPECT_EQ(journal.lines(), 1U);
    ASSERT_FALSE(journal.added(saved_transfer(8)));
    EXPECT_EQ(journal.size(), text_of(file).size());
    const auto content = read();
    ASSERT_EQ(content.transactions.size(), 2U);
    EXPECT_EQ(content.transactions[1], saved_transfer(8));
    EXPECT_FALSE(std::filesystem::exists(folder / "txpool.dump.new"));
}

TEST_F(JournalTest, a_folder_that_is_not_there_is_an_error) {
    EXPECT_FALSE(Journal::open(folder / "missing" / "file"));
    EXPECT_TRUE(write_save_file(folder / "missing" / "file", {}));
}

TEST_F(JournalTest, a_device_is_no_journal) {
    EXPECT_FALSE(Journal::open("/dev/null"));
    EXPECT_FALSE(read_journal("/dev/zero"));
}

// A limit on the size of files ends a write in its middle, as a full disk does.
TEST_F(JournalTest, a_line_that_is_written_in_part_leaves_no_trace) {
    auto journal = open();
    ASSERT_FALSE(journal.added(saved_transfer(0)));
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    auto limit = before;
    limit.rlim_cur = journal.size() + 10;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    EXPECT_EQ(journal.added(saved_transfer(1)), std::errc::file_too_large);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, handler);
    EXPECT_EQ(journal.size(), text_of(file).size());
    ASSERT_FALSE(journal.added(saved_transfer(2)));
    const auto content = read();
    ASSERT_EQ(content.transactions.size(), 2U);
    EXPECT_EQ(content.transactions[1], saved_transfer(2));
}

/// A pool whose senders have keys and own a lot.
class RestoreTest : public JournalTest {
protected:
    class Rich final : public AccountSource {
    public:
        [[nodiscard]] AccountState account(const Address&) const override {
            return {.nonce = 0, .balance = uint256{ether}};
        }
    };

    SharedPool pool{PoolConfig{}, prague_head(), std::make_shared<Rich>()};

    static PooledTransaction signed_transfer(std::uint8_t key, std::uint64_t nonce) {
        Hash32 secret;
        secret.bytes.fill(key);
        PooledTransaction pooled{.transaction = transfer({}, nonce).transaction, .sidecar = {}};
        sign_transaction(pooled.transaction, *crypto::SecretKey::from(secret.bytes));
        return pooled;
    }
};

TEST_F(RestoreTest, a_pool_comes_back_from_its_save_file) {
    for (std::uint8_t key = 1; key <= 4; ++key)
        for (std::uint64_t nonce = 0; nonce < 3; ++nonce)
            ASSERT_TRUE(pool.add(signed_transfer(key, nonce), key % 2 == 0));
    ASSERT_FALSE(write_save_file(file, save(pool)));
    SharedPool other{PoolConfig{}, prague_head(), std::make_shared<Rich>()};
    const auto restored = restore(other, read().transactions);
    EXPECT_EQ(restored.added, 12U);
    EXPECT_EQ(restored.total, 12U);
    EXPECT_EQ(other.status(), pool.status());
}

TEST_F(RestoreTest, what_is_no_longer_valid_stays_out) {
    std::vector<SavedTransaction> saved{
        {.pooled = signed_transfer(1, 0)}, {.pooled = signed_transfer(2, 5000)}, {.pooled = {}}};
    const auto restored = restore(pool, saved);
    EXPECT_EQ(restored.added, 1U);
    EXPECT_EQ(restored.total, 3U);
}

TEST_F(RestoreTest, the_journal_follows_the_pool) {
    ASSERT_TRUE(pool.add(signed_transfer(1, 0), true));
    const PoolJournal keeper{pool, open(), nullptr};
    ASSERT_TRUE(pool.add(signed_transfer(1, 1), true));
    ASSERT_TRUE(pool.add(signed_transfer(2, 0), false));
    const auto dropped = pool.add(signed_transfer(3, 0), false);
    ASSERT_TRUE(pool.remove((*dropped)->hash));
    const auto content = read();
    ASSERT_EQ(content.transactions.size(), 3U);
    EXPECT_TRUE(content.transactions[1].is_local);
    EXPECT_FALSE(content.transactions[2].is_local);
}

TEST_F(RestoreTest, the_journal_is_compacted_when_it_is_mostly_obsolete) {
    const PoolJournal keeper{pool, open(), nullptr};
    for (int round = 0; round < 1200; ++round) {
        const auto added = pool.add(signed_transfer(1, 0), true);
        ASSERT_TRUE(pool.remove((*added)->hash));
    }
    const auto text = text_of(file);
    EXPECT_LT(std::ranges::count(text, '\n'), 1200);
}

// Killed without notice, the process leaves a journal with all that add() had answered for.
TEST_F(RestoreTest, transactions_survive_kill_9) {
    int channel[2];
    ASSERT_EQ(::pipe(channel), 0);
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const PoolJournal keeper{pool, open(), nullptr};
        for (std::uint64_t nonce = 0; nonce < 200; ++nonce) {
            if (!pool.add(signed_transfer(1, nonce), true)) ::_exit(1);
            const auto count = static_cast<std::uint8_t>(nonce + 1);
            if (::write(channel[1], &count, 1) != 1) ::_exit(1);
        }
        ::pause();
    }
    ::close(channel[1]);
    std::uint8_t count = 0;
    while (count < 120) ASSERT_EQ(::read(channel[0], &count, 1), 1);
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    while (::read(channel[0], &count, 1) == 1) {
    }
    ::close(channel[0]);
    ASSERT_TRUE(WIFSIGNALED(status));

    const auto restored = restore(pool, read().transactions);
    EXPECT_GE(restored.added, count);
    EXPECT_EQ(restored.added, restored.total);
}

}  // namespace
}  // namespace meta138::txpool::test
