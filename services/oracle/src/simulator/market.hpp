// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulator/exchange.hpp"
#include "simulator/price_model.hpp"
#include "simulator/simulator.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::oracle {

struct Fault {
    FaultKind kind{};
    Decimal factor = Decimal::from(2);    ///< Of a spike.
    milliseconds delay{3'000};            ///< Of slowness.
    std::optional<milliseconds> until{};  ///< Steady; absent: until it is taken back.
};

/// The prices of all pairs and the faults of all exchanges, without a clock or a socket.
class Market {
public:
    explicit Market(const SimulatorSettings& settings);

    /// Moves all prices by one step.
    void step(const Instant& now);

    /// The exchange's quote of a pair (by plain_symbol), spoilt as its fault has it. Absent: no
    /// such pair.
    [[nodiscard]] std::optional<Quote> quote(Exchange exchange, std::string_view symbol) const;
    /// The price without noise and faults.
    [[nodiscard]] std::optional<Decimal> price(std::string_view symbol) const;
    /// False: no such pair, or a price out of range.
    [[nodiscard]] bool set_price(std::string_view symbol, const Decimal& price);
    [[nodiscard]] bool hold(std::string_view symbol, bool held);
    /// As they were given.
    [[nodiscard]] std::vector<std::string> symbols() const;

    void set_fault(Exchange exchange, const Fault& fault);
    void clear_fault(Exchange exchange) { faults_.erase(exchange); }
    [[nodiscard]] const Fault* fault(Exchange exchange) const;
    /// Steps so far.
    [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }

private:
    struct Pair {
        std::string symbol;
        PriceModel model;
        std::map<Exchange, Quote> quotes{};  // of the moment, without faults
        std::map<Exchange, Quote> frozen{};  // when a fault began
    };
    void tell(Pair& pair);

    std::map<std::string, Pair, std::less<>> pairs_;  // by plain_symbol
    std::vector<std::string> order_;
    std::map<Exchange, Fault> faults_;
    Ratio noise_;
    std::mt19937_64 random_;
    std::uint64_t steps_ = 0;
    Instant now_{};
};

}  // namespace meta138::oracle
