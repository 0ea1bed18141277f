// SPDX-License-Identifier: Apache-2.0
#include "simulator/market.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace meta138::oracle {

namespace {

constexpr std::array<std::pair<std::string_view, FaultKind>, 6> fault_names{{
    {"spike", FaultKind::spike},
    {"stale", FaultKind::stale},
    {"garbage", FaultKind::garbage},
    {"slow", FaultKind::slow},
    {"silent", FaultKind::silent},
    {"dead", FaultKind::dead},
}};

PriceModel model_of(const SimulatedPair& pair, const SimulatorSettings& settings,
                    std::uint64_t number) {
    if (!pair.series.empty()) return PriceModel{pair.series};
    return PriceModel{pair.start, settings.volatility, settings.seed + number};
}

}  // namespace

std::string_view to_string(FaultKind kind) noexcept {
    return std::ranges::find(fault_names, kind, &std::pair<std::string_view, FaultKind>::second)
        ->first;
}

std::optional<FaultKind> find_fault(std::string_view name) noexcept {
    for (const auto& [known, kind] : fault_names)
        if (known == name) return kind;
    return std::nullopt;
}

Market::Market(const SimulatorSettings& settings)
    : noise_{std::min(settings.noise, Ratio{Ratio::one / 2})}, random_{settings.seed} {
    for (const auto& pair : settings.pairs) {
        order_.push_back(pair.symbol);
        pairs_.emplace(
            plain_symbol(pair.symbol),
            Pair{.symbol = pair.symbol, .model = model_of(pair, settings, pairs_.size())});
    }
}

void Market::step(const Instant& now) {
    now_ = now;
    ++steps_;
    std::erase_if(faults_, [&now](const auto& entry) {
        return entry.second.until && now.steady >= *entry.second.until;
    });
    for (auto& [name, pair] : pairs_) {
        if (steps_ > 1) pair.model.step();
        tell(pair);
    }
}

/// Each exchange is off by some noise of its own.
void Market::tell(Pair& pair) {
    for (const auto exchange : all_exchanges) {
        const auto share = Ratio::one - noise_.ppb + random_() % (2 * noise_.ppb + 1);
        const auto price = multiply(pair.model.price(), Decimal::from(share, -9));
        // Eight decimals, as exchanges write.
        const auto units = price ? to_answer(*price, 8) : std::nullopt;
        const auto rounded = units ? from_answer(*units, 8) : std::nullopt;
        pair.quotes[exchange] = {.symbol = pair.symbol,
                                 .price = to_string(rounded.value_or(pair.model.price())),
                                 .at = now_.wall};
    }
}

const Fault* Market::fault(Exchange exchange) const {
    const auto found = faults_.find(exchange);
    return found == faults_.end() ? nullptr : &found->second;
}

void Market::set_fault(Exchange exchange, const Fault& fault) {
    faults_[exchange] = fault;
    for (auto& [name, pair] : pairs_) pair.frozen[exchange] = pair.quotes[exchange];
}

std::optional<Quote> Market::quote(Exchange exchange, std::string_view symbol) const {
    const auto found = pairs_.find(plain_symbol(symbol));
    if (found == pairs_.end() || !found->second.quotes.contains(exchange)) return std::nullopt;
    auto quote = found->second.quotes.at(exchange);
    const auto* const wrong = fault(exchange);
    if (wrong == nullptr) return quote;
    switch (wrong->kind) {
        case FaultKind::spike: {
            const auto price = parse_decimal(quote.price);
            const auto spiked = price ? multiply(*price, wrong->factor) : price;
            if (spiked) quote.price = to_string(*spiked);
            break;
        }
        case FaultKind::stale: return found->second.frozen.at(exchange);
        case FaultKind::garbage: quote.price = "12.3.4"; break;
        case FaultKind::slow:
        case FaultKind::silent:
        case FaultKind::dead: break;
    }
    return quote;
}

std::optional<Decimal> Market::price(std::string_view symbol) const {
    const auto found = pairs_.find(plain_symbol(symbol));
    if (found == pairs_.end()) return std::nullopt;
    return found->second.model.price();
}

bool Market::set_price(std::string_view symbol, const Decimal& price) {
    const auto found = pairs_.find(plain_symbol(symbol));
    if (found == pairs_.end() || !found->second.model.set(price)) return false;
    tell(found->second);
    return true;
}

bool Market::hold(std::string_view symbol, bool held) {
    const auto found = pairs_.find(plain_symbol(symbol));
    if (found == pairs_.end()) return false;
    found->second.model.hold(held);
    return true;
}

std::vector<std::string> Market::symbols() const {
    return order_;
}

}  // namespace meta138::oracle
