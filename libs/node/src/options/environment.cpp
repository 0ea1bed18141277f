// SPDX-License-Identifier: Apache-2.0
#include "options/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace meta138::node {
namespace {

constexpr std::string_view enterprise = R"(
min-gas-price=0
tx-pool="SEQUENCED"
tx-pool-no-local-priority=true
tx-pool-limit-by-account-percentage=0.15
rpc-http-max-active-connections=300
)";

// The tiers of a network whose validators the world cannot reach.

/// Peers with sentries, which its static nodes name; keeps all blocks, and states for reorganising
/// nothing.
constexpr std::string_view validator = R"(
discovery-enabled=false
retention="minimal"
remote-connections-limit-enabled=false
)";

/// The public face: relays what validators say to each other.
constexpr std::string_view sentry = R"(
qbft-relay=true
retention="minimal"
max-peers=100
)";

/// Answers the gateway, and reads only.
constexpr std::string_view rpc = R"(
rpc-http-enabled=true
rpc-http-host="0.0.0.0"
rpc-http-api="ETH,NET,WEB3"
rpc-ws-enabled=true
rpc-ws-host="0.0.0.0"
rpc-ws-api="ETH,NET,WEB3"
discovery-enabled=false
retention="window:30d"
)";

/// All history, for explorers.
constexpr std::string_view archive = R"(
rpc-http-enabled=true
rpc-http-host="0.0.0.0"
rpc-http-api="ETH,NET,WEB3,DEBUG,TRACE,TXPOOL,OTS"
rpc-ws-enabled=true
rpc-ws-host="0.0.0.0"
rpc-ws-api="ETH,NET,WEB3,DEBUG,TRACE,TXPOOL,OTS"
discovery-enabled=false
retention="archive"
)";

std::optional<std::string_view> built_in_profile(std::string_view name) {
    if (name == "validator") return validator;
    if (name == "sentry") return sentry;
    if (name == "rpc") return rpc;
    if (name == "archive") return archive;
    if (name == "enterprise" || name == "private") return enterprise;
    if (name == "dev") return "dev=true\n";
    for (const auto each : {"performance", "performance_rpc", "staker", "minimalist_staker"})
        if (name == each) return "";
    return std::nullopt;
}

/// The built-in profiles are small enough to have no need of a TOML reader.
void give_lines(std::string_view lines, Settings& settings) {
    while (!lines.empty()) {
        const auto end = lines.find('\n');
        const auto line = lines.substr(0, end);
        lines = end == lines.npos ? std::string_view{} : lines.substr(end + 1);
        const auto equals = line.find('=');
        if (equals == line.npos) continue;
        auto value = line.substr(equals + 1);
        if (value.starts_with('"')) value = value.substr(1, value.size() - 2);
        settings.give(*find_option(line.substr(0, equals)), {std::string{value}}, Source::profile);
    }
}

/// What a development chain is for: everything is on, anybody on this machine may call.
constexpr std::string_view dev_defaults = R"(
rpc-http-enabled=true
rpc-ws-enabled=true
rpc-http-api=ADMIN,DEBUG,ETH,MINER,NET,OTS,PERM,QBFT,TRACE,TXPOOL,WEB3
rpc-ws-api=ADMIN,DEBUG,ETH,MINER,NET,OTS,PERM,QBFT,TRACE,TXPOOL,WEB3
rpc-http-cors-origins=all
rpc-http-max-active-connections=1000
rpc-ws-max-active-connections=1000
min-gas-price=0
tx-pool-min-gas-price=0
revert-reason-enabled=true
)";

}  // namespace

bool names_dev(std::string_view network) {
    return std::ranges::equal(network, std::string_view{"dev"},
                              [](unsigned char x, char y) { return std::tolower(x) == y; });
}

void read_node_environment(const Environment& environment, Settings& settings) {
    const auto is_named_twice = [&](std::string_view name) {
        return settings.has(name) &&
               options::find_variable(catalogue(), environment, *find_option(name));
    };
    if (is_named_twice("config-file"))
        throw OptionError{
            "TOML file specified using BESU_CONFIG_FILE and --config-file: name it once"};
    if (is_named_twice("profile"))
        throw OptionError{"Profile specified using BESU_PROFILE and --profile: name it once"};
    options::read_environment(environment, settings);
    // Besu's default log file of log4j reads this one.
    if (auto level = environment("LOG_LEVEL"))
        settings.give(*find_option("logging"), {*std::move(level)}, Source::environment);
}

void read_profile(const std::string& name, const Environment& environment, Settings& settings) {
    if (const auto lines = built_in_profile(name)) {
        give_lines(*lines, settings);
    } else if (!name.empty()) {
        const std::filesystem::path folder = environment("BESU_PROFILES_DIR").value_or("profiles");
        const auto file = folder / (name + ".toml");
        if (name.find('/') != name.npos || !std::filesystem::is_regular_file(file))
            throw OptionError{fmt::format("Unable to load external profile: {}", name)};
        options::read_toml_file(file, Source::profile, settings);
    }
    if (settings.flag("dev") || names_dev(settings.text("network")))
        give_lines(dev_defaults, settings);
}

}  // namespace meta138::node
