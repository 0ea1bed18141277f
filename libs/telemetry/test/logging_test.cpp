// SPDX-License-Identifier: Apache-2.0
#include "meta138/telemetry/logging.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>
#include <vector>

namespace meta138::telemetry {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;

class Logging : public testing::Test {
protected:
    std::shared_ptr<Log> open(LogOptions options = {}) {
        options.output = [this](std::string_view line) { lines.emplace_back(line); };
        return Log::open(std::move(options));
    }

    std::vector<std::string> lines;
};

TEST_F(Logging, a_line_has_the_form_of_besus) {
    set_thread_name("main");
    open()->logger("qbft.QbftRound").info("Moved to round {}", 2);
    EXPECT_THAT(lines, ElementsAre(MatchesRegex(
                           "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}"
                           "\\+0000 \\| main \\| INFO  \\| QbftRound \\| Moved to round 2\n")));
}

TEST_F(Logging, a_json_line_carries_the_fields_of_the_node_the_logger_and_the_call) {
    const auto log = open({.format = LogFormat::json, .fields = {{"node", "validator-1"}}});
    log->logger("p2p.Peers")
        .with({"peer", "0xab"})
        .warn({{"number", 7u}, {"ok", false}}, "Peer \"{}\"\n", "x");
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_THAT(lines[0], HasSubstr(R"("level":"WARN",)"));
    EXPECT_THAT(lines[0], HasSubstr(R"("class":"Peers","message":"Peer \"x\"\n","node":)"));
    EXPECT_THAT(lines[0], EndsWith(R"("node":"validator-1","peer":"0xab","number":7,"ok":false})"
                                   "\n"));
}

TEST_F(Logging, a_human_line_shows_the_fields_behind_the_message) {
    open()->logger("p2p.Peers").with({"round", -1}).info({{"peer", "a"}}, "Gone");
    EXPECT_THAT(lines, ElementsAre(EndsWith(" | Gone round=-1 peer=a\n")));
}

TEST_F(Logging, a_message_cannot_look_like_two) {
    open()->logger("rpc.Server").info({{"peer", "x\ny"}}, "a\n2026-01-01 | b\x1b[2J");
    EXPECT_THAT(lines, ElementsAre(EndsWith(" | a\n    2026-01-01 | b\\x1b[2J peer=x\\x0ay\n")));
}

TEST_F(Logging, fatal_is_written_as_error) {
    open()->logger("node.Node").fatal("Disk full");
    EXPECT_THAT(lines, ElementsAre(HasSubstr(" | ERROR | Node | Disk full")));
}

TEST_F(Logging, what_is_below_the_level_is_not_formatted) {
    struct Explosive {};
    const auto logger = open({.level = Level::warn})->logger("a.B");
    EXPECT_FALSE(logger.enabled(Level::info));
    logger.info("never");
    EXPECT_THAT(lines, IsEmpty());
    EXPECT_TRUE(logger.enabled(Level::error));
}

TEST_F(Logging, a_logger_of_no_log_writes_nothing) {
    const Logger nobody;
    nobody.named("a.B").with({"k", "v"}).error("lost");
    EXPECT_FALSE(nobody.enabled(Level::fatal));
}

TEST_F(Logging, a_level_can_be_changed_by_logger_while_running) {
    const auto log = open();
    const auto round = log->logger("qbft.QbftRound");
    const auto pool = log->logger("txpool.Pool");
    log->set_level("qbft.QbftRound", Level::debug);
    EXPECT_TRUE(round.enabled(Level::debug));
    EXPECT_FALSE(pool.enabled(Level::debug));
    log->set_level(Level::off);
    EXPECT_FALSE(round.enabled(Level::fatal));
}

TEST_F(Logging, a_java_package_means_the_library_of_its_last_name) {
    const auto log = open();
    log->set_level("org.hyperledger.besu.consensus.qbft", Level::trace);
    EXPECT_TRUE(log->logger("qbft.QbftRound").enabled(Level::trace));
    EXPECT_FALSE(log->logger("rpc.Server").enabled(Level::debug));
    log->set_level("org.hyperledger.besu.ethereum.api.jsonrpc.JsonRpcHttpService", Level::debug);
    EXPECT_TRUE(log->logger("http.JsonRpcHttpService").enabled(Level::debug));
    log->set_level("org.hyperledger.besu", Level::error);
    EXPECT_FALSE(log->logger("qbft.QbftRound").enabled(Level::warn));
}

TEST_F(Logging, colours_are_only_shown_when_asked_for) {
    open({.colour = Colour::always})->logger("a.B").info("red");
    open({.colour = Colour::automatic})->logger("a.B").info("plain");
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_THAT(lines[0], HasSubstr("\x1b[32mINFO \x1b[0m"));
    EXPECT_THAT(lines[1], Not(HasSubstr("\x1b")));
}

TEST_F(Logging, threads_do_not_mix_their_lines) {
    const auto log = open();
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([logger = log->logger("a.B"), i] {
                for (int n = 0; n < 500; ++n) logger.info("{}", std::string(50, char('a' + i)));
            });
    }
    ASSERT_EQ(lines.size(), 2000u);
    for (const auto& line : lines) EXPECT_THAT(line, MatchesRegex(".* (a+|b+|c+|d+)\n"));
}

TEST(Level, names_are_besus_in_any_case) {
    EXPECT_EQ(parse_level("DEBUG"), Level::debug);
    EXPECT_EQ(parse_level("all"), Level::all);
    EXPECT_EQ(parse_level("LOUD"), std::nullopt);
    EXPECT_EQ(to_string(Level::warn), "WARN");
}

}  // namespace
}  // namespace meta138::telemetry
