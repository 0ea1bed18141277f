// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/watch/screen.hpp"

#include "watch/lines.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

namespace meta138::op {
namespace {

using testing::HasSubstr;
using testing::Not;

Snapshot living_network() {
    Snapshot snapshot;
    snapshot.time = std::chrono::sys_seconds{std::chrono::seconds{2000}};
    snapshot.where = "network";
    snapshot.chain_id = 138;
    snapshot.block_period = std::chrono::seconds{2};
    for (std::uint64_t i = 0; i != 20; ++i)
        snapshot.blocks.push_back({.number = 12'326 + i,
                                   .timestamp = 1961 + 2 * i,
                                   .transactions = 10 * i,
                                   .gas_used = 210'000 * i,
                                   .gas_limit = 30'000'000,
                                   .round = 0});
    snapshot.nodes = {{.name = "validator-1",
                       .tier = "validator",
                       .state = "running",
                       .pid = 4711,
                       .resident_bytes = 27 << 20,
                       .height = 12'345,
                       .peers = 3,
                       .latency = std::chrono::microseconds{412},
                       .pooled = 17,
                       .deciding = 12'346,
                       .round = 0,
                       .explanation = "waits for the proposal"},
                      {.name = "rpc-1", .tier = "rpc", .state = "running", .height = 12'340},
                      {.name = "rpc-2",
                       .tier = "rpc",
                       .state = "waiting",
                       .restarts = 2,
                       .problem = "was killed by SIGKILL"}};
    snapshot.feeds = {
        {.name = "ETH / USD", .price = "2345.67", .round = 9, .updated_at = 1990, .heartbeat = 60},
        {.name = "BTC / USD", .price = "1.0", .round = 2, .updated_at = 1000, .heartbeat = 60},
        {.name = "EUR / USD", .heartbeat = 60, .problem = "no answer yet"}};
    snapshot.services = {
        {.name = "signer", .tier = "signer", .state = "running", .is_healthy = true},
        {.name = "oracle-1",
         .tier = "oracle",
         .state = "running",
         .is_healthy = false,
         .problem = "ETH / USD: 1 of 3 sources"}};
    return snapshot;
}

std::string line_with(const std::string& text, const std::string& word) {
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);)
        if (line.find(word) != std::string::npos) return line;
    return {};
}

TEST(Screen, shows_chain_nodes_feeds_and_services) {
    const auto text = draw(living_network(), {.columns = 160, .rows = 0});
    EXPECT_THAT(
        line_with(text, "height 12,345"),
        testing::AllOf(HasSubstr("block time 2.00 s"), HasSubstr("50 tx/s"), HasSubstr("round 0")));
    EXPECT_THAT(line_with(text, "validator-1"),
                testing::AllOf(HasSubstr("running"), HasSubstr("0.4 ms"), HasSubstr("27")));
    EXPECT_THAT(line_with(text, "rpc-2"), HasSubstr("was killed by SIGKILL"));
    EXPECT_THAT(line_with(text, "ETH / USD  "),
                testing::AllOf(HasSubstr("2345.67"), HasSubstr("10 s"), HasSubstr("fresh")));
    EXPECT_THAT(line_with(text, "BTC / USD"), HasSubstr("stale"));
    EXPECT_THAT(line_with(text, "EUR / USD"), HasSubstr("no answer yet"));
    EXPECT_THAT(line_with(text, "oracle-1"), HasSubstr("not ok"));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(Screen, every_page_has_its_table) {
    const auto network = living_network();
    const auto page = [&](Page which) {
        return draw(network, {.columns = 160, .rows = 0, .page = which});
    };
    EXPECT_THAT(page(Page::nodes), HasSubstr("waits for the proposal"));
    EXPECT_THAT(page(Page::blocks), HasSubstr("12,340"));
    EXPECT_THAT(page(Page::feeds), HasSubstr("0x0000"));
}

TEST(Screen, keeps_to_its_room) {
    for (const std::size_t columns : {1U, 40U, 80U}) {
        const auto text =
            draw(living_network(), {.columns = columns, .rows = 12, .shows_keys = true});
        EXPECT_EQ(std::ranges::count(text, '\n'), 12);
        std::istringstream in{text};
        for (std::string line; std::getline(in, line);) EXPECT_LE(line.size(), columns);
    }
}

TEST(Screen, scrolls_its_page_and_keeps_its_head) {
    const auto text = draw(living_network(), {.columns = 160, .rows = 0, .scroll = 4});
    EXPECT_THAT(text, Not(HasSubstr("validator-1")));
    EXPECT_THAT(text, HasSubstr("height 12,345"));
    EXPECT_THAT(draw(living_network(), {.columns = 160, .rows = 0, .scroll = 1000}),
                HasSubstr("height"));
}

TEST(Screen, colours_only_when_asked_to) {
    EXPECT_THAT(draw(living_network(), {.columns = 160, .rows = 0, .colour = true}),
                HasSubstr("\x1b[31mstale\x1b[0m"));
}

TEST(Screen, does_not_hand_control_characters_of_a_node_to_the_terminal) {
    auto network = living_network();
    network.nodes[0].client = "evil\x1b[2J\n";
    EXPECT_THAT(draw(network, {.columns = 160, .rows = 0, .page = Page::nodes}),
                HasSubstr("evil?[2J?"));
}

TEST(Screen, says_that_nobody_answers) {
    Snapshot dead;
    dead.nodes = {{.name = "rpc-1", .problem = "Connection refused"}};
    EXPECT_THAT(draw(dead, {.columns = 160, .rows = 0}),
                testing::AllOf(HasSubstr("no node answers"), HasSubstr("Connection refused")));
}

TEST(WithPrefix, keeps_three_digits_or_so) {
    EXPECT_EQ(with_prefix(0), "0");
    EXPECT_EQ(with_prefix(7), "7");
    EXPECT_EQ(with_prefix(7.25), "7.2");
    EXPECT_EQ(with_prefix(950), "950");
    EXPECT_EQ(with_prefix(1234), "1.2 k");
    EXPECT_EQ(with_prefix(25'900'000), "25.9 M");
}

TEST(Bars, are_as_high_as_their_share_of_the_highest) {
    EXPECT_EQ(bars({0, 1, 100}), " .#");
    EXPECT_EQ(bars({0, 0}), "  ");
    EXPECT_EQ(bars({}), "");
}

}  // namespace
}  // namespace meta138::op
