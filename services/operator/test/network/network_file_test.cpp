// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/network/network_file.hpp"

#include "network/node_files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace meta138::op {
namespace {

NetworkFile sample(unsigned validators, unsigned sentries, unsigned rpc) {
    NetworkFile network;
    const auto add = [&](Tier tier, unsigned count) {
        for (unsigned number = 1; number <= count; ++number)
            network.processes.push_back(make_node(tier, number));
    };
    add(Tier::validator, validators);
    add(Tier::sentry, sentries);
    add(Tier::rpc, rpc);
    return network;
}

std::string names_of(const std::vector<NetworkProcess>& processes) {
    std::string names;
    for (const auto& process : processes) names += process.name + ' ';
    return names;
}

std::string refusal(std::string_view text) {
    try {
        static_cast<void>(parse_network_file(text, "network.toml"));
    } catch (const NetworkError& error) {
        return error.what();
    }
    return "taken";
}

TEST(NetworkFile, is_read_as_it_was_written) {
    auto network = sample(4, 3, 2);
    network.processes[0].ports = {.http = 8845, .websocket = 0, .p2p = 8847, .metrics = 8848};
    network.processes[1].command.emplace_back(R"(--identity=a "b" \c)");
    const auto read = parse_network_file(print_network_file(network), "network.toml");
    EXPECT_EQ(read.processes, network.processes);
    EXPECT_EQ(read.chain_id, network.chain_id);
    EXPECT_EQ(read.block_period, network.block_period);
}

TEST(NetworkFile, names_the_line_of_what_is_wrong) {
    EXPECT_EQ(refusal("chain-id = 138\nspeed = 1\n"),
              "network.toml:2: speed is not known; known are block-period-ms, chain-id, process");
    EXPECT_EQ(refusal("chain-id = \"138\"\n"),
              "network.toml:1: chain-id has a value of the wrong kind");
    EXPECT_EQ(refusal("block-period-ms = 0\n"),
              "network.toml:1: block-period-ms is not from 1 to 3600000");
    EXPECT_TRUE(refusal("[[process\n").starts_with("network.toml:1: "));
    EXPECT_EQ(refusal("[[process]]\nname = \"a/b\"\ntier = \"rpc\"\ncommand = [\"x\"]\n"),
              "network.toml:1: name has other characters than a-z, 0-9 and -");
    EXPECT_EQ(refusal("[[process]]\nname = \"a\"\ntier = \"king\"\ncommand = [\"x\"]\n"),
              "network.toml:1: tier king is not known");
    EXPECT_EQ(refusal("[[process]]\nname = \"a\"\ntier = \"rpc\"\ncommand = []\n"),
              "network.toml:1: command is not a list of a program and its arguments");
    const std::string one = "[[process]]\nname = \"a\"\ntier = \"rpc\"\ncommand = [\"x\"]\n";
    EXPECT_EQ(refusal(one + one), "network.toml:5: a stands there twice");
}

TEST(NetworkFile, loses_one_process_and_keeps_the_words_of_people) {
    const std::string head = "# mine\nchain-id = 138\n\n";
    const auto first = print_network_process(make_node(Tier::validator, 1));
    const auto second = print_network_process(make_node(Tier::validator, 2)) + "# after\n";
    EXPECT_EQ(without_process(head + first + second, "validator-1"), head + second);
    EXPECT_EQ(without_process(head + first, "validator-1"), head);
    EXPECT_EQ(without_process(head + first, "validator-10"), head + first);
}

TEST(NetworkFile, gets_other_ports_and_keeps_the_words_of_people) {
    constexpr std::string_view text = R"(# mine: größer
chain-id = 138 # here too

[[process]]
name = "validator-1" # the first
tier = "validator"
ports = { http = 1, p2p = 2 } # as the firewall has them
command = [
    "meta138-node", # of the nightly build
    "--x"
]

# The second one.
[[process]]
tier="validator"
command=["meta138-node"]
ports.http=3
name="validator-2"
)";
    auto network = parse_network_file(text, "network.toml");
    EXPECT_EQ(with_processes_of(text, network), text);
    network.processes[0].ports.http = 11;
    auto expected = std::string{text};
    expected.replace(expected.find("{ http = 1,"), 11, "{ http = 11,");
    EXPECT_EQ(with_processes_of(text, network), expected);
    network.processes[0].command = {"other", "--y"};
    const auto changed = with_processes_of(text, network);
    EXPECT_EQ(parse_network_file(changed, "network.toml").processes, network.processes);
    EXPECT_TRUE(changed.contains("# as the firewall has them"));
}

TEST(NetworkFile, loses_a_process_that_people_wrote) {
    const std::string head = "chain-id = 138\n";
    const std::string other = "[[process]]\ntier=\"rpc\"\nname='rpc-1'\ncommand=[\"x\"]\n";
    EXPECT_EQ(without_process(head + other, "rpc-1"), head);
}

TEST(Topology, validators_see_sentries_alone) {
    const auto network = sample(4, 2, 1);
    EXPECT_EQ(names_of(static_peers_of(network, *network.find("validator-2"))),
              "sentry-1 sentry-2 ");
    EXPECT_EQ(names_of(static_peers_of(network, *network.find("rpc-1"))), "sentry-1 sentry-2 ");
    EXPECT_EQ(names_of(static_peers_of(network, *network.find("sentry-1"))),
              "sentry-2 validator-1 validator-2 validator-3 validator-4 ");
}

TEST(Topology, without_sentries_validators_see_each_other) {
    const auto network = sample(2, 0, 1);
    EXPECT_EQ(names_of(static_peers_of(network, *network.find("validator-1"))), "validator-2 ");
    EXPECT_EQ(names_of(static_peers_of(network, *network.find("rpc-1"))),
              "validator-1 validator-2 ");
}

TEST(WithOption, replaces_a_value_and_leaves_the_rest) {
    EXPECT_EQ(with_option("# a\nport = 1\nports = 2\n", "port", "3"), "# a\nport = 3\nports = 2\n");
    EXPECT_EQ(with_option("port=1\n", "port", "3"), "port = 3\n");
}

TEST(WithOption, adds_what_is_not_there) {
    EXPECT_EQ(with_option("a = 1", "port", "3"), "a = 1\nport = 3\n");
    EXPECT_EQ(with_option("# port = 1\n", "port", "3"), "# port = 1\nport = 3\n");
}

TEST(StopStage, publishers_end_before_what_they_need) {
    EXPECT_LT(stop_stage(Tier::oracle), stop_stage(Tier::signer));
    EXPECT_LT(stop_stage(Tier::signer), stop_stage(Tier::rpc));
    EXPECT_LT(stop_stage(Tier::rpc), stop_stage(Tier::sentry));
    EXPECT_LT(stop_stage(Tier::sentry), stop_stage(Tier::validator));
}

}  // namespace
}  // namespace meta138::op
