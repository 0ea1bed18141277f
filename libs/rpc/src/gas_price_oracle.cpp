// SPDX-License-Identifier: Apache-2.0
#include "gas_price_oracle.hpp"

#include <algorithm>

namespace meta138::rpc {

namespace {

/// Of one block: more make no difference to a percentile.
constexpr std::size_t max_prices_per_block = 1000;

}  // namespace

std::optional<uint256> GasPriceOracle::gas_price(const blockchain::ChainView& view,
                                                 const Settings& settings) {
    return percentile(view, settings, &Sample::gas_prices);
}

std::optional<uint256> GasPriceOracle::priority_fee(const blockchain::ChainView& view,
                                                    const Settings& settings) {
    return percentile(view, settings, &Sample::priority_fees);
}

GasPriceOracle::Sample GasPriceOracle::read(const blockchain::ChainView& view,
                                            std::uint64_t number) {
    Sample sample{
        .number = number, .hash = view.block_hash(number), .gas_prices = {}, .priority_fees = {}};
    const auto block = view.blocks().block(number);
    if (!block) return sample;
    for (const auto& transaction : block->transactions) {
        const bool has_fee_cap = transaction.type >= TransactionType::dynamic_fee;
        auto& prices = has_fee_cap ? sample.priority_fees : sample.gas_prices;
        if (prices.size() < max_prices_per_block)
            prices.push_back(has_fee_cap ? transaction.max_priority_fee_per_gas
                                         : transaction.max_fee_per_gas);
    }
    return sample;
}

std::optional<uint256> GasPriceOracle::percentile(const blockchain::ChainView& view,
                                                  const Settings& settings, Member member) {
    const auto head = view.head().header.number;
    const auto first = head > settings.gas_price_blocks ? head - settings.gas_price_blocks : 0;
    std::deque<std::shared_ptr<const Sample>> known;
    {
        const MutexLock lock{mutex_};
        known = samples_;
    }
    // What still stands on the chain is read no second time.
    while (!known.empty() && known.front()->number < first) known.pop_front();
    while (!known.empty() && (known.back()->number > head ||
                              view.block_hash(known.back()->number) != known.back()->hash))
        known.pop_back();
    if (!known.empty() && known.front()->number > first) known.clear();
    for (auto number = known.empty() ? first : known.back()->number + 1; number <= head; ++number)
        known.push_back(std::make_shared<const Sample>(read(view, number)));

    std::vector<uint256> prices;
    for (const auto& sample : known)
        prices.insert(prices.end(), ((*sample).*member).begin(), ((*sample).*member).end());
    {
        const MutexLock lock{mutex_};
        samples_ = std::move(known);
    }
    if (prices.empty()) return std::nullopt;
    const auto rank = static_cast<std::size_t>(static_cast<double>(prices.size()) *
                                               settings.gas_price_percentile / 100.0);
    const auto at = prices.begin() + static_cast<std::ptrdiff_t>(std::min(rank, prices.size() - 1));
    std::ranges::nth_element(prices, at);
    return *at;
}

}  // namespace meta138::rpc
