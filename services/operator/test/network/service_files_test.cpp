// SPDX-License-Identifier: Apache-2.0
#include "network/service_files.hpp"

#include <gtest/gtest.h>

#include <string>

namespace meta138::op {
namespace {

TEST(SignerConfig, loses_a_node_that_it_falls_back_on) {
    const std::string text =
        "# mine\neth1.downstream-http-port: 1 # the first\n"
        "eth1.downstream-failover-urls: \"http://127.0.0.1:2,http://127.0.0.1:3\"\nother: x\n";
    EXPECT_EQ(signer_config_without(text, 2),
              "# mine\neth1.downstream-http-port: 1 # the first\n"
              "eth1.downstream-failover-urls: \"http://127.0.0.1:3\"\nother: x\n");
}

TEST(SignerConfig, goes_to_the_next_when_its_node_goes) {
    EXPECT_EQ(signer_config_without(
                  "eth1.downstream-http-port: 1\n"
                  "eth1.downstream-failover-urls: \"http://127.0.0.1:2,http://127.0.0.1:3\"\n",
                  1),
              "eth1.downstream-http-port: 2\n"
              "eth1.downstream-failover-urls: \"http://127.0.0.1:3\"\n");
}

TEST(SignerConfig, keeps_its_only_node) {
    const std::string text = "eth1.downstream-http-port: 1\neth1.downstream-failover-urls: \"\"\n";
    EXPECT_EQ(signer_config_without(text, 1), text);
}

TEST(SignerConfig, learns_of_a_node_once) {
    const std::string text = "eth1.downstream-http-port: 1\neth1.downstream-failover-urls: \"\"\n";
    const auto more = signer_config_with(text, 2);
    EXPECT_EQ(more,
              "eth1.downstream-http-port: 1\n"
              "eth1.downstream-failover-urls: \"http://127.0.0.1:2\"\n");
    EXPECT_EQ(signer_config_with(more, 2), more);
    EXPECT_EQ(signer_config_with(more, 1), more);
}

TEST(OracleConfig, loses_and_learns_of_nodes) {
    const std::string text =
        "[chain]\nendpoints = [\"http://127.0.0.1:1\", \"http://127.0.0.1:2\"] # two\nid = 138\n";
    const std::string one = "[chain]\nendpoints = [\"http://127.0.0.1:2\"] # two\nid = 138\n";
    EXPECT_EQ(oracle_config_without(text, 1), one);
    EXPECT_EQ(oracle_config_without(one, 2), one);
    EXPECT_EQ(oracle_config_with(one, 3),
              "[chain]\nendpoints = [\"http://127.0.0.1:2\", \"http://127.0.0.1:3\"] # two\n"
              "id = 138\n");
    EXPECT_EQ(oracle_config_with(text, 2), text);
}

}  // namespace
}  // namespace meta138::op
