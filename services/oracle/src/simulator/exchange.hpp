// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/oracle/decimal.hpp"
#include "meta138/oracle/instant.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::oracle {

/// Whose messages the simulator imitates; `plain` is JSON over HTTP only.
enum class Exchange : std::uint8_t { coinbase, kraken, binance, bitstamp, plain };
inline constexpr std::array all_exchanges{Exchange::coinbase, Exchange::kraken, Exchange::binance,
                                          Exchange::bitstamp, Exchange::plain};
[[nodiscard]] std::string_view to_string(Exchange exchange) noexcept;
[[nodiscard]] std::optional<Exchange> find_exchange(std::string_view name) noexcept;

/// A price to be told.
struct Quote {
    std::string symbol{};  ///< `ETH/USD`
    std::string price{};   ///< As it is written, which a fault may have spoilt.
    milliseconds at{};     ///< Wall time.
};

/// A symbol without its separators, in capitals: `eth-usd` and `ETH/USD` are `ETHUSD`.
[[nodiscard]] std::string plain_symbol(std::string_view symbol);

/// The answer to a request for one ticker over HTTP.
[[nodiscard]] std::string http_ticker(Exchange exchange, const Quote& quote);

/// A message of the price stream.
[[nodiscard]] std::string stream_ticker(Exchange exchange, const Quote& quote);
/// What a stream says when there is no price; empty if it stays silent.
[[nodiscard]] std::string stream_heartbeat(Exchange exchange, milliseconds now);

/// What a client asks for.
struct StreamRequest {
    std::vector<std::string> symbols{};  ///< To subscribe to, as plain_symbol.
    std::string answer{};                ///< What to say to that; empty: nothing.
};
/// Absent if the message makes no sense.
[[nodiscard]] std::optional<StreamRequest> read_stream_request(Exchange exchange,
                                                               std::string_view message);

}  // namespace meta138::oracle
