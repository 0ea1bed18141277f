// SPDX-License-Identifier: Apache-2.0
#include "sources/poll.hpp"

#include "sources/aggregator_call.hpp"
#include "template.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/hex.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace meta138::oracle {

namespace {

/// What the configuration has checked.
JsonPath checked_path(const std::string& pattern, const std::string& symbol) {
    auto path = parse_json_path(render(pattern, symbol));
    META138_ASSERT(path.has_value());
    return *std::move(path);
}

template <class Source>
std::optional<PricePlace> place_of(const Source& source, const TickerConfig& ticker) {
    const auto& price = ticker.price_path.empty() ? source.price_path : ticker.price_path;
    const auto& time = ticker.time_path.empty() ? source.time_path : ticker.time_path;
    if (price.empty()) return std::nullopt;
    PricePlace place{.price = checked_path(price, ticker.symbol), .time_form = source.time_form};
    if (!time.empty()) place.time = checked_path(time, ticker.symbol);
    return place;
}

HttpQuestion question_of(const HttpSource& source, const SourceConfig& config,
                         const std::string& symbol) {
    HttpQuestion question{.url = render(source.url.reveal(), symbol),
                          .body = render(source.body.reveal(), symbol),
                          .timeout = config.timeout,
                          .max_bytes = source.max_bytes};
    for (const auto& [name, value] : source.headers)
        question.headers.emplace_back(name, value.reveal());
    return question;
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const auto begin = text.find_first_not_of(space);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

constexpr std::size_t max_aggregator_answer = 1 << 20;

}  // namespace

void Poll::add(std::size_t ticker, std::optional<PricePlace> place) {
    tickers_.push_back(ticker);
    std::get<Places>(reading_).push_back(std::move(place));
}

std::vector<Poll> Poll::all(const Config& config) {
    std::vector<Poll> polls;
    std::map<std::tuple<std::size_t, std::string, std::string>, std::size_t> known;
    const auto poll_for = [&](std::size_t source, std::string where, std::string body,
                              Question question) -> Poll& {
        const auto [at, is_new] =
            known.try_emplace(std::tuple{source, std::move(where), std::move(body)}, polls.size());
        if (is_new) polls.push_back(Poll{config, source, {std::move(question)}});
        return polls[at->second];
    };
    std::map<std::size_t, std::vector<std::size_t>> aggregators;
    for (std::size_t i = 0; i < config.tickers.size(); ++i) {
        const auto& ticker = config.tickers[i];
        const auto& source = config.sources[ticker.source];
        if (const auto* const web = std::get_if<HttpSource>(&source.kind)) {
            auto question = question_of(*web, source, ticker.symbol);
            const auto url = question.url;
            const auto body = question.body;
            poll_for(ticker.source, url, body, std::move(question)).add(i, place_of(*web, ticker));
        } else if (const auto* const file = std::get_if<FileSource>(&source.kind)) {
            const auto path = render(file->path.string(), ticker.symbol);
            poll_for(ticker.source, path, "", FileQuestion{path}).add(i, place_of(*file, ticker));
        } else if (std::holds_alternative<ChainSource>(source.kind)) {
            aggregators[ticker.source].push_back(i);
        }
    }
    for (auto& [source, tickers] : aggregators) {
        const auto& settings = config.sources[source];
        std::vector<Address> contracts;
        contracts.reserve(tickers.size());
        for (const auto ticker : tickers)
            contracts.push_back(
                decode_fixed_hex<Address>(config.tickers[ticker].symbol).value_or(Address{}));
        std::vector<Question> questions;
        for (const auto& endpoint : std::get<ChainSource>(settings.kind).endpoints)
            questions.emplace_back(HttpQuestion{.url = endpoint.reveal(),
                                                .body = aggregator_calls(contracts),
                                                .headers = {{"Content-Type", "application/json"}},
                                                .timeout = settings.timeout,
                                                .max_bytes = max_aggregator_answer});
        auto& poll = polls.emplace_back(Poll{config, source, std::move(questions)});
        poll.tickers_ = std::move(tickers);
        poll.reading_ = Aggregators{};
    }
    return polls;
}

std::optional<Question> Poll::on_time(const Instant& now) {
    if (asked_ || now.steady < due_) return std::nullopt;
    asked_ = now.steady;
    return questions_[current_];
}

std::optional<milliseconds> Poll::due() const noexcept {
    if (asked_) return std::nullopt;
    return due_;
}

std::vector<std::expected<Observation, std::string>> Poll::read(const Answer& answer,
                                                                const Instant& now) const {
    if (std::holds_alternative<Aggregators>(reading_))
        return read_aggregators(answer.text, tickers_.size(), now);
    const auto& places = std::get<Places>(reading_);
    std::vector<std::expected<Observation, std::string>> results;
    results.reserve(places.size());
    std::optional<std::expected<JsonText, JsonError>> document;  // parsed once, if at all
    for (const auto& place : places) {
        if (!place) {
            results.push_back(read_plain_price(trim(answer.text), now));
        } else {
            if (!document) document.emplace(JsonText::parse(answer.text));
            results.push_back(*document
                                  ? read_price((*document)->root(), *place, now)
                                  : std::unexpected{std::string{to_string(document->error())}});
        }
        if (results.back() && !results.back()->told) results.back()->told = answer.changed;
    }
    return results;
}

void Poll::on_answer(const std::expected<Answer, std::string>& answer, const Instant& now,
                     PriceBoard& board) {
    const auto started = std::exchange(asked_, std::nullopt).value_or(now.steady);
    using Results = std::vector<std::expected<Observation, std::string>>;
    const auto results =
        answer ? read(*answer, now) : Results(tickers_.size(), std::unexpected{answer.error()});
    const bool is_good =
        std::ranges::any_of(results, [](const auto& result) { return result.has_value(); });
    const bool asks_next = !is_good && ++failed_servers_ < questions_.size();
    if (!is_good) current_ = (current_ + 1) % questions_.size();
    if (is_good) {
        breaker_.on_success();
    } else if (!asks_next) {
        breaker_.on_failure(now.steady);
    }
    if (!asks_next) failed_servers_ = 0;

    const auto health = breaker_.is_open() ? SourceHealth::open : SourceHealth::failing;
    for (std::size_t i = 0; i < tickers_.size(); ++i) {
        auto& ticker = board[tickers_[i]];
        ticker.latency = now.steady - started;
        if (results[i]) {
            tell_price(ticker, *results[i]);
        } else {
            tell_failure(ticker, results[i].error(), health);
        }
    }
    due_ =
        asks_next ? now.steady : std::max({started + interval_, now.steady, breaker_.retry_at()});
}

}  // namespace meta138::oracle
