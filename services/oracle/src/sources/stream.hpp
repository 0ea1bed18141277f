// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sources/breaker.hpp"
#include "sources/reading.hpp"

#include "meta138/oracle/config.hpp"
#include "meta138/oracle/price_board.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace meta138::oracle {

/// What a message of a stream is.
struct StreamMessage {
    struct Price {
        std::size_t ticker = 0;  ///< Into Config::tickers.
        Observation observation{};
    };
    std::vector<Price> prices{};
    std::optional<std::string> error{};  ///< The server's complaint, or what is wrong with it.
    bool is_complaint = false;           ///< The former.
    bool asks_to_reconnect = false;
};

/// Understands the messages of one stream, for some tickers of a configuration.
class StreamReader {
public:
    StreamReader(const StreamDialect& dialect, const Config& config,
                 const std::vector<std::size_t>& tickers);

    /// Messages of other kinds (heartbeats, confirmations) and of other symbols are empty.
    [[nodiscard]] StreamMessage read(std::string_view message, const Instant& now) const;

private:
    struct Match {
        JsonPath path;
        std::string value;  // empty: any
    };
    [[nodiscard]] static std::vector<Match> parse_matches(const std::vector<MessageMatch>& matches);
    [[nodiscard]] static bool holds(const Match& match, const JsonValue& message);
    void read_item(const JsonValue& item, const Instant& now, StreamMessage& result) const;

    std::vector<Match> match_;
    std::vector<Match> errors_;
    std::vector<Match> reconnects_;
    std::optional<JsonPath> items_;
    std::optional<JsonPath> symbol_;
    std::optional<JsonPath> error_text_;
    PricePlace place_;
    std::multimap<std::string, std::size_t, std::less<>> tickers_;  // by what stands at symbol_
};

// What the shell is to do, in the order given.

/// Open a connection, then call on_open or on_closed.
struct StreamConnect {};
struct StreamSend {
    std::string text{};
};
/// Drop the connection; nothing more is to be told of it.
struct StreamDrop {};
using StreamAction = std::variant<StreamConnect, StreamSend, StreamDrop>;
using StreamActions = std::vector<StreamAction>;

/// One WebSocket connection for all symbols of a source: subscribes, keeps it alive, opens it anew
/// after a pause that doubles with every failure, with jitter. Has no socket; times of schedules
/// are steady.
class Stream {
public:
    /// All streams of a configuration. The seed is for the jitter.
    [[nodiscard]] static std::vector<Stream> all(const Config& config, std::uint64_t seed);

    [[nodiscard]] std::size_t source() const noexcept { return source_; }
    [[nodiscard]] const std::vector<std::size_t>& tickers() const noexcept { return tickers_; }

    [[nodiscard]] StreamActions on_time(const Instant& now, PriceBoard& board);
    [[nodiscard]] StreamActions on_open(const Instant& now, PriceBoard& board);
    [[nodiscard]] StreamActions on_message(std::string_view text, const Instant& now,
                                           PriceBoard& board);
    /// The reason is for people.
    void on_closed(std::string reason, const Instant& now, PriceBoard& board);
    /// Steady.
    [[nodiscard]] milliseconds due() const noexcept;

private:
    enum class Phase : std::uint8_t { waiting, opening, open };

    Stream(const Config& config, std::size_t source, std::vector<std::size_t> tickers,
           std::uint64_t seed);
    [[nodiscard]] StreamActions drop(std::string reason, const Instant& now, PriceBoard& board);

    std::size_t source_;
    std::vector<std::size_t> tickers_;
    StreamReader reader_;
    std::vector<std::string> subscriptions_;
    StreamSource settings_;
    milliseconds open_timeout_;
    CircuitBreaker breaker_;
    std::mt19937_64 random_;

    Phase phase_ = Phase::waiting;
    milliseconds pause_;       // after the next failure
    milliseconds since_{};     // of opening
    milliseconds retry_at_{};  // while waiting
    milliseconds heard_{};     // the last message
    bool has_told_ = false;    // a price, since it was opened
    milliseconds ping_at_{};
};

}  // namespace meta138::oracle
