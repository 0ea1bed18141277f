// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/http/handler.hpp"
#include "meta138/oracle/config.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::oracle {

/// A pair whose price is made up.
struct SimulatedPair {
    std::string symbol{};           ///< `ETH/USD`
    Decimal start{};                ///< Of the random walk,
    std::vector<Decimal> series{};  ///< or what is replayed.
};

struct SimulatorSettings {
    std::vector<SimulatedPair> pairs{};
    std::uint64_t seed = 138;
    Ratio volatility{500'000};  ///< 0.05 %: what bounds a step.
    Ratio noise{100'000};       ///< 0.01 %: by how much exchanges differ.
    milliseconds interval{1'000};
};

/// What is wrong with an exchange, on purpose.
enum class FaultKind : std::uint8_t {
    spike,    ///< Prices are `factor` times what they should be.
    stale,    ///< The price and its time of the beginning are told again and again.
    garbage,  ///< Prices are no numbers, and now and then messages are no JSON.
    slow,     ///< Answers come `delay` later; streams tell one price in ten.
    silent,   ///< Streams stay open and say nothing; requests are not answered.
    dead,     ///< Streams are closed, requests answered with 503.
};
[[nodiscard]] std::string_view to_string(FaultKind kind) noexcept;
[[nodiscard]] std::optional<FaultKind> find_fault(std::string_view name) noexcept;

/// Serves made-up prices as exchanges do, over HTTP and WebSocket, and lets its faults be switched:
///
///   GET /                              what this is
///   GET /EXCHANGE/SYMBOL               one price, in the exchange's form
///   WebSocket /EXCHANGE                the exchange's stream
///   GET /prices                        all prices
///   POST /prices/SYMBOL?price=P        goes on from this price; hold=true stays there,
///                                      hold=false moves again
///   GET /faults
///   POST /faults/EXCHANGE?kind=K       and factor=2, delay=5s, for=30s
///   DELETE /faults/EXCHANGE            or /faults for all
///
/// EXCHANGE is coinbase, kraken, binance, bitstamp or plain. Owns a thread that moves the prices.
class Simulator : public http::Handler {
public:
    explicit Simulator(SimulatorSettings settings);
    ~Simulator() override;
    Simulator(const Simulator&) = delete;
    Simulator& operator=(const Simulator&) = delete;

    void start();
    void stop();

    void on_request(const http::Request& request, http::Responder responder) override;
    void on_open(const std::shared_ptr<http::Session>& session) override;
    void on_message(const std::shared_ptr<http::Session>& session, const http::Request& message,
                    http::Responder responder) override;
    void on_close(const std::shared_ptr<http::Session>& session) override;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace meta138::oracle
