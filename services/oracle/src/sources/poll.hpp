// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sources/breaker.hpp"
#include "sources/reading.hpp"

#include "meta138/oracle/config.hpp"
#include "meta138/oracle/price_board.hpp"

#include <cstddef>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace meta138::oracle {

/// What a poll asks for.
struct HttpQuestion {
    std::string url{};   ///< Secret.
    std::string body{};  ///< GET if it is empty.
    std::vector<std::pair<std::string, std::string>> headers{};
    milliseconds timeout{};
    std::size_t max_bytes = 0;
};
struct FileQuestion {
    std::filesystem::path path{};
};
using Question = std::variant<HttpQuestion, FileQuestion>;

/// What came back: a body with status 200, or a file.
struct Answer {
    std::string text{};
    std::optional<milliseconds> changed{};  ///< Wall time; of files.
};

/// Something that is asked again and again, for all tickers whose question is the same. Asks
/// nothing itself: on_time says when, on_answer takes what came. Times of schedules are steady.
class Poll {
public:
    /// All polls of a configuration.
    [[nodiscard]] static std::vector<Poll> all(const Config& config);

    /// The source's index in Config::sources.
    [[nodiscard]] std::size_t source() const noexcept { return source_; }
    [[nodiscard]] const std::vector<std::size_t>& tickers() const noexcept { return tickers_; }

    /// What to ask now, if it is time; the answer is awaited then.
    [[nodiscard]] std::optional<Question> on_time(const Instant& now);
    /// The error is for people. Puts what was learnt on the board.
    void on_answer(const std::expected<Answer, std::string>& answer, const Instant& now,
                   PriceBoard& board);
    /// Steady; absent while an answer is awaited.
    [[nodiscard]] std::optional<milliseconds> due() const noexcept;

private:
    /// An AggregatorV3 is asked by two calls in a batch for each ticker.
    struct Aggregators {};
    using Places = std::vector<std::optional<PricePlace>>;  ///< Absent: the answer is the price.

    Poll(const Config& config, std::size_t source, std::vector<Question> questions)
        : source_{source},
          questions_{std::move(questions)},
          interval_{config.sources[source].poll_interval},
          breaker_{config.sources[source].breaker} {}

    void add(std::size_t ticker, std::optional<PricePlace> place);
    [[nodiscard]] std::vector<std::expected<Observation, std::string>> read(
        const Answer& answer, const Instant& now) const;

    std::size_t source_;
    std::vector<Question> questions_;  // the same to several servers
    std::size_t current_ = 0;          // of them
    std::size_t failed_servers_ = 0;   // one after the other; after the last the breaker counts
    std::vector<std::size_t> tickers_{};
    std::variant<Places, Aggregators> reading_{};
    milliseconds interval_;
    CircuitBreaker breaker_;
    milliseconds due_{};
    std::optional<milliseconds> asked_{};
};

}  // namespace meta138::oracle
