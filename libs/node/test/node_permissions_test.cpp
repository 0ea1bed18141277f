// SPDX-License-Identifier: Apache-2.0
#include "node_permissions.hpp"

#include "permissions.hpp"

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
using testing::UnorderedElementsAre;
using List = rpc::PermissioningControl::List;
using Refusal = rpc::PermissioningControl::Refusal;

p2p::Enode node_of(std::uint8_t number, std::string host = "10.0.0.1") {
    Bytes secret(32);
    secret.back() = number;
    return {.id = crypto::public_key(*crypto::SecretKey::from(secret)),
            .host = std::move(host),
            .tcp_port = 30303,
            .udp_port = 30303};
}

std::string text_of(std::uint8_t number) {
    return p2p::to_string(node_of(number));
}

class NodePermissionsTest : public testing::Test {
protected:
    void SetUp() override { write("nodes-allowlist=[\"" + text_of(1) + "\"]\n"); }
    void write(const std::string& text) const { std::ofstream{file} << text; }
    [[nodiscard]] std::string read() const {
        std::ifstream in{file};
        return {std::istreambuf_iterator<char>{in}, {}};
    }
    std::string error(const std::string& text) {
        write(text);
        try {
            const NodePermissions permissions{file, metrics};
        } catch (const OptionError& e) {
            return e.what();
        }
        return "(no error)";
    }

    const std::filesystem::path file =
        std::filesystem::path{testing::TempDir()} /
        (std::string{testing::UnitTest::GetInstance()->current_test_info()->name()} +
         ".nodes.toml");
    telemetry::Metrics metrics;
};

TEST_F(NodePermissionsTest, knows_nodes_by_id_wherever_they_are) {  // besu-eth/besu#1190
    const NodePermissions list{file, metrics};
    EXPECT_FALSE(list.find_refusal(node_of(1)).has_value());
    EXPECT_FALSE(list.find_refusal(node_of(1, "192.168.7.7")).has_value());
    const auto refusal = list.find_refusal(node_of(2));
    ASSERT_TRUE(refusal.has_value());
    EXPECT_THAT(*refusal, HasSubstr("nodes-allowlist"));
    EXPECT_THAT(*refusal, HasSubstr(file.string()));
    EXPECT_THAT(metrics.expose(), HasSubstr("besu_permissioning_node_local_check_count_total 3"));
    EXPECT_THAT(metrics.expose(),
                HasSubstr("besu_permissioning_node_local_check_count_unpermitted_total 1"));
}

TEST_F(NodePermissionsTest, needs_no_address_in_an_entry) {
    const auto id = "enode://" + to_hex_digits(node_of(3).id.bytes);
    write("nodes-allowlist=[\"" + id + "\"]");
    NodePermissions list{file, metrics};
    EXPECT_FALSE(list.find_refusal(node_of(3)).has_value());
    EXPECT_THAT(list.allowlist(), ElementsAre(id));
    EXPECT_EQ(list.add(std::vector{text_of(3)}).error(), Refusal::existing_entry);
}

TEST_F(NodePermissionsTest, refuses_files_that_besu_refuses) {
    EXPECT_THAT(error("accounts-allowlist=[]"),
                HasSubstr("nodes-allowlist config option missing in TOML config file"));
    EXPECT_THAT(error("nodes-allowlist=[\"enode://12@1.2.3.4:1\"]"),
                HasSubstr("Invalid enode 'enode://12@1.2.3.4:1'"));
    EXPECT_THAT(error("nonsense"), HasSubstr("Unable to read permissioning TOML config file"));
}

TEST_F(NodePermissionsTest, wants_bootnodes_and_static_nodes_in_the_list_and_keeps_them) {
    NodePermissions list{file, metrics};
    list.fix(std::vector{node_of(1)});
    EXPECT_EQ(list.remove(std::vector{text_of(1)}).error(), Refusal::fixed_entry);
    try {
        list.fix(std::vector{node_of(2)});
        FAIL() << "it is not in the list";
    } catch (const OptionError& error) {
        EXPECT_THAT(error.what(), HasSubstr("Specified node(s) not in nodes-allowlist [enode://"));
    }
}

TEST_F(NodePermissionsTest, changes_all_or_nothing_and_tells_the_network) {
    NodePermissions list{file, metrics};
    auto told = 0;
    list.when_changed([&] { ++told; });
    EXPECT_EQ(list.add({}).error(), Refusal::empty);
    EXPECT_EQ(list.add(std::vector<std::string>{text_of(2), "x"}).error(), Refusal::invalid_entry);
    EXPECT_EQ(list.add(std::vector{text_of(2), text_of(2)}).error(), Refusal::duplicate_entry);
    EXPECT_EQ(list.add(std::vector{text_of(2), text_of(1)}).error(), Refusal::existing_entry);
    EXPECT_EQ(list.remove(std::vector{text_of(2)}).error(), Refusal::absent_entry);
    EXPECT_EQ(told, 0);
    EXPECT_TRUE(list.add(std::vector{text_of(2)}).has_value());
    EXPECT_TRUE(list.remove(std::vector{text_of(1)}).has_value());
    EXPECT_EQ(told, 2);
    const NodePermissions again{file, metrics};
    EXPECT_THAT(again.allowlist(), ElementsAre(text_of(2)));
    write("broken");
    EXPECT_EQ(list.reload().error(), Refusal::reload_failed);
    EXPECT_EQ(list.add(std::vector{text_of(3)}).error(), Refusal::not_persisted);
    EXPECT_THAT(list.allowlist(), ElementsAre(text_of(2)));
}

TEST_F(NodePermissionsTest, both_lists_may_be_in_one_file) {
    const std::string account = "0x0000000000000000000000000000000000000001";
    const std::string other = "0x0000000000000000000000000000000000000002";
    write("accounts-allowlist=[\"" + account + "\"]\nnodes-allowlist=[\"" + text_of(1) + "\"]\n");
    Permissions both{{.nodes = true, .nodes_file = file, .accounts = true, .accounts_file = file},
                     metrics};
    EXPECT_TRUE(both.add(List::nodes, std::vector{text_of(2)}).has_value());
    EXPECT_TRUE(both.add(List::accounts, std::vector{other}).has_value());
    EXPECT_THAT(*both.allowlist(List::nodes), UnorderedElementsAre(text_of(1), text_of(2)));
    Permissions again{{.nodes = true, .nodes_file = file, .accounts = true, .accounts_file = file},
                      metrics};
    EXPECT_THAT(*again.allowlist(List::nodes), UnorderedElementsAre(text_of(1), text_of(2)));
    EXPECT_THAT(*again.allowlist(List::accounts), ElementsAre(account, other));
    EXPECT_TRUE(again.remove(List::accounts, std::vector{account}).has_value());
    EXPECT_TRUE(both.reload().has_value());
    EXPECT_THAT(*both.allowlist(List::accounts), ElementsAre(other));
}

TEST_F(NodePermissionsTest, a_list_that_is_not_enabled_does_not_exist) {
    Permissions nodes{{.nodes = true, .nodes_file = file, .accounts = false, .accounts_file = {}},
                      metrics};
    EXPECT_EQ(nodes.accounts(), nullptr);
    EXPECT_NE(nodes.nodes(), nullptr);
    EXPECT_FALSE(nodes.allowlist(List::accounts).has_value());
    EXPECT_EQ(nodes.add(List::accounts, std::vector{text_of(1)}).error(), Refusal::not_enabled);
    Permissions none{{}, metrics};
    EXPECT_EQ(none.reload().error(), Refusal::not_enabled);
}

}  // namespace
}  // namespace meta138::node
