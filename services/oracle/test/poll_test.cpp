// SPDX-License-Identifier: Apache-2.0
#include "sources/poll.hpp"

#include "sources/aggregator_call.hpp"
#include "sources/file_question.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace meta138::oracle {
namespace {

using namespace std::chrono_literals;

Config parse(const std::string& text) {
    auto config = parse_config(R"([chain]
endpoints = ["http://127.0.0.1:8545"]
[publisher]
dry_run = true
)" + text + R"([[feed]]
name = "unused"
address = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
source = [{ source = "s" }]
)",
                               "oracle.toml", [](const auto&) { return std::nullopt; });
    if (!config) ADD_FAILURE() << to_string(config.error().front());
    config->tickers.clear();  // each test has its own
    return *std::move(config);
}

Instant at(milliseconds time) {
    return {.wall = 1'700'000'000s + time, .steady = time};
}

/// One source `s` that is asked over HTTP each 5 s, whose breaker opens after 2 failures for 30 s.
struct PollTest : testing::Test {
    Config config = parse(R"([[source]]
name = "s"
kind = "http"
url = "http://x/{symbol:lower}?k=1"
price = "price"
breaker = { failures = 2, cool_down = "30s", max_cool_down = "2m" }
)");
    std::vector<Poll> polls;
    PriceBoard board;

    void tickers(std::vector<TickerConfig> given) {
        config.tickers = std::move(given);
        polls = Poll::all(config);
        board.resize(config.tickers.size());
    }
    /// Asks at a time and answers at once.
    void answer(milliseconds time, std::expected<Answer, std::string> text) {
        ASSERT_TRUE(polls[0].on_time(at(time)));
        polls[0].on_answer(text, at(time), board);
    }
    static Answer body(std::string text) { return {.text = std::move(text)}; }
};

TEST_F(PollTest, the_same_question_is_asked_once) {
    tickers(
        {{.symbol = "ETHUSD"}, {.symbol = "ETHUSD", .price_path = "bid"}, {.symbol = "BTCUSD"}});
    ASSERT_EQ(polls.size(), 2U);
    const auto question = polls[0].on_time(at(0s));
    ASSERT_TRUE(question);
    EXPECT_EQ(std::get<HttpQuestion>(*question).url, "http://x/ethusd?k=1");
    polls[0].on_answer(body(R"({"price":"3000.5","bid":3000})"), at(100ms), board);
    EXPECT_EQ(to_string(board[0].last->price), "3000.5");
    EXPECT_EQ(to_string(board[1].last->price), "3000");
    EXPECT_FALSE(board[2].last);
    EXPECT_EQ(board[0].latency, 100ms);
}

TEST_F(PollTest, asks_again_after_its_interval_and_never_twice_at_once) {
    tickers({{.symbol = "X"}});
    EXPECT_EQ(polls[0].due(), 0s);
    ASSERT_TRUE(polls[0].on_time(at(0s)));
    EXPECT_EQ(polls[0].due(), std::nullopt);
    EXPECT_FALSE(polls[0].on_time(at(60s)));
    polls[0].on_answer(body(R"({"price":1})"), at(2s), board);
    EXPECT_EQ(polls[0].due(), 5s);
    EXPECT_FALSE(polls[0].on_time(at(4'999ms)));
    EXPECT_TRUE(polls[0].on_time(at(5s)));
}

TEST_F(PollTest, a_failure_keeps_the_last_price_and_says_why) {
    tickers({{.symbol = "X"}});
    answer(0s, body(R"({"price":1})"));
    answer(5s, std::unexpected{"x:80: connection refused"});
    EXPECT_EQ(board[0].health, SourceHealth::failing);
    EXPECT_EQ(board[0].error, "x:80: connection refused");
    EXPECT_TRUE(board[0].last);
    answer(10s, body(R"({"price":2})"));
    EXPECT_EQ(board[0].health, SourceHealth::alive);
    EXPECT_EQ(board[0].error, "");
}

TEST_F(PollTest, garbage_is_a_failure_and_no_price) {
    tickers({{.symbol = "X"}});
    answer(0s, body("<html>"));
    EXPECT_EQ(board[0].error, "no JSON");
    EXPECT_FALSE(board[0].last);
    EXPECT_EQ(board[0].bad, 1U);
}

TEST_F(PollTest, its_breaker_opens_and_the_pause_doubles) {
    tickers({{.symbol = "X"}});
    answer(0s, std::unexpected{"down"});
    EXPECT_EQ(polls[0].due(), 5s);
    answer(5s, std::unexpected{"down"});
    EXPECT_EQ(board[0].health, SourceHealth::open);
    EXPECT_EQ(polls[0].due(), 35s);
    answer(35s, std::unexpected{"down"});
    EXPECT_EQ(polls[0].due(), 95s);
    answer(95s, std::unexpected{"down"});
    EXPECT_EQ(polls[0].due(), 215s);
    answer(215s, std::unexpected{"down"});
    EXPECT_EQ(polls[0].due(), 335s) << "2 minutes at most";
    answer(335s, body(R"({"price":1})"));
    EXPECT_EQ(board[0].health, SourceHealth::alive);
    EXPECT_EQ(polls[0].due(), 340s);
}

TEST_F(PollTest, an_aggregator_is_asked_in_one_batch_and_fails_over) {
    config = parse(R"([[source]]
name = "s"
kind = "http"
url = "http://x"
price = "p"
)");
    config.sources[0].kind =
        ChainSource{.endpoints = {SecretText{"", "http://a"}, SecretText{"", "http://b"}}};
    tickers({{.symbol = "0x5FbDB2315678afecb367f032d93F642f64180aa3"}});
    const auto first = polls[0].on_time(at(0s));
    EXPECT_EQ(std::get<HttpQuestion>(*first).url, "http://a");
    EXPECT_EQ(
        std::get<HttpQuestion>(*first).body,
        R"([{"jsonrpc":"2.0","id":0,"method":"eth_call","params":[{"to":"0x5fbdb2315678afecb367f032d93f642f64180aa3","data":"0xfeaf968c"},"latest"]},)"
        R"({"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0x5fbdb2315678afecb367f032d93f642f64180aa3","data":"0x313ce567"},"latest"]}])");
    polls[0].on_answer(std::unexpected{"refused"}, at(0s), board);
    const auto second = polls[0].on_time(at(0s));
    ASSERT_TRUE(second) << "the next is asked at once";
    EXPECT_EQ(std::get<HttpQuestion>(*second).url, "http://b");
    polls[0].on_answer(std::unexpected{"refused"}, at(0s), board);
    EXPECT_EQ(polls[0].due(), 5s) << "after the last the interval counts";
}

std::string word(const uint256& value) {
    return to_hex_digits(to_hash32(value).bytes);
}

std::string read_one(const std::string& round, const std::string& decimals) {
    const auto answer =
        R"([{"id":1,"result":"0x)" + decimals + R"("},{"id":0,"result":"0x)" + round + R"("}])";
    const auto result = read_aggregators(answer, 1, {}).at(0);
    if (!result) return result.error();
    return to_string(result->price) + " at " + std::to_string(*result->told / 1s);
}

TEST(ReadAggregators, has_the_price_and_its_time) {
    const auto round = word(7) + word(300'012'000'000) + word(5) + word(1'700'000'000) + word(7);
    EXPECT_EQ(read_one(round, word(8)), "3000.12 at 1700000000");
}

TEST(ReadAggregators, says_what_is_wrong) {
    const auto round = [](const uint256& answer, const uint256& updated) {
        return word(7) + word(answer) + word(5) + word(updated) + word(7);
    };
    EXPECT_EQ(read_one(round(-uint256{5}, 1), word(8)),
              "the answer is zero, negative or far too large");
    EXPECT_EQ(read_one(round(5, 0), word(8)), "the round is not complete");
    EXPECT_EQ(read_one(round(5, uint256::max()), word(8)), "updatedAt is no time");
    EXPECT_EQ(read_one(round(5, 1), word(77)), "more than 36 decimals");
    EXPECT_EQ(read_one("", word(8)), "no AggregatorV3 answers at this address");
    EXPECT_EQ(read_aggregators("{}", 1, {}).at(0).error(), "no result where one was expected");
    EXPECT_EQ(read_aggregators("", 2, {}).at(1).error(), "no JSON");
    EXPECT_EQ(
        read_aggregators(R"([{"id":0,"error":{"code":3,"message":"execution reverted"}}])", 1, {})
            .at(0)
            .error(),
        "the call failed: execution reverted");
}

TEST(AskFile, reads_a_file_and_when_it_was_changed) {
    const auto folder = std::filesystem::path{testing::TempDir()} / "oracle-file-test";
    std::filesystem::create_directories(folder);
    std::ofstream{folder / "price"} << "1.5\n";
    const auto answer = ask_file({.path = folder / "price"});
    ASSERT_TRUE(answer) << answer.error();
    EXPECT_EQ(answer->text, "1.5\n");
    EXPECT_TRUE(answer->changed);
    EXPECT_EQ(ask_file({.path = folder / "none"}).error(), "the file does not exist");
    EXPECT_EQ(ask_file({.path = folder}).error(), "the file is no regular file");
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace meta138::oracle
