// SPDX-License-Identifier: Apache-2.0
// A year of prices, two publishers, several sources that fail and lie, on a contract that obeys
// IAggregator: the core's promises in simulated time.
#include "simulator/price_model.hpp"

#include "meta138/oracle/aggregate.hpp"
#include "meta138/oracle/decision.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace meta138::oracle {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds block_period = 2s;
constexpr milliseconds price_period = 60s;
constexpr milliseconds start = 1'700'000'000s;
constexpr milliseconds year = 365 * 24h;
constexpr std::uint64_t good_noise = 300;  // ppm by which right sources differ

/// The feed's contract, as far as publishers see it.
struct Contract {
    ChainFeed feed;
    seconds heartbeat{};
    std::uint64_t taken = 0;       ///< Updates refused because the round existed.
    std::uint64_t not_needed = 0;  ///< Updates refused as neither due nor deviating.

    bool transmit(const Update& update, seconds block_time) {
        if (update.round != feed.round + 1) {
            ++taken;
            return false;
        }
        const bool deviates =
            feed.round == 0 || deviation(*from_answer(update.answer, 8),
                                         *from_answer(feed.answer, 8)) >= feed.gate_deviation;
        if (!deviates && block_time < feed.due_at) {
            ++not_needed;
            return false;
        }
        feed.round = update.round;
        feed.answer = update.answer;
        feed.updated_at = block_time;
        feed.due_at = block_time + heartbeat - heartbeat / 8;
        return true;
    }
};

/// A publisher and the update that it has sent.
struct SimulatedPublisher {
    Decider decider;
    milliseconds down_until{};
    std::optional<Update> sent{};
    milliseconds included_at{};
};

/// What is counted, and printed for people.
struct Totals {
    std::array<std::uint64_t, 3> updates{};  ///< By UpdateReason.
    milliseconds oldest{};                   ///< Age of the answer, while it could be helped.
    milliseconds longest_deviation{};        ///< Likewise.
    Ratio worst_error{};                     ///< Of a written answer, to the price of its moment.
    milliseconds helpless{};                 ///< No quorum, or no publisher.
};

struct Plan {
    std::uint64_t seed = 1;
    bool outages = true;  ///< Of publishers.
    bool lies = true;     ///< Of fewer than half of the sources.
    bool stuck = false;   ///< Some transactions wait for half a minute.
};

class Year {
public:
    Year(std::vector<Decimal> prices, const Plan& plan)
        : prices_{std::move(prices)}, plan_{plan}, random_{plan.seed} {
        feed_.heartbeat = 3600s;
        feed_.deviation_threshold = Ratio{5'000'000};
        feed_.min_sources = 3;
        for (std::size_t i = 0; i < sources; ++i)
            feed_.sources.push_back({.name = fmt::format("s{}", i), .legs = {{.ticker = i}}});
        board_.resize(sources);
        contract_.heartbeat = feed_.heartbeat;
        contract_.feed.gate_deviation = feed_.deviation_threshold;
        for (std::uint32_t rank = 0; rank < 2; ++rank) {
            PublisherConfig config{.rank = rank, .publishers = 2, .turn = turn};
            publishers_.push_back({.decider = Decider{feed_, config, block_period}});
        }
    }

    void run() {
        for (milliseconds now = start; now < start + year; now += price_period) {
            set_prices(now);
            if (plan_.outages) set_outages(now);
            within(now, now + price_period);
        }
    }

    /// How much later than the heartbeat an answer may be replaced, whatever one publisher does.
    static constexpr milliseconds staleness_bound = 2 * block_period;
    /// How long a deviation may stand: the other's turn, and two blocks.
    static constexpr milliseconds turn = 10s;
    static constexpr milliseconds deviation_bound = turn + 2 * block_period;

    Totals totals;
    Contract contract_;

private:
    static constexpr std::size_t sources = 5;

    void set_prices(milliseconds now) {
        const auto at = static_cast<std::uint64_t>((now - start).count());
        const auto span = static_cast<std::uint64_t>(year.count()) / prices_.size() + 1;
        price_ = prices_[at / span];
        // At most two of five are bad at a time; each for some minutes.
        for (std::size_t i = 0; i < sources; ++i) {
            if (faulty_until_[i] > now) continue;
            faulty_until_[i] = 0s;
            const auto bad = std::ranges::count_if(
                faulty_until_, [now](milliseconds until) { return until > now; });
            if (plan_.lies && bad < 2 && random_() % 200 == 0) {
                faulty_until_[i] = now + price_period * static_cast<int>(1 + random_() % 120);
                lie_[i] = static_cast<int>(random_() % 4);
            }
        }
        const Instant instant{.wall = now, .steady = now};
        lowest_ = Decimal::from(1, 30);
        highest_ = {};
        for (std::size_t i = 0; i < sources; ++i) tell(i, instant);
        result_ = aggregate(feed_, board_, instant);
    }

