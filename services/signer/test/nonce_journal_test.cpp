// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/nonce_journal.hpp"

#include "nonce/journal_record.hpp"
#include "test_files.hpp"

#include "meta138/base/uint256.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace meta138::signer {
namespace {

using test::TemporaryFolder;

const NonceAccount account{.chain_id = 138, .address = test::address_number(1)};

Hash32 hash_number(std::uint8_t number) {
    Hash32 hash;
    hash[31] = number;
    return hash;
}

std::shared_ptr<const Bytes> raw_of(std::uint8_t number, std::size_t size = 100) {
    return std::make_shared<const Bytes>(Bytes(size, number));
}

bool add(NonceJournal& journal, std::uint64_t nonce, std::uint8_t number, std::size_t size = 100) {
    std::promise<bool> durable;
    journal.add_signed(account, nonce, hash_number(number), raw_of(number, size),
                       [&](bool ok) { durable.set_value(ok); });
    return durable.get_future().get();
}

bool release(NonceJournal& journal, std::uint8_t number) {
    std::promise<bool> durable;
    journal.release(account, hash_number(number), [&](bool ok) { durable.set_value(ok); });
    return durable.get_future().get();
}

std::vector<std::uint64_t> nonces_of(const std::map<NonceAccount, JournalAccount>& restored) {
    std::vector<std::uint64_t> nonces;
    if (const auto found = restored.find(account); found != restored.end()) {
        for (const auto& transaction : found->second.transactions)
            nonces.push_back(transaction.nonce);
    }
    return nonces;
}

TEST(NonceJournal, remembers_what_was_signed_and_not_settled_or_released) {
    const TemporaryFolder folder;
    const auto file = folder / "nonces";
    {
        NonceJournal journal{{.file = file}};
        EXPECT_TRUE(journal.restored().empty());
        for (std::uint8_t i = 1; i <= 6; ++i) EXPECT_TRUE(add(journal, i, i));
        journal.mark_accepted(account, hash_number(4));
        journal.settle(account, 3);
        EXPECT_TRUE(release(journal, 5));
    }
    const NonceJournal journal{{.file = file}};
    ASSERT_EQ(nonces_of(journal.restored()), (std::vector<std::uint64_t>{3, 4, 6}));
    const auto& restored = journal.restored().at(account);
    EXPECT_EQ(restored.settled_below, 3U);
    EXPECT_EQ(restored.transactions[1].hash, hash_number(4));
    EXPECT_EQ(*restored.transactions[1].raw, *raw_of(4));
    EXPECT_TRUE(restored.transactions[1].was_accepted);
    EXPECT_FALSE(restored.transactions[0].was_accepted);
}

TEST(NonceJournal, of_several_with_one_nonce_the_one_that_was_accepted_counts) {
    JournalContent content;
    for (std::uint8_t i = 1; i <= 3; ++i) content.add_signed(account, 7, hash_number(i), raw_of(i));
    EXPECT_EQ(content.restored().at(account).transactions.at(0).hash, hash_number(3));
    content.mark_accepted(account, hash_number(2));
    ASSERT_EQ(content.restored().at(account).transactions.size(), 1U);
    EXPECT_EQ(content.restored().at(account).transactions[0].hash, hash_number(2));
    content.release(account, hash_number(2));
    EXPECT_EQ(content.restored().at(account).transactions[0].hash, hash_number(3));
    const auto decoded = decode_journal(encode_journal(content));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(encode_journal(decoded->content), encode_journal(content));
}

Bytes three_records() {
    auto file = journal_header();
    for (std::uint8_t i = 1; i <= 3; ++i) {
        const auto record = encode_signed(account, i, hash_number(i), *raw_of(i));
        file.insert(file.end(), record.begin(), record.end());
    }
    return file;
}

TEST(NonceJournal, wherever_a_crash_cuts_the_file_the_whole_records_before_count) {
    const auto file = three_records();
    const auto record = signed_record_size(100);
    for (std::size_t size = 0; size <= file.size(); ++size) {
        const auto decoded = decode_journal(ByteView{file}.first(size));
        ASSERT_TRUE(decoded) << size;
        const auto whole =
            size < journal_header().size() ? 0 : (size - journal_header().size()) / record;
        EXPECT_EQ(nonces_of(decoded->content.restored()).size(), whole) << size;
        EXPECT_EQ(decoded->damaged_bytes, 0U) << size;
    }
}

TEST(NonceJournal, damage_in_the_middle_costs_no_more_than_its_record) {
    const auto file = three_records();
    const auto record = signed_record_size(100);
    for (std::size_t at = journal_header().size(); at < file.size(); ++at) {
        auto damaged = file;
        damaged[at] ^= 0x40;
        const auto decoded = decode_journal(damaged);
        ASSERT_TRUE(decoded) << at;
        EXPECT_EQ(nonces_of(decoded->content.restored()).size(), 2U) << at;
        const bool is_last = at >= file.size() - record;
        EXPECT_EQ(decoded->damaged_bytes, is_last ? 0 : record) << at;
        EXPECT_EQ(decoded->torn_bytes, is_last ? record : 0) << at;
    }
}

TEST(NonceJournal, keeps_a_damaged_file_beside_the_new_one) {
    const TemporaryFolder folder;
    auto bytes = three_records();
    bytes[journal_header().size() + 20] ^= 1;
    folder.write("nonces", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    const NonceJournal journal{{.file = folder / "nonces"}};
    EXPECT_GT(journal.damaged_bytes(), 0U);
    EXPECT_EQ(nonces_of(journal.restored()), (std::vector<std::uint64_t>{2, 3}));
    EXPECT_EQ(std::filesystem::file_size(folder / "nonces.damaged"), bytes.size());
}

TEST(NonceJournal, refuses_what_is_not_its_own) {
    const TemporaryFolder folder;
    folder.write("nonces", "something else entirely");
    EXPECT_THROW((NonceJournal{{.file = folder / "nonces"}}), LogError);
    EXPECT_EQ(test::read_text(folder / "nonces"), "something else entirely");
    auto newer = journal_header();
    newer.back() = 2;
    EXPECT_EQ(decode_journal(newer).error(), "is of another version of this program");
}

const RequestName payment{.name = hash_of_request_name("payment 7"), .content = hash_number(70)};

bool add_named(NonceJournal& journal, std::uint64_t nonce, std::uint8_t number,
               const RequestName& name) {
    std::promise<bool> durable;
    journal.add_signed(
        account, nonce, hash_number(number), raw_of(number),
        [&](bool ok) { durable.set_value(ok); }, name);
    return durable.get_future().get();
}

TEST(NonceJournal, knows_a_request_by_its_name_after_its_transaction_is_settled) {
    const TemporaryFolder folder;
    const auto file = folder / "nonces";
    {
        NonceJournal journal{{.file = file}};
        EXPECT_TRUE(add_named(journal, 1, 1, payment));
        journal.settle(account, 2);
    }
    for (int start = 0; start < 2; ++start) {  // the first writes it anew
        const NonceJournal journal{{.file = file}};
        EXPECT_TRUE(nonces_of(journal.restored()).empty());
        const auto* known = journal.restored().at(account).names.find(payment.name);
        ASSERT_NE(known, nullptr);
        EXPECT_EQ(known->transaction, hash_number(1));
        EXPECT_EQ(known->content, payment.content);
    }
}

TEST(NonceJournal, forgets_the_name_of_what_was_not_sent) {
    const TemporaryFolder folder;
    const auto file = folder / "nonces";
    {
        NonceJournal journal{{.file = file}};
        EXPECT_TRUE(add_named(journal, 1, 1, payment));
        EXPECT_TRUE(release(journal, 1));
    }
    const NonceJournal journal{{.file = file}};
    EXPECT_EQ(journal.restored().at(account).names.size(), 0U);
}

TEST(NonceJournal, knows_no_name_whose_transaction_a_crash_cut_off) {
    auto file = journal_header();
    const auto name = encode_named(account, payment, hash_number(1), false);
    const auto transaction = encode_signed(account, 1, hash_number(1), *raw_of(1));
    file.insert(file.end(), name.begin(), name.end());
    EXPECT_EQ(name.size(), named_record_size);
    const auto names_in = [](const Bytes& bytes) {
        std::size_t count = 0;
        for (const auto& [id, found] : decode_journal(bytes)->content.restored())
            count += found.names.size();
        return count;
    };
    EXPECT_EQ(names_in(file), 0U);
    file.insert(file.end(), transaction.begin(), transaction.end());
    EXPECT_EQ(names_in(file), 1U);
}

TEST(RequestNames, stand_for_the_newest_transaction) {
    RequestNames names;
    names.add(payment, hash_number(1), true);
    names.add(payment, hash_number(2), true);
    EXPECT_EQ(names.find(payment.name)->transaction, hash_number(2));
    names.forget(hash_number(1));
    EXPECT_EQ(names.size(), 1U);
    names.forget(hash_number(2));
    EXPECT_EQ(names.find(payment.name), nullptr);
}

TEST(RequestNames, are_so_many_at_most_and_the_oldest_go) {
    RequestNames names;
    const auto number = [](std::size_t i) { return to_hash32(uint256{i + 1}); };
    constexpr auto limit = RequestNames::max_request_names;
    for (std::size_t i = 0; i < limit + 10; ++i)
        names.add({.name = number(i), .content = {}}, number(i), true);
    EXPECT_EQ(names.size(), limit);
    EXPECT_EQ(names.find(number(9)), nullptr);
    EXPECT_NE(names.find(number(10)), nullptr);
    std::size_t at = 10;
    names.for_each(
        [&](const RequestName& each, const auto&) { EXPECT_EQ(each.name, number(at++)); });
}

TEST(NonceJournal, belongs_to_one_process) {
    const TemporaryFolder folder;
    const NonceJournal journal{{.file = folder / "nonces"}};
    EXPECT_THROW((NonceJournal{{.file = folder / "nonces"}}), LogError);
}

TEST(NonceJournal, is_written_anew_when_most_of_it_is_settled) {
    const TemporaryFolder folder;
    const auto file = folder / "nonces";
    {
        NonceJournal journal{{.file = file, .sync = SyncPolicy::never, .compact_at = 10'000}};
        for (std::uint64_t nonce = 0; nonce < 2'000; ++nonce) {
            ASSERT_TRUE(add(journal, nonce, static_cast<std::uint8_t>(nonce % 200)));
            if (nonce >= 10) journal.settle(account, nonce - 9);
        }
        EXPECT_LT(journal.file_size(), 12'000U);
    }
    EXPECT_LT(std::filesystem::file_size(file), 12'000U);
    const NonceJournal journal{{.file = file}};
    EXPECT_EQ(nonces_of(journal.restored()).size(), 10U);
    EXPECT_EQ(journal.restored().at(account).settled_below, 1'990U);
}

TEST(NonceJournal, answers_may_append_while_it_is_written_anew) {
    const TemporaryFolder folder;
    std::atomic<int> told = 0;
    {
        NonceJournal journal{
            {.file = folder / "nonces", .sync = SyncPolicy::never, .compact_at = 2'000}};
        std::vector<std::jthread> threads;
        for (std::uint8_t thread = 0; thread < 4; ++thread) {
            threads.emplace_back([&, thread] {
                const NonceAccount own{.chain_id = thread, .address = {}};
                for (std::uint64_t nonce = 0; nonce < 300; ++nonce) {
                    journal.add_signed(own, nonce, hash_number(thread), raw_of(1), [&, own](bool) {
                        journal.mark_accepted(own, hash_number(1));
                        ++told;
                    });
                    journal.settle(own, nonce);
                }
            });
        }
        threads.clear();
        // The completions use the journal, which must outlive them.
        while (told < 1'200) std::this_thread::yield();
    }
    EXPECT_EQ(told, 1'200);
}

}  // namespace
}  // namespace meta138::signer
