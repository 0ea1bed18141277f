// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/deploy_plan.hpp"

#include "deploy_units.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>
#include <span>
#include <utility>

namespace meta138::op {

namespace {

using std::chrono::seconds;

constexpr seconds max_heartbeat{30 * 24 * 3600};
constexpr seconds max_timelock_delay{365 * 24 * 3600};
constexpr std::uint32_t max_deviation_bps = 10'000;
constexpr std::uint8_t max_decimals = 18;
constexpr std::size_t max_name_size = 31;
constexpr std::size_t max_description_size = 64;
constexpr seconds max_observation_age{65'535};
// 2^95 - 1, what a round has room for.
constexpr uint256 max_answer = (uint256{1} << 95) - 1;

/// Reads a table key by key; the first error sticks, and every key must have been asked for.
class Table {
public:
    Table(const toml::table& table, std::string_view file) : table_{table}, file_{file} {}

    template <typename Value, typename Read>
    void optional(std::string_view key, Value& value, Read&& read) {
        known_.emplace(key);
        const auto* node = table_.get(key);
        if (node == nullptr || error_) return;
        auto result = read(*node);
        if (result)
            value = *std::move(result);
        else
            fail(*node, key, result.error());
    }
    template <typename Value, typename Read>
    void required(std::string_view key, Value& value, Read&& read) {
        if (!error_ && !table_.contains(key))
            error_ = fmt::format("{}:{}: {} is missing", file_, line(table_), key);
        optional(key, value, std::forward<Read>(read));
    }

    /// The first error, or that of the first key that nobody asked for.
    std::expected<void, DeployPlanError> finish() {
        for (const auto& [key, node] : table_) {
            if (!error_ && !known_.contains(std::string{key.str()}))
                error_ = fmt::format("{}:{}: {} is no key that belongs here; these do: {}", file_,
                                     line(node), key.str(), fmt::join(known_, ", "));
        }
        if (error_) return std::unexpected{DeployPlanError{*error_}};
        return {};
    }

    [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }

private:
    static std::uint32_t line(const toml::node& node) { return node.source().begin.line; }
    void fail(const toml::node& node, std::string_view key, std::string_view why) {
        error_ = fmt::format("{}:{}: {}: {}", file_, line(node), key, why);
    }

    const toml::table& table_;
    std::string_view file_;
    std::set<std::string> known_;
    std::optional<std::string> error_;
};

template <typename Value>
using Reading = std::expected<Value, std::string>;

Reading<bool> read_flag(const toml::node& node) {
    if (const auto value = node.value_exact<bool>()) return *value;
    return std::unexpected{"is to be true or false"};
}

Reading<std::string> read_text(const toml::node& node) {
    if (auto value = node.value_exact<std::string>()) return *std::move(value);
    return std::unexpected{"is to be a text in quotation marks"};
}

template <typename Integer>
Reading<Integer> read_integer(const toml::node& node) {
    const auto value = node.value_exact<std::int64_t>();
    if (value && std::in_range<Integer>(*value)) return static_cast<Integer>(*value);
    return std::unexpected{fmt::format("is to be a number from {} to {}",
                                       std::numeric_limits<Integer>::min(),
                                       std::numeric_limits<Integer>::max())};
}

Reading<seconds> read_duration(const toml::node& node) {
    const auto text = node.value_exact<std::string>();
    const auto value = text ? parse_duration(*text) : std::nullopt;
    if (value) return *value;
    return std::unexpected{"is to be a duration such as \"90s\", \"30m\", \"1h\" or \"2d\""};
}

Reading<std::uint32_t> read_deviation(const toml::node& node) {
    const auto text = node.value_exact<std::string>();
    if (text && text->ends_with('%')) {
        const auto bps = scale_decimal(std::string_view{*text}.substr(0, text->size() - 1), 2);
        if (bps && *bps <= uint256{max_deviation_bps})
            return static_cast<std::uint32_t>(bps->low64());
    }
    return std::unexpected{"is to be a percentage from \"0%\" to \"100%\", by steps of 0.01"};
}

Reading<Address> read_address(const toml::node& node) {
    const auto text = node.value_exact<std::string>();
    if (text) {
        if (const auto address = decode_fixed_hex<Address>(*text)) return *address;
    }
    return std::unexpected{"is to be an address: \"0x\" and 40 hexadecimal digits"};
}

Reading<std::vector<Address>> read_addresses(const toml::node& node) {
    const auto* array = node.as_array();
    if (array == nullptr) return std::unexpected{"is to be a list of addresses"};
    std::vector<Address> addresses;
    for (const auto& element : *array) {
        TRY_LET(const auto address, read_address(element));
        addresses.push_back(address);
    }
    return addresses;
}

Reading<UndueUpdate> read_undue(const toml::node& node) {
    const auto text = node.value_exact<std::string>();
    if (text == "refuse") return UndueUpdate::refuse;
    if (text == "skip") return UndueUpdate::skip;
    return std::unexpected{"is to be \"refuse\" or \"skip\""};
}

// A price in the quote's units: "0.01". A TOML number would be rounded.
auto price_reader(std::uint8_t decimals) {
    return [decimals](const toml::node& node) -> Reading<uint256> {
        const auto text = node.value_exact<std::string>();
        if (text) {
            if (const auto value = scale_decimal(*text, decimals)) return *value;
        }
        return std::unexpected{fmt::format(
            "is to be a price in quotation marks such as \"0.01\", with at most {} decimals",
            decimals)};
    };
}

// What feeds have unless they say otherwise, and what they may say.
void read_feed_settings(Table& in, FeedPlan& feed) {
    in.optional("decimals", feed.decimals, read_integer<std::uint8_t>);
    in.optional("heartbeat", feed.heartbeat, read_duration);
    in.optional("deviation", feed.deviation_bps, read_deviation);
    in.optional("undue", feed.undue, read_undue);
    in.optional("max-observation-age", feed.max_observation_age, read_duration);
    in.optional("history", feed.history, read_integer<std::uint32_t>);
    in.optional("transmitters", feed.transmitters, read_addresses);
}

std::expected<FeedPlan, DeployPlanError> read_feed(const toml::table& table, std::string_view file,
                                                   const FeedPlan& defaults) {
    Table in{table, file};
    auto feed = defaults;
    in.required("base", feed.base, read_text);
    in.required("quote", feed.quote, read_text);
    feed.description = feed.base + " / " + feed.quote;
    in.optional("description", feed.description, read_text);
    read_feed_settings(in, feed);
    in.optional("min", feed.min_answer, price_reader(feed.decimals));
    in.optional("max", feed.max_answer, price_reader(feed.decimals));
    TRY(in.finish());
    return feed;
}

std::optional<std::string> fault_of_name(std::string_view key, std::string_view name) {
    const bool is_plain = std::ranges::all_of(
        name, [](char letter) { return letter > ' ' && letter <= '~' && letter != '/'; });
    if (!name.empty() && name.size() <= max_name_size && is_plain) return std::nullopt;
    return fmt::format("{}: \"{}\" is not 1 to {} visible ASCII characters without '/'", key, name,
                       max_name_size);
}

std::optional<std::string> fault_of(const FeedPlan& feed) {
    if (auto fault = fault_of_name("base", feed.base)) return fault;
    if (auto fault = fault_of_name("quote", feed.quote)) return fault;
    if (feed.description.size() > max_description_size)
        return fmt::format("description: longer than {} bytes", max_description_size);
    if (feed.decimals > max_decimals)
        return fmt::format("decimals: {} is more than {}", feed.decimals, max_decimals);
    if (feed.heartbeat < seconds{1} || feed.heartbeat > max_heartbeat)
        return fmt::format("heartbeat: {}s is not between 1s and 30d", feed.heartbeat.count());
    if (feed.deviation_bps > max_deviation_bps)
        return fmt::format("deviation: {} hundredths of a percent are more than 100%",
                           feed.deviation_bps);
    if (feed.max_observation_age < seconds{1} || feed.max_observation_age > max_observation_age)
        return fmt::format("max-observation-age: {}s is not between 1s and {}s",
                           feed.max_observation_age.count(), max_observation_age.count());
    if (feed.min_answer.is_zero()) return "min: is to be above zero";
    if (feed.min_answer > max_answer || feed.max_answer > max_answer)
        return "min, max: an answer is below 2^95";
    if (!feed.max_answer.is_zero() && feed.min_answer >= feed.max_answer)
        return "max: is not above min";
    if (feed.transmitters.size() > max_planned_transmitters)
        return fmt::format("transmitters: more than {}", max_planned_transmitters);
    if (std::ranges::find(feed.transmitters, Address{}) != feed.transmitters.end())
        return "transmitters: the zero address is nobody's";
    if (std::set(feed.transmitters.begin(), feed.transmitters.end()).size() !=
        feed.transmitters.size())
        return "transmitters: an address stands there twice";
    return std::nullopt;
}

struct Context {
    const toml::table& root;
    std::string_view file;
};

std::expected<void, DeployPlanError> read_feeds(const Context& in, const FeedPlan& defaults,
                                                DeployPlan& plan) {
    const auto* node = in.root.get("feed");
    if (node == nullptr) return {};
    const auto refuse = [&](const toml::node& place, std::string_view why) {
        return std::unexpected{
            DeployPlanError{fmt::format("{}:{}: {}", in.file, place.source().begin.line, why)}};
    };
    const auto* feeds = node->as_array();
    if (feeds == nullptr) return refuse(*node, "feed: write [[feed]], once for each");
    std::set<std::pair<std::string, std::string>> pairs;
    for (const auto& element : *feeds) {
        if (!element.is_table()) return refuse(element, "feed: write [[feed]], once for each");
        if (plan.feeds.size() == max_planned_feeds)
            return refuse(element, fmt::format("more than {} feeds", max_planned_feeds));
        TRY_LET(auto feed, read_feed(*element.as_table(), in.file, defaults));
        if (const auto fault = fault_of(feed)) return refuse(element, *fault);
        if (!pairs.emplace(feed.base, feed.quote).second)
            return refuse(element, fmt::format("{} / {} is a feed already", feed.base, feed.quote));
        plan.feeds.push_back(std::move(feed));
    }
    return {};
}

std::expected<DeployPlan, DeployPlanError> read_plan(const Context& in) {
    DeployPlan plan;
    FeedPlan defaults;
    const toml::table* default_settings = nullptr;
    bool has_feeds = false;
    Table table{in.root, in.file};
    table.optional("multicall3", plan.multicall3, read_flag);
    table.optional("weth9", plan.weth9, read_flag);
    table.optional("demonstration", plan.demonstration, read_flag);
    table.optional("oracle", plan.oracle, read_flag);
    table.optional("timelock-delay", plan.timelock_delay, read_duration);
    table.optional("hand-over", plan.hand_over, read_flag);
    table.optional("upgrade", plan.upgrade, read_flag);
    table.optional("guardian", plan.guardian, read_address);
    table.optional("defaults", default_settings,
                   [](const toml::node& node) -> Reading<const toml::table*> {
                       if (node.is_table()) return node.as_table();
                       return std::unexpected{"is to be a table: [defaults]"};
                   });
    table.optional("feed", has_feeds, [](const toml::node&) -> Reading<bool> { return true; });
    TRY(table.finish());
    if (default_settings != nullptr) {
        Table settings{*default_settings, in.file};
        read_feed_settings(settings, defaults);
        TRY(settings.finish());
    }
    TRY(read_feeds(in, defaults, plan));
    if (const auto valid = validate_deploy_plan(plan); !valid)
        return std::unexpected{
            DeployPlanError{fmt::format("{}: {}", in.file, valid.error().reason)}};
    return plan;
}

}  // namespace

std::expected<void, DeployPlanError> validate_deploy_plan(const DeployPlan& plan) {
    const auto refuse = [](std::string why) {
        return std::unexpected{DeployPlanError{std::move(why)}};
    };
    if (plan.timelock_delay < seconds{0} || plan.timelock_delay > max_timelock_delay)
        return refuse(fmt::format("timelock-delay: {}s is not between 0s and 365d",
                                  plan.timelock_delay.count()));
    if (!plan.oracle && !plan.feeds.empty()) return refuse("oracle = false, but there are feeds");
    if (plan.demonstration && !plan.weth9)
        return refuse("demonstration = true needs weth9 = true: its pair trades with WETH9");
    if (plan.feeds.size() > max_planned_feeds)
        return refuse(fmt::format("more than {} feeds", max_planned_feeds));
    std::set<std::pair<std::string, std::string>> pairs;
    for (const auto& feed : plan.feeds) {
        if (const auto fault = fault_of(feed))
            return refuse(fmt::format("{} / {}: {}", feed.base, feed.quote, *fault));
        if (!pairs.emplace(feed.base, feed.quote).second)
            return refuse(fmt::format("{} / {} is a feed twice", feed.base, feed.quote));
    }
    return {};
}

std::expected<DeployPlan, DeployPlanError> parse_deploy_plan(std::string_view text,
                                                             std::string_view name) {
    if (text.size() > max_deploy_plan_size)
        return std::unexpected{DeployPlanError{
            fmt::format("{}: larger than {} KiB", name, max_deploy_plan_size >> 10)}};
    try {
        const auto root = toml::parse(text, name);
        return read_plan({.root = root, .file = name});
    } catch (const toml::parse_error& error) {
        return std::unexpected{DeployPlanError{
            fmt::format("{}:{}: {}", name, error.source().begin.line, error.description())}};
    }
}

std::expected<DeployPlan, DeployPlanError> read_deploy_plan(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    std::string text;
    if (file) {
        text.resize(max_deploy_plan_size + 1);
        file.read(text.data(), static_cast<std::streamsize>(text.size()));
        text.resize(static_cast<std::size_t>(file.gcount()));
    }
    if (!file.is_open() || file.bad())
        return std::unexpected{DeployPlanError{
            fmt::format("{}: there is no such file, or it cannot be read", path.string())}};
    return parse_deploy_plan(text, path.string());
}

}  // namespace meta138::op
