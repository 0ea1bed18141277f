// SPDX-License-Identifier: Apache-2.0
#include "genesis_file.hpp"

#include "dev/genesis.hpp"

#include "meta138/qbft/config.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>

namespace meta138::node {
namespace {

std::string read_genesis(const std::filesystem::path& file) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error)
        throw OptionError{
            fmt::format("Unable to read the genesis file {}: {}", file.string(), error.message())};
    if (size > max_genesis_size)
        throw OptionError{fmt::format("The genesis file {} is too large", file.string())};
    std::ifstream in{file, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (!in) throw OptionError{fmt::format("Unable to read the genesis file {}", file.string())};
    return text;
}

nlohmann::json value_of(const std::string& text) {
    if (text == "true" || text == "false") return text == "true";
    constexpr std::size_t longest_number = 18;
    if (!text.empty() && text.size() <= longest_number &&
        std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; }))
        return std::stoull(text);
    return text;
}

std::string with_overrides(const std::string& text, const std::vector<std::string>& overrides) {
    auto json = nlohmann::json::parse(text, nullptr, false, true);
    if (!json.is_object()) return text;  // parse_genesis says what is wrong with it
    for (const auto& each : overrides) {
        const auto equals = each.find('=');
        if (equals == each.npos || equals == 0)
            throw OptionError{fmt::format(
                "Invalid value for option '--override-genesis-config': '{}' is not NAME=VALUE",
                each)};
        json["config"][each.substr(0, equals)] = value_of(each.substr(equals + 1));
    }
    return json.dump();
}

}  // namespace

Genesis load_genesis(const Options& options) {
    if (options.dev.enabled) return dev_genesis(options.dev);
    auto text = read_genesis(options.genesis_file);
    if (!options.genesis_overrides.empty()) text = with_overrides(text, options.genesis_overrides);
    auto genesis = parse_genesis(text);
    if (!genesis)
        throw OptionError{fmt::format("Invalid genesis file {}: {}", options.genesis_file.string(),
                                      to_string(genesis.error()))};
    if (const auto order = validate_fork_order(genesis->schedule); !order)
        throw OptionError{fmt::format("Invalid genesis file {}: {}", options.genesis_file.string(),
                                      to_string(order.error()))};
    return std::move(*genesis);
}

std::vector<std::string> genesis_warnings(const Genesis& genesis, const Options& options) {
    std::vector<std::string> warnings;
    if (options.dev.enabled) return warnings;
    // What is wrong with it, opening the chain says.
    if (const auto qbft = qbft::parse_config(genesis); qbft && *qbft) warnings = (*qbft)->warnings;
    const auto london = genesis.schedule.activation(Fork::london);
    const bool is_free = options.production.min_gas_price.is_zero();
    if (london && is_free && !genesis.zero_base_fee)
        warnings.push_back(fmt::format(
            "London is scheduled at block {} without \"zeroBaseFee\": true in the genesis config: "
            "from then on transactions pay a base fee, although --min-gas-price is 0",
            *london));
    if (genesis.zero_base_fee && options.pool.price_bump_is_set)
        warnings.emplace_back(
            "--tx-pool-price-bump has been ignored because the network's base fee is always zero");
    return warnings;
}

}  // namespace meta138::node
