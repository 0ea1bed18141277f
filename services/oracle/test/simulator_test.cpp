// SPDX-License-Identifier: Apache-2.0
// The simulator behind a real server, and the sources that ask it.
#include "simulator/simulator.hpp"

#include "check_report.hpp"
#include "simulator/market.hpp"

#include "meta138/http/client.hpp"
#include "meta138/http/server.hpp"
#include "meta138/oracle/sources.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>

namespace meta138::oracle {
namespace {

using namespace std::chrono_literals;

TEST(PriceModel, the_same_seed_makes_the_same_prices) {
    PriceModel one{Decimal::from(3'000), Ratio{1'000'000}, 5};
    PriceModel two{Decimal::from(3'000), Ratio{1'000'000}, 5};
    Decimal lowest = one.price();
    Decimal highest = one.price();
    for (int i = 0; i < 100'000; ++i) {
        one.step();
        two.step();
        ASSERT_EQ(one.price(), two.price());
        lowest = std::min(lowest, one.price());
        highest = std::max(highest, one.price());
    }
    EXPECT_GT(lowest, Decimal::from(2'000));
    EXPECT_LT(highest, Decimal::from(4'500));
    EXPECT_LT(lowest, highest);
}

TEST(PriceModel, replays_a_series_again_and_again) {
    PriceModel model{{Decimal::from(1), Decimal::from(2)}};
    EXPECT_EQ(model.price(), Decimal::from(1));
    model.step();
    EXPECT_EQ(model.price(), Decimal::from(2));
    model.hold(true);
    model.step();
    EXPECT_EQ(model.price(), Decimal::from(2));
    model.hold(false);
    model.step();
    EXPECT_EQ(model.price(), Decimal::from(1));
}

std::string series(std::string_view text, std::string_view column = "") {
    const auto result = parse_series(text, column);
    if (!result) return result.error();
    std::string all;
    for (const auto& price : *result) all += to_string(price) + ' ';
    return all;
}

TEST(ParseSeries, reads_csv_and_json) {
    EXPECT_EQ(series("date,open,close\n2000-01-03,1.5,2.5\n2000-01-04,1.6,2.6\n"), "2.5 2.6 ");
    EXPECT_EQ(series("date,\"open\",close\r\n2000-01-03,1.5,2.5\r\n", "open"), "1.5 ");
    EXPECT_EQ(series("1\n2\n3"), "1 2 3 ");
    EXPECT_EQ(series("[1, 2.5, \"3\"]"), "1 2.5 3 ");
    EXPECT_EQ(series(R"([{"price":1,"x":2},{"x":3},{"price":4}])", "price"), "1 4 ");
    EXPECT_EQ(series("a,b\n1,2\n", "c"), "there is no column c");
    EXPECT_EQ(series("a\nx\n"), "line 2: not a decimal number");
    EXPECT_EQ(series("[]"), "there are no prices in it");
    EXPECT_EQ(series("[0]"), "there is a price of zero in it");
    EXPECT_EQ(series(""), "there are no prices in it");
}

TEST(Market, a_fault_ends_by_itself) {
    Market market{{.pairs = {{.symbol = "ETH/USD", .start = Decimal::from(100)}}, .noise = {}}};
    market.step({.wall = 1s, .steady = 1s});
    EXPECT_EQ(market.quote(Exchange::kraken, "eth-usd")->price, "100");
    market.set_fault(Exchange::kraken,
                     {.kind = FaultKind::spike, .factor = Decimal::from(3), .until = 5s});
    EXPECT_EQ(market.quote(Exchange::kraken, "ETHUSD")->price, "300");
    EXPECT_EQ(market.quote(Exchange::binance, "ETHUSD")->price, "100");
    market.step({.wall = 5s, .steady = 5s});
    EXPECT_EQ(market.fault(Exchange::kraken), nullptr);
}

TEST(Market, a_stale_exchange_repeats_itself) {
    Market market{{.pairs = {{.symbol = "ETH/USD", .start = Decimal::from(100)}}, .noise = {}}};
    market.step({.wall = 1s, .steady = 1s});
    market.set_fault(Exchange::kraken, {.kind = FaultKind::stale});
    ASSERT_TRUE(market.set_price("ETH/USD", Decimal::from(200)));
    market.step({.wall = 9s, .steady = 9s});
    EXPECT_EQ(market.quote(Exchange::kraken, "ETHUSD")->price, "100");
    EXPECT_EQ(market.quote(Exchange::kraken, "ETHUSD")->at, 1s);
    EXPECT_NE(market.quote(Exchange::coinbase, "ETHUSD")->price, "100");
}

/// A simulator on a free port, and a configuration with a source of each kind that asks it.
class SimulatedSources : public testing::Test {
protected:
    SimulatedSources() {
        http::EndpointOptions endpoint;
        endpoint.websocket = true;
        endpoint.probe = false;
        port_ = server_.listen(std::move(endpoint), simulator_);
        server_.start();
        simulator_.start();
    }
    ~SimulatedSources() override {
        simulator_.stop();
        server_.stop(100ms);
    }

    [[nodiscard]] Config config() const {
        std::string text = R"([chain]
endpoints = ["http://127.0.0.1:8545"]
[publisher]
dry_run = true
[[source]]
name = "plain"
kind = "http"
poll_interval = "20ms"
price = "price"
time = "time"
)";
        text += fmt::format("url = \"http://127.0.0.1:{}/plain/{{symbol}}\"\n", port_);
        std::string feed = R"([[feed]]
name = "ETH/USD"
address = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
min_sources = 3
source = [{ source = "plain", symbol = "ETH-USD" })";
        for (const auto& [name, symbol] : {std::pair{"coinbase", "ETH-USD"},
                                           {"kraken", "ETH/USD"},
                                           {"binance", "ETHUSD"},
                                           {"bitstamp", "ethusd"}}) {
            text += fmt::format(
                "[[source]]\nname = \"{0}\"\nkind = \"websocket\"\npreset = \"{0}\"\n"
                "reconnect = \"20ms\"\nmax_reconnect = \"100ms\"\n"
                "breaker = {{ failures = 3, cool_down = \"50ms\", max_cool_down = \"50ms\" }}\n"
                "url = \"ws://127.0.0.1:{1}/{0}\"\n",
                name, port_);
            feed += fmt::format(", {{ source = \"{}\", symbol = \"{}\" }}", name, symbol);
        }
        auto config = parse_config(text + feed + "]\n", "test.toml",
                                   [](const auto&) { return std::nullopt; });
        if (!config) ADD_FAILURE() << to_string(config.error().front());
        return *std::move(config);
    }

    void post(const std::string& path) {
        http::Client client;
        const auto result = client.exchange(
            {.method = "POST", .url = fmt::format("http://127.0.0.1:{}{}", port_, path)});
        ASSERT_TRUE(result) << result.error().text;
        ASSERT_EQ(result->status, 200U) << result->body;
    }

    telemetry::Metrics metrics_;
    Simulator simulator_{
        {.pairs = {{.symbol = "ETH/USD", .start = Decimal::from(3'000)}}, .interval = 20ms}};
    http::Server server_{{.io_threads = 1}, telemetry::Logger{}, metrics_};
    std::uint16_t port_ = 0;
};

/// Waits for a board that fulfils a condition, for half a minute at most.
class BoardWatch {
public:
    BoardWatch(const Config& config, telemetry::Metrics& metrics)
        : sources_{config, telemetry::Logger{}, metrics} {
        sources_.start([this] {
            const std::lock_guard lock{mutex_};
            changed_.notify_all();
        });
    }
    bool until(const std::function<bool(const PriceBoard&)>& holds) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, 30s, [&] { return holds(*sources_.board()); });
    }
    [[nodiscard]] std::shared_ptr<const PriceBoard> board() const { return sources_.board(); }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    Sources sources_;
};

bool all_alive(const PriceBoard& board) {
    return std::ranges::all_of(board, [](const TickerState& ticker) {
        return ticker.last && ticker.health == SourceHealth::alive;
    });
}

TEST_F(SimulatedSources, of_all_kinds_tell_prices) {
    const auto config = this->config();
    BoardWatch watch{config, metrics_};
    ASSERT_TRUE(watch.until(all_alive));
    const auto report = make_report(config, *watch.board(), read_clocks());
    EXPECT_TRUE(report.is_good()) << to_text(report, false);
    EXPECT_EQ(report.feeds[0].used, 5U) << to_text(report, false);
}

TEST_F(SimulatedSources, faults_are_seen_and_end) {
    const auto config = this->config();
    BoardWatch watch{config, metrics_};
    ASSERT_TRUE(watch.until(all_alive));
    post("/faults/coinbase?kind=dead");
    post("/faults/kraken?kind=garbage");
    ASSERT_TRUE(watch.until([](const PriceBoard& board) {
        return !board[1].error.empty() && !board[2].error.empty();
    }));
    const auto result = aggregate(config.feeds[0], *watch.board(), read_clocks());
    EXPECT_TRUE(result.price);
    post("/faults/coinbase?kind=spike&factor=1&for=1ms");
    post("/faults/kraken?kind=spike&factor=1&for=1ms");
    EXPECT_TRUE(watch.until(all_alive)) << "streams come back by themselves";
}

TEST(Sources, no_secret_is_in_what_a_failure_says) {
    const auto config = parse_config(R"([chain]
endpoints = ["http://127.0.0.1:8545"]
[publisher]
dry_run = true
[[source]]
name = "web"
kind = "http"
url = "http://user:${env:KEY}@127.0.0.1:1/${env:KEY}?key=${env:KEY}"
price = "p"
[[source]]
name = "stream"
kind = "websocket"
preset = "kraken"
url = "ws://127.0.0.1:1/${env:KEY}"
[[feed]]
name = "X"
address = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
source = [{ source = "web" }, { source = "stream" }]
)",
                                     "test.toml", [](const auto&) { return "s3cret"; });
    ASSERT_TRUE(config) << to_string(config.error().front());
    telemetry::Metrics metrics;
    BoardWatch watch{*config, metrics};
    ASSERT_TRUE(
        watch.until([](const PriceBoard& board) { return board[0].bad > 0 && board[1].bad > 0; }));
    const auto report = make_report(*config, *watch.board(), read_clocks());
    EXPECT_FALSE(report.is_good());
    EXPECT_FALSE((to_text(report, false) + to_json(report)).contains("s3cret"))
        << to_text(report, false);
}

TEST_F(SimulatedSources, a_spike_is_an_outlier) {
    const auto config = this->config();
    BoardWatch watch{config, metrics_};
    ASSERT_TRUE(watch.until(all_alive));
    post("/faults/binance?kind=spike&factor=2");
    ASSERT_TRUE(watch.until(
        [](const PriceBoard& board) { return board[3].last->price > Decimal::from(5'000); }));
    const auto result = aggregate(config.feeds[0], *watch.board(), read_clocks());
    ASSERT_TRUE(result.price);
    EXPECT_LT(*result.price, Decimal::from(4'000));
    EXPECT_EQ(result.sources[3].verdict, Verdict::outlier);
}

TEST_F(SimulatedSources, a_price_can_be_set_and_held) {
    const auto config = this->config();
    BoardWatch watch{config, metrics_};
    post("/prices/ETH-USD?price=1234.5&hold=true");
    EXPECT_TRUE(watch.until([&config](const PriceBoard& board) {
        const auto result = aggregate(config.feeds[0], board, read_clocks());
        return result.price && result.used == 5 &&
               deviation(*result.price, *parse_decimal("1234.5")) < Ratio{1'000'000};
    }));
}

}  // namespace
}  // namespace meta138::oracle