    void tell(std::size_t i, const Instant& now) {
        const auto noise = Ratio::one - 1000 * (good_noise - random_() % (2 * good_noise + 1));
        const auto right = *multiply(price_, Decimal::from(noise, -9));
        auto& ticker = board_[i];
        ticker.health = SourceHealth::alive;
        if (faulty_until_[i] <= now.wall) {
            lowest_ = std::min(lowest_, right);
            highest_ = std::max(highest_, right);
            ticker.last = Observation{.price = right, .received = now};
            return;
        }
        switch (lie_[i]) {
            case 0:
                ticker.last = {.price = *multiply(right, Decimal::from(3)), .received = now};
                break;
            case 1:
                ticker.last = {.price = *multiply(right, Decimal::from(97, -2)), .received = now};
                break;
            case 2: break;  // says no more: stale after a minute
            default: ticker.last.reset(); break;
        }
    }

    void set_outages(milliseconds now) {
        for (auto& publisher : publishers_)
            if (publisher.down_until <= now && random_() % 5'000 == 0)
                publisher.down_until = now + price_period * static_cast<int>(1 + random_() % 600);
    }

    /// Everything between two prices: decisions, blocks, turns.
    void within(milliseconds now, milliseconds end) {
        while (now < end) {
            auto next = end;
            for (auto& publisher : publishers_) {
                include(publisher, now);
                const auto wake = act(publisher, now);
                if (wake > now) next = std::min(next, wake);
            }
            watch(now, next);
            now = next;
        }
    }

    void include(SimulatedPublisher& publisher, milliseconds now) {
        if (!publisher.sent || now < publisher.included_at) return;
        const auto block_time = std::chrono::duration_cast<seconds>(publisher.included_at);
        contract_.feed.head_time = block_time;
        const auto update = *publisher.sent;
        publisher.sent.reset();
        if (contract_.transmit(update, block_time))
            ++totals.updates[static_cast<std::size_t>(update.reason)];
    }

    /// When the publisher has to be asked again.
    milliseconds act(SimulatedPublisher& publisher, milliseconds now) {
        if (publisher.sent) return publisher.included_at;
        if (publisher.down_until > now) return publisher.down_until;
        const auto decision = publisher.decider.decide(contract_.feed, result_, now);
        if (const auto* const wait = std::get_if<Wait>(&decision))
            return wait->until.value_or(milliseconds::max());
        publisher.sent = std::get<Update>(decision);
        check(*publisher.sent);
        // The next block, or the one after it.
        auto blocks = (now - start) / block_period + 1 + static_cast<int>(random_() % 2);
        if (plan_.stuck && random_() % 300 == 0) blocks += 15;
        publisher.included_at = start + blocks * block_period;
        return publisher.included_at;
    }

    /// No wrong price while fewer than half of the sources are bad.
    void check(const Update& update) {
        const auto answer = *from_answer(update.answer, 8);
        const auto last_digit = Decimal::from(1, -8);
        ASSERT_TRUE(answer >= lowest_ ||
                    deviation(answer, lowest_) < deviation(last_digit, price_));
        ASSERT_TRUE(answer <= highest_ ||
                    deviation(answer, highest_) < deviation(last_digit, price_));
        totals.worst_error = std::max(totals.worst_error, deviation(answer, price_));
    }

    /// Nothing changes from `now` to `next`.
    void watch(milliseconds now, milliseconds next) {
        const bool is_helpless =
            !result_.price ||
            std::ranges::all_of(publishers_, [now](const SimulatedPublisher& publisher) {
                return publisher.down_until > now;
            });
        if (is_helpless) {
            totals.helpless += next - now;
            helped_since_ = next;
        }
        const auto& feed = contract_.feed;
        if (is_helpless || feed.round == 0) return static_cast<void>(deviates_since_.reset());
        // After a time in which nobody could help, what counts starts anew.
        const auto age =
            next - std::max(milliseconds{feed.updated_at},
                            helped_since_ - milliseconds{feed_.heartbeat} + deviation_bound);
        totals.oldest = std::max(totals.oldest, age);
        const auto answer = to_answer(*result_.price, 8);
        const bool deviates = deviation(*from_answer(*answer, 8), *from_answer(feed.answer, 8)) >=
                              feed_.deviation_threshold;
        if (!deviates) return static_cast<void>(deviates_since_.reset());
        if (!deviates_since_ || deviating_round_ != feed.round) deviates_since_ = now;
        deviating_round_ = feed.round;
        totals.longest_deviation = std::max(totals.longest_deviation, next - *deviates_since_);
    }

    std::vector<Decimal> prices_;
    Plan plan_;
    std::mt19937_64 random_;
    FeedConfig feed_;
    PriceBoard board_;
    std::vector<SimulatedPublisher> publishers_;
    Decimal price_;
    Decimal lowest_;
    Decimal highest_;
    Aggregate result_;
    std::array<milliseconds, sources> faulty_until_{};
    std::array<int, sources> lie_{};
    milliseconds helped_since_ = start;
    std::optional<milliseconds> deviates_since_;
    std::uint64_t deviating_round_ = 0;
};

/// A walk that also jumps: a price each minute.
std::vector<Decimal> walk(std::uint64_t seed) {
    PriceModel model{Decimal::from(3'000), Ratio{1'500'000}, seed};
    std::mt19937_64 random{seed};
    std::vector<Decimal> prices;
    for (auto at = 0min; at < year; ++at) {
        model.step();
        if (random() % 20'000 == 0)  // some 26 a year, of up to 20 %
            EXPECT_TRUE(model.set(*multiply(model.price(), Decimal::from(80 + random() % 41, -2))));
        prices.push_back(model.price());
    }
    return prices;
}

/// `between` prices from each of a series to its next.
std::vector<Decimal> interpolate(const std::vector<Decimal>& series, std::uint64_t between) {
    std::vector<Decimal> prices;
    for (std::size_t i = 0; i + 1 < series.size(); ++i) {
        const auto from = to_answer(series[i], 8)->low64();
        const auto to = to_answer(series[i + 1], 8)->low64();
        for (std::uint64_t k = 0; k < between; ++k)
            prices.push_back(Decimal::from((from * (between - k) + to * k) / between, -8));
    }
    return prices;
}

void expect_promises(const Year& simulated) {
    const auto& totals = simulated.totals;
    const auto count = [&totals](UpdateReason reason) {
        return totals.updates[static_cast<std::size_t>(reason)];
    };
    fmt::print(
        "  {} updates: {} by deviation, {} by heartbeat; {} lost races, {} too early; oldest "
        "answer {} s, longest deviation {} s, worst error {}, helpless for {} min\n",
        simulated.contract_.feed.round, count(UpdateReason::deviation),
        count(UpdateReason::heartbeat), simulated.contract_.taken, simulated.contract_.not_needed,
        totals.oldest / 1s, totals.longest_deviation / 1s, to_string(totals.worst_error),
        totals.helpless / 1min);
    EXPECT_LE(totals.oldest, 3600s + Year::staleness_bound);
    EXPECT_LE(totals.longest_deviation, Year::deviation_bound);
    EXPECT_LE(totals.worst_error, Ratio{2 * 1000 * good_noise});
    EXPECT_EQ(simulated.contract_.not_needed, 0U);
    EXPECT_EQ(count(UpdateReason::first) + count(UpdateReason::deviation) +
                  count(UpdateReason::heartbeat),
              simulated.contract_.feed.round);
    EXPECT_LT(simulated.contract_.taken * 100, simulated.contract_.feed.round)
        << "normally only one publisher sends";
}

TEST(YearOfPrices, of_a_random_walk_with_two_publishers_and_bad_sources) {
    Year simulated{walk(138), {.seed = 138}};
    simulated.run();
    expect_promises(simulated);
}

TEST(YearOfPrices, without_faults_publishers_take_turns_and_no_update_is_in_vain) {
    Year simulated{walk(7), {.seed = 7, .outages = false, .lies = false}};
    simulated.run();
    expect_promises(simulated);
    EXPECT_EQ(simulated.contract_.taken, 0U);
    EXPECT_EQ(simulated.totals.helpless, 0s);
}

TEST(YearOfPrices, a_stuck_transaction_costs_a_turn_and_makes_no_round_twice) {
    Year simulated{walk(30), {.seed = 30, .outages = false, .stuck = true}};
    simulated.run();
    expect_promises(simulated);
    EXPECT_GT(simulated.contract_.taken, 10U) << "the one that was stuck comes too late";
}

TEST(YearOfPrices, of_a_price_that_never_moves_is_a_heartbeat_an_hour) {
    Year simulated{{Decimal::from(1)}, {.seed = 1, .outages = false, .lies = false}};
    simulated.run();
    expect_promises(simulated);
    const auto heartbeats =
        simulated.totals.updates[static_cast<std::size_t>(UpdateReason::heartbeat)];
    EXPECT_GE(heartbeats, 24U * 365U - 1);
    EXPECT_LE(heartbeats, 24U * 365U * 101U / 100U);
}

/// The S&P 500 from 2000 to 2020, of npm's vega-datasets, where the tests of tests/oracle have been
/// installed: one trading day becomes an hour and a half.
TEST(YearOfPrices, of_a_real_series_with_two_publishers_and_bad_sources) {
    const auto file = std::filesystem::path{META138_SOURCE_DIR} /
                      "tests/oracle/node_modules/vega-datasets/data/sp500-2000.csv";
    if (!std::filesystem::exists(file)) GTEST_SKIP() << "npm install in tests/oracle: " << file;
    std::ifstream in{file};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    const auto series = parse_series(text, "close");
    ASSERT_TRUE(series) << series.error();
    Year simulated{interpolate(*series, 90), {.seed = 500}};
    simulated.run();
    expect_promises(simulated);
}

}  // namespace
}  // namespace meta138::oracle
