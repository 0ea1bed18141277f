// SPDX-License-Identifier: Apache-2.0
#include "options/decode.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

namespace meta138::node {
namespace {

void require_own_pool_options(const Settings& settings, bool sequenced) {
    constexpr std::array layered_only{"tx-pool-layer-max-capacity",
                                      "tx-pool-max-prioritized",
                                      "tx-pool-max-prioritized-by-type",
                                      "tx-pool-max-future-by-sender",
                                      "tx-pool-min-score",
                                      "tx-pool-enable-balance-check"};
    constexpr std::array sequenced_only{"tx-pool-max-size", "tx-pool-limit-by-account-percentage",
                                        "tx-pool-retention-hours"};
    std::vector<std::string> wrong;
    const auto check = [&](const auto& names) {
        for (const auto* name : names)
            if (settings.has(name)) wrong.push_back(fmt::format("--{}", name));
    };
    if (sequenced)
        check(layered_only);
    else
        check(sequenced_only);
    if (!wrong.empty())
        throw OptionError{
            fmt::format("Could not use {} transaction pool options with {} implementation [{}]",
                        sequenced ? "layered" : "legacy or sequenced",
                        sequenced ? "sequenced" : "layered", fmt::join(wrong, ", "))};
}

std::vector<Address> decode_addresses(const Settings& settings, std::string_view name) {
    std::vector<Address> addresses;
    for (const auto& text : settings.list(name)) {
        const auto address = decode_fixed_hex<Address>(text);
        if (!address)
            throw OptionError{
                fmt::format("Invalid value for option '--{}': '{}' is not an address", name, text)};
        addresses.push_back(*address);
    }
    return addresses;
}

std::int8_t decode_min_score(const Settings& settings) {
    const auto score = settings.integer("tx-pool-min-score");
    if (score < INT8_MIN || score > INT8_MAX)
        throw OptionError{
            "Invalid value for option '--tx-pool-min-score': not between -128 and 127"};
    return static_cast<std::int8_t>(score);
}

std::size_t decode_max_transaction_bytes(const Settings& settings) {
    constexpr std::uint64_t least = 1024;
    constexpr std::uint64_t most = std::uint64_t{8} << 20;
    const auto bytes = settings.count("tx-pool-max-transaction-bytes");
    if (bytes < least || bytes > most)
        throw settings.invalid("tx-pool-max-transaction-bytes",
                               fmt::format("not between {} and {}", least, most));
    return bytes;
}

}  // namespace

BlockProductionOptions decode_production(const Settings& settings) {
    BlockProductionOptions options{
        .min_gas_price = settings.wei("min-gas-price"),
        .min_priority_fee = settings.wei("min-priority-fee"),
        .target_gas_limit = settings.optional_count("target-gas-limit"),
        .extra_data = std::nullopt,
        .selection_max_percent =
            static_cast<std::uint32_t>(settings.count("poa-block-txs-selection-max-time")),
        .selection_max_time =
            std::chrono::milliseconds{settings.count("block-txs-selection-max-time")},
    };
    if (const auto text = settings.text("miner-extra-data"); !text.empty()) {
        auto bytes = text.starts_with("0x") ? decode_hex(text) : decode_hex_digits(text);
        if (!bytes || bytes->size() > 32)
            throw OptionError{fmt::format(
                "Invalid value for option '--miner-extra-data': '{}' is not hex of at most 32 "
                "bytes",
                text)};
        options.extra_data = std::move(*bytes);
    }
    return options;
}

PoolOptions decode_pool(const Settings& settings, const BlockProductionOptions& production,
                        std::vector<std::string>& warnings) {
    const bool sequenced = settings.text("tx-pool") != "LAYERED";
    require_own_pool_options(settings, sequenced);
    PoolOptions options{
        .max_bytes = 2 * settings.count("tx-pool-layer-max-capacity"),
        .max_transactions = sequenced ? settings.count("tx-pool-max-size") : 100'000,
        .max_transaction_bytes = decode_max_transaction_bytes(settings),
        .max_future_by_sender = settings.count("tx-pool-max-future-by-sender"),
        .limit_by_account =
            sequenced ? settings.number("tx-pool-limit-by-account-percentage") : 1.0,
        .price_bump = settings.number("tx-pool-price-bump"),
        .blob_price_bump = settings.number("tx-pool-blob-price-bump"),
        .retention = std::chrono::hours{settings.count("tx-pool-retention-hours")},
        .min_gas_price = settings.wei("tx-pool-min-gas-price"),
        .priority_senders = decode_addresses(settings, "tx-pool-priority-senders"),
        .save_file = settings.text("tx-pool-save-file"),
        .min_score = decode_min_score(settings),
        .sequenced = sequenced,
        .local_priority = !settings.flag("tx-pool-no-local-priority"),
        .price_bump_is_set = settings.has("tx-pool-price-bump"),
        .strict_replay_protection = settings.flag("strict-tx-replay-protection-enabled"),
        .save_restore = settings.flag("tx-pool-enable-save-restore"),
    };
    if (options.min_gas_price > production.min_gas_price) {
        if (settings.has("tx-pool-min-gas-price"))
            throw OptionError{fmt::format(
                "tx-pool-min-gas-price cannot be greater than the value of min-gas-price: {} > {}",
                to_string(options.min_gas_price), to_string(production.min_gas_price))};
        warnings.push_back(fmt::format(
            "Forcing tx-pool-min-gas-price={}, since it cannot be greater than the value of "
            "min-gas-price",
            to_string(production.min_gas_price)));
        options.min_gas_price = production.min_gas_price;
    }
    if (production.min_gas_price.is_zero() && !options.price_bump_is_set) {
        options.price_bump = 0;
        if (settings.find("min-gas-price")->source != Source::profile)
            warnings.emplace_back(
                "Forcing price bump for transaction replacement to 0, since min-gas-price is set "
                "to "
                "0");
    }
    return options;
}

}  // namespace meta138::node
