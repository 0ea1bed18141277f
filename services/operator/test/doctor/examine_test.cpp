// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/doctor/examine.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace meta138::op {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

Address account(std::uint8_t last) {
    Address address;
    address.bytes.back() = last;
    return address;
}

/// A healthy network of two validators and an RPC node; the tests spoil it.
class Examine : public testing::Test {
protected:
    Examine() {
        auto& now = facts.now;
        now.time = std::chrono::sys_seconds{std::chrono::seconds{10'000}};
        now.block_period = std::chrono::seconds{2};
        for (std::uint64_t i = 0; i != 10; ++i)
            now.blocks.push_back({.number = 91 + i, .timestamp = 9981 + 2 * i, .round = 0});
        for (const auto* const name : {"validator-1", "validator-2", "rpc-1"}) {
            NodeSight node{.name = name, .state = "running", .pid = 7, .height = 100, .peers = 2};
            node.latency = std::chrono::microseconds{500};
            node.chain_id = 138;
            node.genesis_hash = Hash32{};
            if (node.name != "rpc-1") {
                node.deciding = 101;
                node.round = 0;
                node.quorum = 2;
                node.validators = {account(1), account(2)};
            }
            now.nodes.push_back(node);
        }
        now.feeds = {
            {.name = "ETH / USD", .price = "1", .round = 4, .updated_at = 9990, .heartbeat = 60}};
        facts.before = now;
        for (auto& node : facts.before.nodes) node.height = 98;
        facts.machine = {.is_clock_synchronised = true,
                         .disk_free_bytes = 50 * gib,
                         .disk_total_bytes = 100 * gib,
                         .memory_available_bytes = 4 * gib,
                         .open_files_limit = 65'536};
        facts.validator_keys = {{"validator-1", account(1)}, {"validator-2", account(2)}};
    }

    /// The one thing that is wrong.
    Finding finding() {
        const auto findings = examine(facts);
        EXPECT_EQ(findings.size(), 1U) << to_text(findings, false);
        return findings.empty() ? Finding{} : findings.front();
    }

    Facts facts;
};

TEST_F(Examine, finds_nothing_in_a_healthy_network) {
    EXPECT_THAT(examine(facts), ElementsAre());
    EXPECT_EQ(to_text({}, false), "Nothing is wrong.\n");
}

TEST_F(Examine, a_stalled_chain_names_the_validators_that_were_not_heard) {
    facts.now.time += std::chrono::seconds{60};
    facts.now.feeds.clear();
    for (auto& node : facts.before.nodes) node.height = 100;
    facts.now.nodes[0].unheard = {account(2)};
    const auto found = finding();
    EXPECT_EQ(found.severity, Severity::problem);
    EXPECT_THAT(found.what, testing::AllOf(HasSubstr("no block for 61 s"), HasSubstr("1 of 2"),
                                           HasSubstr("not heard: validator-2")));
}

TEST_F(Examine, a_chain_that_moves_is_not_stalled) {
    facts.now.time += std::chrono::seconds{60};
    facts.now.feeds.clear();
    EXPECT_THAT(examine(facts), ElementsAre());
}

TEST_F(Examine, later_rounds_are_told) {
    facts.now.nodes[1].round = 3;
    facts.now.blocks[4].round = 1;
    const auto findings = examine(facts);
    ASSERT_EQ(findings.size(), 2U);
    EXPECT_EQ(findings[0].subject, "validator-2");
    EXPECT_THAT(findings[0].what, HasSubstr("round 3"));
    EXPECT_THAT(findings[1].what, HasSubstr("1 of the last 9 blocks"));
}

TEST_F(Examine, a_block_of_the_future_is_a_wrong_clock) {
    facts.now.blocks.back().timestamp = 10'005;
    EXPECT_EQ(finding().subject, "clock");
}

TEST_F(Examine, a_clock_that_nobody_sets_is_a_warning) {
    facts.machine.is_clock_synchronised = false;
    EXPECT_EQ(finding().severity, Severity::warning);
}

TEST_F(Examine, a_node_without_peers) {
    facts.now.nodes[2].peers = 0;
    EXPECT_EQ(finding().subject, "rpc-1");
}

TEST_F(Examine, a_node_that_has_just_started_is_given_time) {
    auto& node = facts.now.nodes[2];
    node.runs_for = std::chrono::seconds{4};
    node.peers = 0;
    EXPECT_EQ(finding().severity, Severity::note);
    EXPECT_THAT(finding().what, HasSubstr("started 4 s ago and has no peers yet"));
    node.peers = 2;
    node.height = 50;
    EXPECT_EQ(finding().severity, Severity::note);
    node.height.reset();
    EXPECT_EQ(finding().severity, Severity::note);
    node.runs_for = std::chrono::seconds{60};
    EXPECT_EQ(finding().severity, Severity::problem);
}

TEST_F(Examine, a_node_that_lags_or_catches_up) {
    facts.now.nodes[2].height = 50;
    EXPECT_EQ(finding().severity, Severity::warning);
    facts.now.nodes[2].is_syncing = true;
    EXPECT_EQ(finding().severity, Severity::note);
}

TEST_F(Examine, a_node_that_does_not_answer) {
    facts.now.nodes[2].height.reset();
    facts.now.nodes[2].problem = "connection refused";
    EXPECT_THAT(finding().what, HasSubstr("connection refused"));
}

TEST_F(Examine, a_process_that_has_ended) {
    facts.now.nodes[2].height.reset();
    facts.now.nodes[2].state = "waiting";
    facts.now.nodes[2].problem = "was killed by SIGKILL";
    EXPECT_THAT(finding().what, HasSubstr("it was killed by SIGKILL"));
}

TEST_F(Examine, another_chain_or_genesis_block) {
    facts.now.nodes[2].chain_id = 1;
    EXPECT_THAT(finding().what, HasSubstr("chain id is 1; of most others it is 138"));
    facts.now.nodes[2].chain_id = 138;
    facts.now.nodes[2].genesis_hash->bytes[0] = 9;
    EXPECT_THAT(finding().what, HasSubstr("genesis block"));
}

TEST_F(Examine, a_key_that_is_not_a_validators) {
    facts.validator_keys[1].second = account(9);
    EXPECT_EQ(finding().subject, "validator-2");
}

TEST_F(Examine, a_stale_feed_and_one_without_an_answer) {
    facts.now.feeds[0].updated_at = 9900;
    EXPECT_THAT(finding().what, HasSubstr("100 s old"));
    facts.now.feeds[0].price.clear();
    EXPECT_EQ(finding().severity, Severity::warning);
}

TEST_F(Examine, what_runs_short) {
    facts.machine.disk_free_bytes = gib;
    facts.machine.memory_available_bytes = 1000;
    facts.machine.open_files_limit = 1024;
    facts.processes = {{.name = "rpc-1", .open_files = 900, .open_files_limit = 1000}};
    const auto findings = examine(facts);
    ASSERT_EQ(findings.size(), 4U);
    EXPECT_EQ(findings[0].subject, "rpc-1");
    EXPECT_EQ(findings[1].subject, "disk");
    EXPECT_EQ(findings[2].subject, "memory");
    EXPECT_EQ(findings[3].subject, "file limit");
}

TEST_F(Examine, taken_ports_and_exposed_keys) {
    facts.taken_ports = {{.process = "rpc-1", .port = 8545, .taken_by = "process 4711 (nginx)"}};
    facts.exposed_files = {{.file = "network/nodes/rpc-1/key"}};
    const auto findings = examine(facts);
    ASSERT_EQ(findings.size(), 2U);
    EXPECT_THAT(findings[0].what, HasSubstr("8545 is taken by process 4711 (nginx)"));
    EXPECT_THAT(findings[1].advice, HasSubstr("chmod 600"));
}

}  // namespace
}  // namespace meta138::op
