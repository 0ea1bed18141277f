// SPDX-License-Identifier: Apache-2.0
#include "meta138/consensus/safety_file.hpp"

#include "meta138/storage/database.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

namespace meta138::consensus {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::chrono::milliseconds now{1'700'000'000'123};

qbft::SafetyRecord record_of(std::uint64_t number, std::uint32_t round = 0) {
    qbft::SafetyRecord record;
    record.number = number;
    record.round = round;
    record.prepared = Hash32{};
    record.round_change = Bytes(100, static_cast<std::uint8_t>(number));
    return record;
}

class SafetyFileTest : public testing::Test {
protected:
    SafetyFileTest() {
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
    }
    ~SafetyFileTest() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    SafetyFile open() const { return SafetyFile{path_, now + 1h}; }

    /// Turns the bits of one byte over.
    void damage(std::size_t offset) const {
        std::fstream file{path_, std::ios::in | std::ios::out | std::ios::binary};
        file.seekg(static_cast<std::streamoff>(offset));
        const auto byte = static_cast<char>(~file.get());
        file.seekp(static_cast<std::streamoff>(offset));
        file.put(byte);
    }

private:
    std::filesystem::path folder_ = std::filesystem::path{testing::TempDir()} /
                                    ("meta138-safety-" + std::to_string(::getpid()) + "-" +
                                     testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::path path_ = folder_ / "consensus-state";
};

// docs/formats/consensus-state.md, with the smallest capacity.
constexpr std::size_t first_slot = 4096;
constexpr std::size_t second_slot = first_slot + 65536;

TEST_F(SafetyFileTest, a_new_file_remembers_nothing_but_when_it_was_made) {
    EXPECT_EQ((SafetyFile{path(), now}.record()), std::nullopt);
    const auto again = open();
    EXPECT_EQ(again.record(), std::nullopt);
    EXPECT_EQ(again.created_at(), now);
}

TEST_F(SafetyFileTest, the_last_record_is_read_back) {
    for (std::uint64_t number = 1; number <= 5; ++number) {
        SafetyFile{path(), now}.write(record_of(number));
        EXPECT_EQ(open().record(), record_of(number));
    }
}

TEST_F(SafetyFileTest, a_torn_write_leaves_the_record_before_it) {
    {
        SafetyFile file{path(), now};
        file.write(record_of(1));
        file.write(record_of(2));
    }
    damage(second_slot + 60);
    EXPECT_EQ(open().record(), record_of(1));
}

TEST_F(SafetyFileTest, a_torn_first_write_leaves_no_record) {
    SafetyFile{path(), now}.write(record_of(1));
    damage(first_slot + 60);
    EXPECT_EQ(open().record(), std::nullopt);
}

TEST_F(SafetyFileTest, after_a_torn_write_the_next_one_takes_its_place) {
    {
        SafetyFile file{path(), now};
        file.write(record_of(1));
        file.write(record_of(2));
    }
    damage(second_slot + 60);
    SafetyFile{path(), now}.write(record_of(3));
    EXPECT_EQ(open().record(), record_of(3));
    damage(second_slot + 60);
    EXPECT_EQ(open().record(), record_of(1));
}

TEST_F(SafetyFileTest, two_records_without_their_checksums_are_refused) {
    {
        SafetyFile file{path(), now};
        file.write(record_of(1));
        file.write(record_of(2));
    }
    damage(first_slot + 60);
    damage(second_slot + 60);
    EXPECT_THAT([&] { open(); }, ThrowsMessage<storage::OpenError>(HasSubstr("is damaged")));
}

TEST_F(SafetyFileTest, damage_of_its_head_is_refused) {
    SafetyFile{path(), now}.write(record_of(1));
    damage(20);
    EXPECT_THAT([&] { open(); }, ThrowsMessage<storage::OpenError>(HasSubstr("checksum")));
}

TEST_F(SafetyFileTest, a_file_of_something_else_is_refused) {
    std::ofstream{path()} << "not ours";
    EXPECT_THAT([&] { open(); }, ThrowsMessage<storage::OpenError>(HasSubstr("does not begin")));
}

TEST_F(SafetyFileTest, another_format_is_refused_by_its_number) {
    {
        const SafetyFile file{path(), now};
    }
    damage(11);
    EXPECT_THAT([&] { open(); }, ThrowsMessage<storage::OpenError>(HasSubstr("has format 254")));
}

TEST_F(SafetyFileTest, two_processes_cannot_have_it) {
    const SafetyFile file{path(), now};
    EXPECT_THAT([&] { open(); }, ThrowsMessage<storage::OpenError>(HasSubstr("another process")));
}

TEST_F(SafetyFileTest, it_grows_with_its_records) {
    auto large = record_of(7);
    large.round_change = Bytes(1 << 20, 7);
    {
        SafetyFile file{path(), now};
        file.write(record_of(6));
        file.write(large);
    }
    {
        auto file = open();
        EXPECT_EQ(file.record(), large);
        EXPECT_EQ(file.created_at(), now);
        file.write(record_of(8));
    }
    EXPECT_EQ(open().record(), record_of(8));
}

TEST_F(SafetyFileTest, growth_that_was_broken_off_changes_nothing) {
    SafetyFile{path(), now}.write(record_of(1));
    std::ofstream{path().string() + ".new"} << "half";
    {
        auto file = open();
        EXPECT_EQ(file.record(), record_of(1));
        auto large = record_of(2);
        large.round_change = Bytes(1 << 20, 2);
        file.write(large);
    }
    EXPECT_EQ(open().record()->number, 2);
}

}  // namespace
}  // namespace meta138::consensus
