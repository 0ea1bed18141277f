// SPDX-License-Identifier: Apache-2.0
#include "config_section.hpp"

#include "meta138/qbft/config.hpp"
#include "meta138/types/fork.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <ranges>
#include <utility>

namespace meta138::qbft {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Java's, in which Besu reads these keys.
constexpr std::uint64_t max_int = std::numeric_limits<std::int32_t>::max();
constexpr std::uint64_t max_long = std::numeric_limits<std::int64_t>::max();

/// A BlockConfig with its two periods as they were written: each is inherited on its own.
struct Settings {
    BlockConfig block;
    std::uint64_t period_seconds = 1;
    std::uint64_t period_milliseconds = 0;
};

/// What all parts of one file are read with.
struct Context {
    const Genesis& genesis;
    std::optional<GenesisError>& error;
    std::vector<std::string>& warnings;
};

void read_periods(const ConfigSection& in, Settings& settings) {
    if (const auto value = in.integer("blockperiodseconds", 1, max_int))
        settings.period_seconds = *value;
    if (const auto value = in.integer("xblockperiodmilliseconds", 0, max_int))
        settings.period_milliseconds = *value;
    auto& block = settings.block;
    block.is_subsecond = settings.period_milliseconds > 0;
    block.block_period = block.is_subsecond ? milliseconds{settings.period_milliseconds}
                                            : seconds{settings.period_seconds};
    // The older spelling first: who gives both means the newer.
    for (const auto* key : {"xemptyblockperiodseconds", "emptyblockperiodseconds"}) {
        if (const auto value = in.integer(key, 0, max_int))
            block.empty_block_period = seconds{*value};
    }
}

void read_beneficiary(const ConfigSection& in, BlockConfig& block) {
    constexpr std::string_view key = "miningbeneficiary";
    if (!in.has(key)) return;
    if (const auto text = in.text(key); text && text->empty())
        block.mining_beneficiary.reset();
    else
        block.mining_beneficiary = in.address(key);
}

void read_transaction_gas_limit(const ConfigSection& in, const Context& context,
                                BlockConfig& block) {
    if (const auto value = in.integer("pertxgaslimit", 0, max_long)) {
        if (*value > context.genesis.gas_limit)
            in.fail("pertxgaslimit",
                    fmt::format("above the gas limit of the genesis block, {}; 0 means no limit",
                                context.genesis.gas_limit));
        block.transaction_gas_limit = value;
    }
    if (in.has("pertxgaslimitcap"))
        context.warnings.push_back(in.path_of("pertxgaslimitcap") +
                                   " is ignored: the key is pertxgaslimit");
}

void read_settings(const ConfigSection& in, const Context& context, Settings& settings) {
    read_periods(in, settings);
    if (const auto reward = in.quantity("blockreward")) settings.block.block_reward = *reward;
    read_beneficiary(in, settings.block);
    read_transaction_gas_limit(in, context, settings.block);
}

std::optional<std::vector<Address>> read_validators(const ConfigSection& in) {
    constexpr std::string_view key = "validators";
    const auto* list = in.find(key);
    if (list == nullptr) return std::nullopt;
    if (!list->is_array() || list->empty()) {
        in.fail(key, "not a list of at least one address");
        return std::nullopt;
    }
    std::vector<Address> validators;
    for (const auto& element : *list) {
        const auto validator = in.to_address(key, element);
        if (!validator) return std::nullopt;
        validators.push_back(*validator);
    }
    std::ranges::sort(validators);
    if (std::ranges::adjacent_find(validators) != validators.end())
        in.fail(key, "an address stands there twice");
    return validators;
}

void read_mode(const ConfigSection& in, const Context& context, bool has_validators,
               BlockConfig& block) {
    constexpr std::string_view mode_key = "validatorselectionmode";
    constexpr std::string_view address_key = "validatorcontractaddress";
    auto mode = in.text(mode_key);
    if (mode) {
        std::ranges::transform(*mode, mode->begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
    }
    if (mode == "blockheader") {
        if (!has_validators)
            in.fail("validators", "missing: a change to the mode blockheader needs the list");
        block.validator_contract.reset();
    } else if (mode == "contract") {
        block.validator_contract = in.address(address_key);
        if (!block.validator_contract)
            in.fail(address_key, "missing: a change to the mode contract needs it");
    } else if (mode) {
        context.warnings.push_back(in.path_of(mode_key) + " is ignored: \"" + *mode +
                                   "\" is neither blockheader nor contract");
    } else if (in.has(address_key)) {
        context.warnings.push_back(in.path_of(address_key) + " is ignored: it needs " +
                                   std::string{mode_key} + " \"contract\"");
    }
}

// Where the forks of the file start, and whether by time: of two at one place the later counts.
std::map<std::uint64_t, bool> fork_starts(const ForkSchedule& schedule) {
    std::map<std::uint64_t, bool> starts{{0, false}};
    for (const auto& at :
         {schedule.muir_glacier_block, schedule.arrow_glacier_block, schedule.gray_glacier_block}) {
        if (at) starts.insert_or_assign(*at, false);
    }
    for (const auto& row : forks()) {
        if (const auto at = schedule.activation(row.fork))
            starts.insert_or_assign(*at, row.by_time);
    }
    for (const auto at : schedule.bpo_times) starts.insert_or_assign(at, true);
    return starts;
}

// Of transitions too, each of the kind of the fork that it follows.
void set_milestones(const ForkSchedule& schedule, Config& config) {
    auto starts = fork_starts(schedule);
    for (auto& transition : config.transitions) {
        transition.by_time = std::prev(starts.upper_bound(transition.from))->second;
        starts.insert_or_assign(transition.from, transition.by_time);
    }
    for (const auto& [from, by_time] : starts) {
        const auto passed =
            std::ranges::upper_bound(config.transitions, from, {}, &Config::Transition::from);
        config.milestones.push_back({
            .from = from,
            .by_time = by_time,
            .transitions = static_cast<std::size_t>(passed - config.transitions.begin()),
        });
    }
}

/// An entry of a list of transitions, by its `block`.
using Entries = std::map<std::uint64_t, ConfigSection>;

Entries sort_transitions(const nlohmann::json& list, const std::string& path,
                         const Context& context) {
    Entries entries;
    if (!list.is_array()) {
        context.error = GenesisError{path, "not a list"};
        return entries;
    }
    for (std::size_t i = 0; i < list.size(); ++i) {
        const ConfigSection entry{list[i], fmt::format("{}[{}]", path, i), context.error};
        const auto block = entry.integer("block", 1, max_long);
        if (!block) {
            entry.fail("block", "missing");
            return entries;
        }
        if (!entries.emplace(*block, entry).second)
            entry.fail("block", fmt::format("another transition has {} too", *block));
    }
    return entries;
}

void read_transitions(const ConfigSection& transitions, std::string_view name,
                      const Context& context, Settings settings, Config& config) {
    const auto* list = transitions.find(name);
    if (list == nullptr) return;
    for (const auto& [from, entry] : sort_transitions(*list, transitions.path_of(name), context)) {
        read_settings(entry, context, settings);
        auto validators = read_validators(entry);
        if (config.protocol == Protocol::qbft)
            read_mode(entry, context, validators.has_value(), settings.block);
        for (const auto* key : {"requesttimeoutseconds", "epochlength"}) {
            if (entry.has(key))
                context.warnings.push_back(entry.path_of(key) +
                                           " is ignored: a transition cannot change it");
        }
        config.transitions.push_back({
            .from = from,
            .by_time = false,
            .config = settings.block,
            .validators = std::move(validators),
        });
    }
}

void read_limits(const ConfigSection& in, Config& config) {
    const auto set = [&](std::string_view key, std::uint64_t low, auto& limit) {
        if (const auto value = in.integer(key, low, max_int)) limit = *value;
    };
    set("messagequeuelimit", 1, config.message_queue_limit);
    set("duplicatemessagelimit", 1, config.duplicate_message_limit);
    set("gossipedhistorylimit", 1, config.gossiped_history_limit);
    set("futuremessageslimit", 0, config.future_messages_limit);
    set("futuremessagesmaxdistance", 0, config.future_messages_max_distance);
}

Config read_config(Protocol protocol, const ConfigSection& in, const ConfigSection& transitions,
                   std::string_view name, const Context& context) {
    Config config{.protocol = protocol};
    if (const auto value = in.integer("epochlength", 1, max_long)) config.epoch_length = *value;
    if (const auto value = in.integer("requesttimeoutseconds", 1, max_int))
        config.request_timeout = seconds{*value};
    read_limits(in, config);
    Settings settings;
    read_settings(in, context, settings);
    if (protocol == Protocol::qbft)
        settings.block.validator_contract = in.address("validatorcontractaddress");
    config.initial = settings.block;
    if (in.has("transitions"))
        context.warnings.push_back(in.path_of("transitions") +
                                   " is ignored: transitions belong into config.transitions." +
                                   std::string{name});
    read_transitions(transitions, name, context, settings, config);
    if (!context.error) set_milestones(context.genesis.schedule, config);
    return config;
}

// The sections are JSON text that the genesis file's reader wrote: always well-formed.
nlohmann::json parse_section(const std::string& text) {
    return text.empty() ? nlohmann::json{} : nlohmann::json::parse(text);
}

void read_predecessor(const ConfigSection& qbft, const ConfigSection& transitions,
                      const Context& context, Config& config) {
    const auto& sections = context.genesis.consensus;
    const bool is_ibft2 = !sections.ibft2.empty();
    const bool has_predecessor = is_ibft2 || !sections.ibft.empty();
    config.start_block = qbft.integer("startblock", 0, max_long).value_or(0);
    if (has_predecessor && config.start_block == 0)
        qbft.fail("startblock",
                  "missing: the file has a section of another protocol too, so it "
                  "must say with which block QBFT starts");
    if (!has_predecessor && config.start_block > 0)
        qbft.fail("startblock", "needs a section ibft2 or ibft for the blocks before it");
    if (!has_predecessor || context.error) return;

    const std::string name = is_ibft2 ? "ibft2" : "ibft";
    const auto json = parse_section(is_ibft2 ? sections.ibft2 : sections.ibft);
    const ConfigSection section{json, "config." + name, context.error};
    config.predecessor = std::make_shared<const Config>(read_config(
        is_ibft2 ? Protocol::ibft2 : Protocol::ibft1, section, transitions, name, context));
}

void warn_of_schedule(const Config& config, std::vector<std::string>& warnings) {
    for (const auto& transition : config.transitions) {
        // Before 2001: nobody means such a time.
        constexpr std::uint64_t lowest_sensible_time = 1'000'000'000;
        if (transition.by_time && transition.from < lowest_sensible_time)
            warnings.push_back(fmt::format(
                "config.transitions.qbft: block {} is taken for a timestamp, as Besu does, because "
                "a fork by time comes before it: the transition holds from the start",
                transition.from));
        if (transition.by_time && transition.validators)
            warnings.push_back(fmt::format(
                "config.transitions.qbft: the validators of the transition at timestamp {} have no "
                "effect: Besu takes them at a block number only",
                transition.from));
    }
}

}  // namespace

std::expected<std::optional<Config>, GenesisError> parse_config(const Genesis& genesis) {
    if (genesis.consensus.qbft.empty()) return std::nullopt;
    std::optional<GenesisError> error;
    std::vector<std::string> warnings;
    const Context context{.genesis = genesis, .error = error, .warnings = warnings};

    const auto qbft_json = parse_section(genesis.consensus.qbft);
    const auto transitions_json = parse_section(genesis.consensus.transitions);
    const ConfigSection qbft{qbft_json, "config.qbft", error};
    const ConfigSection transitions{transitions_json, "config.transitions", error};
    auto config = read_config(Protocol::qbft, qbft, transitions, "qbft", context);
    read_predecessor(qbft, transitions, context, config);
    const auto whole_json = parse_section(genesis.config);
    const ConfigSection whole{whole_json, "config", error};
    config.has_system_contracts = whole.has("depositContractAddress") &&
                                  whole.has("withdrawalRequestContractAddress") &&
                                  whole.has("consolidationRequestContractAddress");
    if (error) return std::unexpected{*std::move(error)};
    if (genesis.has_misplaced_transitions)
        warnings.emplace_back("transitions beside config are ignored: they belong into config");
    warn_of_schedule(config, warnings);
    config.warnings = std::move(warnings);
    return config;
}

}  // namespace meta138::qbft
