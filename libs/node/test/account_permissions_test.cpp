// SPDX-License-Identifier: Apache-2.0
#include "account_permissions.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/node/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace meta138::node {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using List = rpc::PermissioningControl::List;
using Refusal = rpc::PermissioningControl::Refusal;
using namespace literals;

const std::string one = "0x0000000000000000000000000000000000000001";
const std::string two = "0x0000000000000000000000000000000000000002";

class AccountPermissionsTest : public testing::Test {
protected:
    void write(const std::string& text) const { std::ofstream{file} << text; }
    [[nodiscard]] std::string read() const {
        std::ifstream in{file};
        return {std::istreambuf_iterator<char>{in}, {}};
    }
    std::string error(const std::string& text) {
        write(text);
        try {
            const AccountPermissions permissions{file};
        } catch (const OptionError& e) {
            return e.what();
        }
        return "(no error)";
    }
    void SetUp() override {
        write("accounts-allowlist=[\"" + one + "\"]\nnodes-allowlist=[\"enode://x\"]\n");
    }

    const std::filesystem::path file =
        std::filesystem::path{testing::TempDir()} /
        (std::string{testing::UnitTest::GetInstance()->current_test_info()->name()} + ".toml");
};

TEST_F(AccountPermissionsTest, permits_whom_the_file_lists) {
    const AccountPermissions list{file};
    EXPECT_TRUE(list.is_permitted("0x0000000000000000000000000000000000000001"_address));
    EXPECT_FALSE(list.is_permitted("0x0000000000000000000000000000000000000002"_address));
    EXPECT_THAT(*list.allowlist(List::accounts), ElementsAre(one));
    EXPECT_FALSE(list.allowlist(List::nodes).has_value());
}

TEST_F(AccountPermissionsTest, refuses_files_that_besu_refuses) {
    EXPECT_THAT(error("nodes-allowlist=[]"),
                HasSubstr("accounts-allowlist config option missing in TOML config file"));
    EXPECT_EQ(error("accounts-allowlist=[\"0x12\"]"), "Invalid account 0x12");
    EXPECT_THAT(error("nonsense"), HasSubstr("Unable to read permissioning TOML config file"));
}

TEST_F(AccountPermissionsTest, writes_changes_back_and_leaves_the_rest_of_the_file) {
    AccountPermissions list{file};
    EXPECT_TRUE(list.add(List::accounts, std::vector{two}).has_value());
    EXPECT_THAT(read(), HasSubstr(two));
    EXPECT_THAT(read(), HasSubstr("enode://x"));
    EXPECT_TRUE(list.remove(List::accounts, std::vector{one}).has_value());
    EXPECT_THAT(*AccountPermissions{file}.allowlist(List::accounts), ElementsAre(two));
}

TEST_F(AccountPermissionsTest, changes_all_or_nothing) {
    AccountPermissions list{file};
    const auto refusal = [](const auto& result) { return result.error(); };
    EXPECT_EQ(refusal(list.add(List::accounts, {})), Refusal::empty);
    EXPECT_EQ(refusal(list.add(List::accounts, std::vector<std::string>{two, "x"})),
              Refusal::invalid_entry);
    EXPECT_EQ(refusal(list.add(List::accounts, std::vector{two, two})), Refusal::duplicate_entry);
    EXPECT_EQ(refusal(list.add(List::accounts, std::vector{two, one})), Refusal::existing_entry);
    EXPECT_EQ(refusal(list.remove(List::accounts, std::vector{one, two})), Refusal::absent_entry);
    EXPECT_EQ(refusal(list.add(List::nodes, std::vector{two})), Refusal::not_enabled);
    EXPECT_THAT(*list.allowlist(List::accounts), ElementsAre(one));
}

TEST_F(AccountPermissionsTest, keeps_the_old_list_when_the_file_is_broken) {
    AccountPermissions list{file};
    write("broken");
    EXPECT_EQ(list.reload().error(), Refusal::reload_failed);
    EXPECT_EQ(list.add(List::accounts, std::vector{two}).error(), Refusal::not_persisted);
    EXPECT_THAT(*list.allowlist(List::accounts), ElementsAre(one));
}

}  // namespace
}  // namespace meta138::node
