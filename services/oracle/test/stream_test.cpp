// SPDX-License-Identifier: Apache-2.0
#include "sources/stream.hpp"

#include "config/presets.hpp"
#include "simulator/exchange.hpp"

#include <gtest/gtest.h>

#include <string>

namespace meta138::oracle {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds wall = 1'504'371'949'250ms;  // 2017-09-02T17:05:49.25Z

Instant at(milliseconds time) {
    return {.wall = wall + time, .steady = time};
}

/// One stream of a preset, with two tickers of it.
struct StreamTest : testing::Test {
    Config config;
    PriceBoard board;
    std::vector<Stream> streams;

    void use(const std::string& preset, std::vector<std::string> symbols) {
        config.sources = {{.name = preset,
                           .kind = StreamSource{.preset = preset, .dialect = *find_preset(preset)},
                           .breaker = {.failures = 3, .cool_down = 60s, .max_cool_down = 5min}}};
        config.tickers.clear();
        for (auto& symbol : symbols) config.tickers.push_back({.symbol = std::move(symbol)});
        board.assign(config.tickers.size(), {});
        streams = Stream::all(config, 1);
    }
    Stream& stream() { return streams[0]; }
    StreamActions open(milliseconds time = 0s) {
        const auto actions = stream().on_time(at(time), board);
        EXPECT_TRUE(std::holds_alternative<StreamConnect>(actions.at(0)));
        return stream().on_open(at(time), board);
    }
    StreamActions say(std::string_view text, milliseconds time = 1s) {
        return stream().on_message(text, at(time), board);
    }
    static std::string sent(const StreamActions& actions) {
        std::string all;
        for (const auto& action : actions)
            if (const auto* const send = std::get_if<StreamSend>(&action)) all += send->text + '\n';
        return all;
    }
};

bool drops(const StreamActions& actions) {
    return actions.size() == 1 && std::holds_alternative<StreamDrop>(actions[0]);
}

TEST_F(StreamTest, speaks_as_coinbase_does) {
    use("coinbase", {"ETH-USD", "BTC-USD"});
    EXPECT_EQ(sent(open()),
              "{\"type\":\"subscribe\",\"product_ids\":[\"ETH-USD\",\"BTC-USD\"],"
              "\"channels\":[\"ticker\",\"heartbeat\"]}\n");
    say(R"({"type":"subscriptions","channels":[]})");
    say(R"({"type":"heartbeat","sequence":90,"product_id":"ETH-USD"})");
    EXPECT_FALSE(board[0].last);
    say(R"({"type":"ticker","sequence":1,"product_id":"BTC-USD","price":"4388.01000000",)"
        R"("time":"2017-09-02T17:05:49.250000Z","side":"buy"})");
    EXPECT_EQ(to_string(board[1].last->price), "4388.01");
    EXPECT_EQ(board[1].last->told, wall);
    EXPECT_FALSE(board[0].last);
    say(R"({"type":"error","message":"Failed to subscribe","reason":"x is not a valid product"})");
    EXPECT_EQ(board[0].error, "the server says: Failed to subscribe");
    EXPECT_EQ(board[1].error, "");
}

TEST_F(StreamTest, speaks_as_kraken_does) {
    use("kraken", {"ETH/USD", "BTC/USD"});
    EXPECT_EQ(sent(open()),
              "{\"method\":\"subscribe\",\"params\":{\"channel\":\"ticker\",\"symbol\":[\"ETH/"
              "USD\",\"BTC/USD\"]}}\n");
    say(R"({"channel":"status","type":"update","data":[{"system":"online"}]})");
    say(R"({"channel":"heartbeat"})");
    say(R"({"channel":"ticker","type":"update","data":[{"symbol":"ETH/USD","bid":0.10025,)"
        R"("last":0.10035000000000001,"volume":997038.98383185}]})");
    EXPECT_EQ(to_string(board[0].last->price), "0.10035000000000001");
    EXPECT_FALSE(board[0].last->told);
    say(R"({"method":"subscribe","success":false,"error":"Currency pair not supported"})");
    EXPECT_EQ(board[1].error, "the server says: Currency pair not supported");
    EXPECT_EQ(sent(stream().on_time(at(29s), board)), "");
    say(R"({"channel":"heartbeat"})", 29s);
    EXPECT_EQ(sent(stream().on_time(at(30s), board)), "{\"method\":\"ping\"}\n");
}

TEST_F(StreamTest, speaks_as_binance_does) {
    use("binance", {"ETHUSDT", "btcusdt"});
    EXPECT_EQ(sent(open()),
              "{\"method\":\"SUBSCRIBE\",\"params\":[\"ethusdt@ticker\",\"btcusdt@ticker\"],"
              "\"id\":1}\n");
    say(R"({"result":null,"id":1})");
    say(R"({"e":"24hrTicker","E":1504371949250,"s":"BTCUSDT","p":"0.0015","c":"4388.01"})");
    EXPECT_EQ(to_string(board[1].last->price), "4388.01");
    EXPECT_EQ(board[1].last->told, wall);
    say(R"({"error":{"code":2,"msg":"Invalid request"},"id":1})");
    EXPECT_EQ(board[0].error, "the server says: Invalid request");
}

TEST_F(StreamTest, speaks_as_bitstamp_does) {
    use("bitstamp", {"ETHUSD", "btcusd"});
    EXPECT_EQ(sent(open()),
              "{\"event\":\"bts:subscribe\",\"data\":{\"channel\":\"live_trades_ethusd\"}}\n"
              "{\"event\":\"bts:subscribe\",\"data\":{\"channel\":\"live_trades_btcusd\"}}\n");
    say(R"({"event":"bts:subscription_succeeded","channel":"live_trades_ethusd","data":{}})");
    say(R"({"data":{"id":1,"timestamp":"1504371949","amount":0.1,"amount_str":"0.1","price":4388.01,)"
        R"("price_str":"4388.01","microtimestamp":"1504371949250000"},)"
        R"("channel":"live_trades_btcusd","event":"trade"})");
    EXPECT_EQ(to_string(board[1].last->price), "4388.01");
    EXPECT_EQ(board[1].last->told, wall);
    EXPECT_TRUE(drops(say(R"({"event":"bts:request_reconnect","channel":"","data":""})")));
    EXPECT_LE(stream().due(), 2s);
}

TEST_F(StreamTest, understands_what_the_simulator_says) {
    for (const auto exchange :
         {Exchange::coinbase, Exchange::kraken, Exchange::binance, Exchange::bitstamp}) {
        use(std::string{to_string(exchange)}, {exchange == Exchange::coinbase ? "ETH-USD"
                                               : exchange == Exchange::kraken ? "ETH/USD"
                                                                              : "ETHUSD"});
        const auto request = read_stream_request(exchange, sent(open()));
        ASSERT_TRUE(request) << to_string(exchange);
        EXPECT_EQ(request->symbols, std::vector<std::string>{"ETHUSD"});
        say(request->answer);
        say(stream_heartbeat(exchange, wall).empty() ? "{}" : stream_heartbeat(exchange, wall));
        say(stream_ticker(exchange, {.symbol = "ETH/USD", .price = "3000.5", .at = wall}));
        ASSERT_TRUE(board[0].last) << to_string(exchange);
        EXPECT_EQ(to_string(board[0].last->price), "3000.5");
        EXPECT_EQ(board[0].bad, 0U);
    }
}

TEST_F(StreamTest, comes_back_after_pauses_that_double) {
    use("coinbase", {"ETH-USD"});
    std::get<StreamSource>(config.sources[0].kind).reconnect = 1s;
    open();
    say(R"({"type":"ticker","product_id":"ETH-USD","price":"1","time":"2017-09-02T17:05:49Z"})");
    stream().on_closed("closed by the server (1006)", at(10s), board);
    EXPECT_EQ(board[0].health, SourceHealth::failing);
    EXPECT_TRUE(board[0].last);
    EXPECT_GE(stream().due(), 10'500ms);
    EXPECT_LE(stream().due(), 11s);
    EXPECT_TRUE(stream().on_time(at(10s), board).empty());
    EXPECT_EQ(stream().on_time(at(11s), board).size(), 1U);
    stream().on_closed("x:443: connection refused", at(11s), board);
    EXPECT_GE(stream().due(), 12s);
    EXPECT_LE(stream().due(), 13s);
    EXPECT_EQ(board[0].error, "x:443: connection refused");
}

TEST_F(StreamTest, its_breaker_opens_after_failures_in_a_row) {
    use("coinbase", {"ETH-USD"});
    milliseconds time{0};
    for (int i = 0; i < 3; ++i) {
        time = std::max(time, stream().due());
        ASSERT_EQ(stream().on_time(at(time), board).size(), 1U);
        stream().on_closed("refused", at(time), board);
    }
    EXPECT_EQ(board[0].health, SourceHealth::open);
    EXPECT_EQ(stream().due(), time + 60s);
}

TEST_F(StreamTest, garbage_ends_a_connection_only_when_it_goes_on) {
    use("coinbase", {"ETH-USD"});
    open();
    EXPECT_TRUE(say("{").empty());
    say(R"({"type":"ticker","product_id":"ETH-USD","price":"1","time":"2017-09-02T17:05:49Z"})");
    EXPECT_TRUE(say("{").empty());
    EXPECT_TRUE(say("{").empty());
    EXPECT_EQ(board[0].health, SourceHealth::failing);
    EXPECT_TRUE(drops(say("{")));
    EXPECT_EQ(board[0].health, SourceHealth::open);
    EXPECT_EQ(board[0].error, "no JSON");
}

TEST_F(StreamTest, complaints_about_one_symbol_leave_the_others_alone) {
    use("kraken", {"ETH/USD", "NO/USD"});
    open();
    say(R"({"channel":"ticker","type":"update","data":[{"symbol":"ETH/USD","last":1.5}]})");
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(say(R"({"method":"subscribe","success":false,"error":"no NO/USD"})").empty());
    EXPECT_EQ(board[0].health, SourceHealth::alive);
    EXPECT_EQ(board[1].error, "the server says: no NO/USD");
}

TEST_F(StreamTest, a_server_that_only_complains_is_left_alone) {
    use("kraken", {"NO/USD"});
    open();
    const auto* const complaint = R"({"method":"subscribe","success":false,"error":"no NO/USD"})";
    EXPECT_TRUE(say(complaint).empty());
    EXPECT_TRUE(say(complaint).empty());
    EXPECT_TRUE(drops(say(complaint)));
    EXPECT_EQ(board[0].health, SourceHealth::open);
}

TEST_F(StreamTest, silence_ends_a_connection) {
    use("coinbase", {"ETH-USD"});
    open();
    EXPECT_EQ(stream().due(), 30s);
    say(R"({"type":"heartbeat"})", 20s);
    EXPECT_TRUE(stream().on_time(at(30s), board).empty());
    EXPECT_TRUE(drops(stream().on_time(at(50s), board)));
    EXPECT_EQ(board[0].error, "silent for too long");
}

TEST_F(StreamTest, a_connection_that_does_not_open_is_given_up) {
    use("coinbase", {"ETH-USD"});
    EXPECT_EQ(stream().on_time(at(0s), board).size(), 1U);
    EXPECT_TRUE(stream().on_time(at(4s), board).empty());
    EXPECT_TRUE(drops(stream().on_time(at(5s), board)));
}

TEST_F(StreamTest, messages_of_a_dropped_connection_are_not_heard) {
    use("coinbase", {"ETH-USD"});
    say(R"({"type":"ticker","product_id":"ETH-USD","price":"1","time":"2017-09-02T17:05:49Z"})");
    EXPECT_FALSE(board[0].last);
}

TEST_F(StreamTest, other_symbols_are_not_mixed_up) {
    use("coinbase", {"ETH-USD"});
    open();
    say(R"({"type":"ticker","product_id":"ETH-EUR","price":"1","time":"2017-09-02T17:05:49Z"})");
    say(R"({"type":"ticker","price":"1","time":"2017-09-02T17:05:49Z"})");
    EXPECT_FALSE(board[0].last);
    EXPECT_EQ(board[0].error, "a price message without a symbol");
}

}  // namespace
}  // namespace meta138::oracle
