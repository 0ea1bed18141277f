// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/audit_log.hpp"

#include "test_files.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <sstream>
#include <string>
#include <thread>

namespace meta138::signer {
namespace {

using namespace literals;
using test::read_text;
using test::TemporaryFolder;

constexpr PolicyTime noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} +
                          std::chrono::hours{12}};

AuditEntry entry_number(std::uint64_t number) {
    return {.event = "sign_transaction",
            .client = "oracle-1",
            .key = "0x00000000000000000000000000000000000000aa"_address,
            .chain_id = 138,
            .nonce = number,
            .value = uint256{number}};
}

void append(AuditLog& log, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i)
        EXPECT_TRUE(log.append_and_wait(entry_number(i), noon));
}

std::string fault_of(const TemporaryFolder& folder) {
    const auto summary = verify_audit_log(audit_log_files(folder / "audit.log"));
    return summary ? "none" : std::to_string(summary.error().line) + ": " + summary.error().reason;
}

TEST(AuditLog, writes_lines_that_carry_the_hash_of_the_one_before) {
    const TemporaryFolder folder;
    AuditLog log{{.file = folder / "audit.log"}};
    append(log, 3);
    std::vector<AuditEntry> seen;
    const auto summary =
        verify_audit_log({folder / "audit.log"}, [&](const AuditEntry& entry, PolicyTime time) {
            EXPECT_EQ(time, noon);
            seen.push_back(entry);
        });
    ASSERT_TRUE(summary) << summary.error().reason;
    EXPECT_EQ(summary->lines, 3U);
    EXPECT_EQ(summary->head.sequence, 3U);
    EXPECT_EQ(summary->head.hash, log.head().hash);
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_EQ(seen[2].nonce, 2U);
    EXPECT_EQ(seen[2].value, uint256{2});
    EXPECT_EQ(seen[2].client, "oracle-1");
    EXPECT_EQ(seen[2].key, entry_number(2).key);
}

