// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/oracle/decimal.hpp"
#include "meta138/oracle/instant.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::oracle {

/// A price that somebody told.
struct Observation {
    Decimal price;
    std::optional<milliseconds> told{};  ///< The wall time that it says it is of.
    Instant received{};
};

/// How it stands with a source.
enum class SourceHealth : std::uint8_t {
    starting,  ///< Not heard of yet.
    alive,     ///< The last answer was good, or the stream is open and speaks.
    failing,   ///< The last answer was not; it is asked again soon.
    open,      ///< The circuit breaker has opened: it is left alone for a while.
};
[[nodiscard]] std::string_view to_string(SourceHealth health) noexcept;

/// What is known of one ticker (Config::tickers).
struct TickerState {
    std::optional<Observation> last{};  ///< The last good one, however old.
    SourceHealth health = SourceHealth::starting;
    std::string error{};     ///< Why the last answer was bad; empty if it was good.
    milliseconds latency{};  ///< Of the last answer to a request; of streams that of the handshake.
    std::uint64_t good = 0;  ///< Prices so far.
    std::uint64_t bad = 0;   ///< Failures so far.
};

/// All tickers, by their index in Config::tickers.
using PriceBoard = std::vector<TickerState>;

}  // namespace meta138::oracle
