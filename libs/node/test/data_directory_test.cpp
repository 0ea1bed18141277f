// SPDX-License-Identifier: Apache-2.0
#include "data_directory.hpp"

#include "meta138/base/hex.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace meta138::node {
namespace {

using testing::HasSubstr;

class DataDirectoryTest : public testing::Test {
protected:
    void SetUp() override {
        std::filesystem::remove_all(folder);
        std::filesystem::create_directories(folder);
        options.data_path = folder;
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    void write(const std::string& name, const std::string& text) const {
        std::ofstream{folder / name} << text;
    }
    [[nodiscard]] std::string read(const std::string& name) const {
        std::ifstream in{folder / name};
        return {std::istreambuf_iterator<char>{in}, {}};
    }
    std::string error() {
        try {
            const DataDirectory directory{options};
        } catch (const OptionError& e) {
            return e.what();
        }
        return "(no error)";
    }

    const std::filesystem::path folder =
        std::filesystem::path{testing::TempDir()} /
        testing::UnitTest::GetInstance()->current_test_info()->name();
    Options options;
};

TEST_F(DataDirectoryTest, says_where_the_node_listens_while_it_runs) {
    options.pid_file = folder / "pid";
    {
        const DataDirectory directory{options};
        directory.write_ports({.http = 8545, .metrics = 9545, .p2p = 30303}, "127.0.0.1");
        EXPECT_THAT(read("besu.ports"), HasSubstr("p2p=30303\njson-rpc=8545\nmetrics=9545\n"));
        EXPECT_THAT(read("besu.networks"), HasSubstr("local-ip=127.0.0.1"));
        EXPECT_FALSE(read("pid").empty());
    }
    for (const auto* name : {"besu.ports", "besu.networks", "pid"})
        EXPECT_FALSE(std::filesystem::exists(folder / name)) << name;
}

TEST_F(DataDirectoryTest, refuses_a_database_of_besus_and_says_what_to_do) {
    write("DATABASE_METADATA.json", R"({"v2":{"format":"BONSAI","version":3}})");
    EXPECT_THAT(error(), HasSubstr("besu blocks export"));
}

TEST_F(DataDirectoryTest, refuses_data_of_a_newer_version_unless_told_otherwise) {
    write("VERSION_METADATA.json", R"({"meta138Version":"99.0.0"})");
    EXPECT_THAT(error(), HasSubstr("99.0.0"));
    options.version_protection = false;
    EXPECT_EQ(error(), "(no error)");
}

TEST_F(DataDirectoryTest, refuses_a_file_in_place_of_the_folder) {
    write("file", "x");
    options.data_path = folder / "file";
    EXPECT_THAT(error(), HasSubstr("cannot be used as a folder"));
}

TEST_F(DataDirectoryTest, leaves_no_trace_of_a_chain_in_memory) {
    options.data_path = folder / "absent";
    options.storage.in_memory = true;
    EXPECT_EQ(error(), "(no error)");
    EXPECT_FALSE(std::filesystem::exists(options.data_path));
}

TEST_F(DataDirectoryTest, makes_a_key_for_its_owner_alone_and_keeps_it) {
    const auto file = folder / "key";
    const auto made = crypto::public_key(load_node_key(file, true));
    EXPECT_EQ(crypto::public_key(load_node_key(file, true)), made);
    EXPECT_EQ(std::filesystem::status(file).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(DataDirectoryTest, reads_keys_as_besu_does) {
    using namespace literals;
    const std::string digits = "8f2a55949038a9610f50fb23b5883af3b4ecb3c3bb792cbcefbd1542c692be63";
    for (const auto& text : {digits, "0x" + digits, digits + "\n", "0x" + digits + "\r\n"}) {
        write("key", text);
        EXPECT_EQ(crypto::address_of(crypto::public_key(load_node_key(folder / "key", false))),
                  "0xfe3b557e8fb62b89f4916b721be55ceb828dbd73"_address);
    }
    for (const auto& text : {std::string{}, digits + "\n" + digits, std::string(64, '0'),
                             std::string(63, '1'), std::string(64, 'z')}) {
        write("key", text);
        EXPECT_THROW(load_node_key(folder / "key", true), OptionError) << text;
    }
    EXPECT_THROW(load_node_key(folder / "absent", false), OptionError);
}

}  // namespace
}  // namespace meta138::node