TEST(AuditLog, is_only_its_owners_to_read) {
    const TemporaryFolder folder;
    AuditLog log{{.file = folder / "audit.log"}};
    EXPECT_EQ(std::filesystem::status(folder / "audit.log").permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(AuditLog, a_denial_says_by_which_rule) {
    const TemporaryFolder folder;
    AuditLog log{{.file = folder / "audit.log"}};
    EXPECT_TRUE(log.append_and_wait(
        {.event = "sign_message", .is_allowed = false, .rule = "rate", .reason = "a \"b\"\n"},
        noon));
    const auto text = read_text(folder / "audit.log");
    EXPECT_EQ(
        text,
        "{\"sequence\":1,\"time\":\"2026-11-22T12:00:00.000Z\",\"event\":\"sign_message\","
        "\"allowed\":false,\"rule\":\"rate\",\"reason\":\"a \\\"b\\\"\\u000a\",\"previous\":\"" +
            std::string(64, '0') + "\"}\n");
}

TEST(AuditLog, carries_its_chain_on_over_restarts) {
    const TemporaryFolder folder;
    for (int i = 0; i < 3; ++i) {
        AuditLog log{{.file = folder / "audit.log"}};
        append(log, 2);
    }
    const auto summary = verify_audit_log({folder / "audit.log"});
    ASSERT_TRUE(summary) << summary.error().reason;
    EXPECT_EQ(summary->lines, 6U);
}

TEST(AuditLog, any_change_is_found_at_its_line) {
    const TemporaryFolder folder;
    {
        AuditLog log{{.file = folder / "audit.log"}};
        append(log, 5);
    }
    const auto whole = read_text(folder / "audit.log");
    std::vector<std::string> lines;
    std::istringstream in{whole};
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    const auto write = [&](const std::vector<std::string>& changed) {
        std::string text;
        for (const auto& line : changed) text += line + "\n";
        folder.write("audit.log", text);
    };
    auto changed = lines;
    changed[1].replace(changed[1].find("oracle-1"), 8, "oracle-2");
    write(changed);
    EXPECT_EQ(fault_of(folder), "3: does not carry the hash of the line before it");
    changed = lines;
    changed.erase(changed.begin() + 2);
    write(changed);
    EXPECT_EQ(fault_of(folder), "3: sequence 4 follows 2");
    changed = lines;
    std::swap(changed[1], changed[2]);
    write(changed);
    EXPECT_EQ(fault_of(folder), "2: sequence 3 follows 1");
    changed = lines;
    changed[3] = "garbage";
    write(changed);
    EXPECT_EQ(fault_of(folder), "4: sequence 5 follows 3");
    write(lines);
    EXPECT_EQ(fault_of(folder), "none");
}

TEST(AuditLog, wherever_a_crash_cuts_it_the_rest_is_marked_and_nothing_is_deleted) {
    const TemporaryFolder folder;
    {
        AuditLog log{{.file = folder / "audit.log"}};
        append(log, 3);
    }
    const auto whole = read_text(folder / "audit.log");
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        folder.write("audit.log", whole.substr(0, size));
        {
            AuditLog log{{.file = folder / "audit.log", .sync = SyncPolicy::never}};
            append(log, 1);
        }
        const auto repaired = read_text(folder / "audit.log");
        EXPECT_TRUE(repaired.starts_with(whole.substr(0, size))) << size;
        EXPECT_EQ(fault_of(folder), "none") << size;
    }
}

TEST(AuditLog, a_crash_while_marking_is_marked_too) {
    const TemporaryFolder folder;
    {
        AuditLog log{{.file = folder / "audit.log"}};
        append(log, 2);
    }
    const auto whole = read_text(folder / "audit.log");
    folder.write("audit.log", whole.substr(0, whole.size() - 20));
    {
        const AuditLog log{{.file = folder / "audit.log"}};
    }
    const auto marked = read_text(folder / "audit.log");
    for (auto size = whole.size() - 20; size <= marked.size(); ++size) {
        folder.write("audit.log", marked.substr(0, size));
        {
            AuditLog log{{.file = folder / "audit.log", .sync = SyncPolicy::never}};
            append(log, 1);
        }
        EXPECT_EQ(fault_of(folder), "none") << size;
    }
}

TEST(AuditLog, a_log_that_was_cut_and_not_started_again_verifies) {
    const TemporaryFolder folder;
    {
        AuditLog log{{.file = folder / "audit.log"}};
        append(log, 2);
    }
    const auto whole = read_text(folder / "audit.log");
    folder.write("audit.log", whole.substr(0, whole.size() - 20));
    const auto summary = verify_audit_log({folder / "audit.log"});
    ASSERT_TRUE(summary);
    EXPECT_EQ(summary->lines, 1U);
    EXPECT_EQ(summary->torn_lines, 1U);
}

TEST(AuditLog, rotates_by_size_and_the_chain_goes_on) {
    const TemporaryFolder folder;
    {
        AuditLog log{{.file = folder / "audit.log", .rotate_at = 1'000}};
        append(log, 20);
    }
    {
        AuditLog log{{.file = folder / "audit.log", .rotate_at = 1'000}};
        append(log, 20);
    }
    const auto files = audit_log_files(folder / "audit.log");
    EXPECT_GT(files.size(), 5U);
    const auto summary = verify_audit_log(files);
    ASSERT_TRUE(summary) << summary.error().file << summary.error().line << summary.error().reason;
    EXPECT_EQ(summary->lines, 40U);
    // Older files may have been put away.
    EXPECT_TRUE(verify_audit_log({files.begin() + 2, files.end()}));
    // One from the middle may not.
    auto gap = files;
    gap.erase(gap.begin() + 1);
    EXPECT_FALSE(verify_audit_log(gap));
    // A crash right after the renaming.
    std::filesystem::remove(folder / "audit.log");
    AuditLog log{{.file = folder / "audit.log"}};
    append(log, 1);
    EXPECT_TRUE(verify_audit_log(audit_log_files(folder / "audit.log")));
}

TEST(AuditLog, serves_many_threads) {
    const TemporaryFolder folder;
    std::atomic<int> written = 0;
    {
        AuditLog log{{.file = folder / "audit.log", .rotate_at = 20'000}};
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (std::uint64_t j = 0; j < 500; ++j)
                    log.append(entry_number(j), noon, [&](bool ok) { written += ok ? 1 : 0; });
            });
        }
    }
    EXPECT_EQ(written, 2'000);
    const auto summary = verify_audit_log(audit_log_files(folder / "audit.log"));
    ASSERT_TRUE(summary) << summary.error().reason;
    EXPECT_EQ(summary->lines, 2'000U);
}

TEST(AuditLog, belongs_to_one_process) {
    const TemporaryFolder folder;
    const AuditLog log{{.file = folder / "audit.log"}};
    EXPECT_THROW((AuditLog{{.file = folder / "audit.log"}}), LogError);
    EXPECT_THROW((AuditLog{{.file = folder / "nowhere/audit.log"}}), LogError);
}

TEST(AuditLog, a_disk_that_fails_is_told) {
    // Every write to it fails: the disk is full.
    if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
    const TemporaryFolder folder;
    std::filesystem::create_symlink("/dev/full", folder / "audit.log");
    AuditLog log{{.file = folder / "audit.log"}};
    EXPECT_FALSE(log.append_and_wait(entry_number(1), noon));
    EXPECT_FALSE(log.append_and_wait(entry_number(2), noon));
}

}  // namespace
}  // namespace meta138::signer
