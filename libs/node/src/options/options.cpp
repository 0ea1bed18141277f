// SPDX-License-Identifier: Apache-2.0
#include "meta138/node/options.hpp"

#include "options/decode.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace meta138::node {
namespace {

constexpr std::string_view program_version = "0.1.0";
constexpr std::uint32_t max_dev_accounts = 20;

DevOptions decode_dev(const Settings& settings) {
    constexpr double max_period = 86'400;
    DevOptions options;
    options.enabled = settings.flag("dev") || names_dev(settings.text("network"));
    if (!options.enabled) return options;
    const auto period = settings.number("dev-period");
    if (period > max_period)
        throw OptionError{"Invalid value for option '--dev-period': more than a day"};
    options.period = std::chrono::milliseconds{std::llround(period * 1000)};
    if (settings.count("dev-accounts") > max_dev_accounts)
        throw OptionError{
            fmt::format("Invalid value for option '--dev-accounts': at most {}", max_dev_accounts)};
    options.accounts = static_cast<std::uint32_t>(settings.count("dev-accounts"));
    options.balance = uint256{settings.count("dev-balance")} * uint256{1'000'000'000'000'000'000};
    return options;
}

void require_network(const Settings& settings, const Options& options) {
    const auto network = settings.text("network");
    if (!network.empty() && !options.genesis_file.empty())
        throw OptionError{"--network and --genesis-file can't be used together"};
    if (!network.empty() && !names_dev(network))
        throw OptionError{fmt::format(
            "The network {} is not built in: name its genesis with --genesis-file", network)};
    if (options.dev.enabled && !options.genesis_file.empty())
        throw OptionError{"--dev has a genesis of its own: leave --genesis-file out"};
    if (!options.dev.enabled && options.genesis_file.empty())
        throw OptionError{
            "Which network? Name its genesis with --genesis-file, or start a development chain "
            "with --dev"};
}

void require_free_ports(const Options& options) {
    std::map<std::uint16_t, int> uses;
    if (options.http.enabled) ++uses[options.http.port];
    // One port may serve both, when they listen at the same address.
    if (options.websocket.enabled && (options.websocket.port != options.http.port ||
                                      options.websocket.host != options.http.host))
        ++uses[options.websocket.port];
    if (options.engine.enabled) ++uses[options.engine.port];
    if (options.metrics.enabled) ++uses[options.metrics.port];
    if (options.peers.enabled) ++uses[options.peers.port];
    for (const auto& [port, times] : uses)
        if (port != 0 && times > 1)
            throw OptionError{fmt::format(
                "Port number '{}' has been specified multiple times. Please review the supplied "
                "configuration.",
                port)};
}

void warn_of_effects(const Settings& settings, std::vector<std::string>& warnings) {
    std::vector<std::string> not_yet;
    std::vector<std::string> not_needed;
    for (const auto& [name, setting] : settings.all()) {
        if (setting.source == Source::profile) continue;
        const auto& row = *find_option(name);
        if (row.effect == Effect::not_yet) not_yet.push_back(fmt::format("--{}", name));
        if (row.effect == Effect::not_needed) not_needed.push_back(fmt::format("--{}", name));
        if (row.effect == Effect::removed)
            warnings.push_back(
                fmt::format("--{} has been ignored; in its place: {}", name, row.values));
    }
    if (!not_yet.empty())
        warnings.push_back(fmt::format("No effect yet: {}", fmt::join(not_yet, ", ")));
    if (!not_needed.empty())
        warnings.push_back(fmt::format("Not needed by this node, so without effect: {}",
                                       fmt::join(not_needed, ", ")));
}

/// Besu says so of options whose group is off, and goes on.
void warn_of_dependents(const Settings& settings, std::vector<std::string>& warnings) {
    for (const auto& group : option_groups()) {
        if (group.main.empty() || settings.flag(group.main)) continue;
        const auto prefix = group.main.substr(0, group.main.rfind("enabled"));
        std::vector<std::string> ignored;
        for (const auto& row : group.rows) {
            const auto* setting = settings.find(row.name);
            if (setting != nullptr && setting->source != Source::profile &&
                row.name != group.main && row.name.starts_with(prefix) && row.effect == Effect::yes)
                ignored.push_back(fmt::format("--{}", row.name));
        }
        if (!ignored.empty())
            warnings.push_back(
                fmt::format("{} has been ignored because --{} was not defined on the command line.",
                            fmt::join(ignored, ", "), group.main));
    }
}

LogOptions decode_log(const Settings& settings) {
    LogOptions options{
        .level = settings.text("logging"),
        .format = settings.text("log-format") == "json" ? LogFormat::json : LogFormat::text,
        .color = std::nullopt};
    if (options.level == "FATAL") options.level = "ERROR";
    if (settings.has("color-enabled")) options.color = settings.flag("color-enabled");
    return options;
}

std::filesystem::path path_or(const Settings& settings, std::string_view name,
                              std::filesystem::path otherwise) {
    const auto text = settings.text(name);
    return text.empty() ? std::move(otherwise) : std::filesystem::path{text};
}

/// Besu gives the name to a plugin that holds the key elsewhere, as in an HSM. To go on with a key
/// of our own would be another node.
void require_local_key(const Settings& settings) {
    constexpr std::string_view only = "localfile";
    if (settings.text("security-module") == only) return;
    throw settings.invalid("security-module",
                           "there are no plugins: the key is in the file that "
                           "--node-private-key-file names (security module localfile)");
}

void decode_node(const Settings& settings, Options& options) {
    require_local_key(settings);
    options.data_path = settings.text("data-path");
    options.genesis_file = settings.text("genesis-file");
    options.genesis_overrides = settings.list("override-genesis-config");
    options.identity = settings.text("identity");
    options.network_id = settings.optional_count("network-id");
    options.node_key_file = path_or(settings, "node-private-key-file", options.data_path / "key");
    options.pid_file = settings.text("pid-path");
    options.config_file = settings.text("config-file");
    options.profile = settings.text("profile");
    options.version_protection = settings.flag("version-compatibility-protection");
    options.reorg_logging_threshold = settings.count("reorg-logging-threshold");
    options.host_allowlist = settings.list("host-allowlist");
    if (options.host_allowlist.empty() && settings.has("host-allowlist"))
        options.host_allowlist = {"none"};
    options.log = decode_log(settings);
}

PermissionOptions decode_permissions(const Settings& settings,
                                     const std::filesystem::path& data_path) {
    const auto file = data_path / "permissions_config.toml";
    return {
        .nodes = settings.flag("permissions-nodes-config-file-enabled"),
        .nodes_file = path_or(settings, "permissions-nodes-config-file", file),
        .accounts = settings.flag("permissions-accounts-config-file-enabled"),
        .accounts_file = path_or(settings, "permissions-accounts-config-file", file),
    };
}

/// Those that make or convert files read no chain.
bool needs_network(std::string_view command) {
    return !command.starts_with("operator ") && !command.starts_with("rlp ") &&
           !command.starts_with("public-key ") && !command.starts_with("password ") &&
           command != "txparse";
}

Options decode_options(const Settings& settings, std::string_view command) {
    Options options;
    decode_node(settings, options);
    options.dev = decode_dev(settings);
    if (needs_network(command)) require_network(settings, options);
    options.storage = decode_storage(settings, options.dev.enabled);
    options.http = decode_http(settings);
    options.websocket = decode_websocket(settings);
    options.engine = decode_engine(settings, options.data_path);
    options.ipc = {.enabled = settings.flag("Xrpc-ipc-enabled"),
                   .path = path_or(settings, "Xrpc-ipc-path", options.data_path / "besu.ipc"),
                   .apis = decode_apis(settings, "Xrpc-ipc-api")};
    options.limits = decode_limits(settings);
    options.metrics = decode_metrics(settings);
    options.permissions = decode_permissions(settings, options.data_path);
    options.production = decode_production(settings);
    options.peers =
        decode_peers(settings, options.data_path, options.dev.enabled, options.warnings);
    options.qbft = decode_qbft(settings);
    options.pool = decode_pool(settings, options.production, options.warnings);
    if (options.pool.save_file.is_relative())
        options.pool.save_file = options.data_path / options.pool.save_file;
    require_free_ports(options);
    warn_of_effects(settings, options.warnings);
    warn_of_dependents(settings, options.warnings);
    return options;
}

std::string paths_text(const Options& options) {
    std::string text = fmt::format("PERMISSION_CHECK_PATH:{}:READ_WRITE\n",
                                   std::filesystem::absolute(options.data_path).string());
    for (const auto& file : {options.genesis_file, std::filesystem::path{options.config_file}})
        if (!file.empty())
            text += fmt::format("PERMISSION_CHECK_PATH:{}:READ\n",
                                std::filesystem::absolute(file).string());
    return text;
}

}  // namespace

CommandLine parse_command_line(std::span<const char* const> arguments,
                               const Environment& environment) {
    Settings settings{catalogue()};
    auto parsed = options::read_arguments(arguments, settings);
    const std::string words{parsed.command == nullptr ? "" : parsed.command->words};
    CommandLine result{.command = words,
                       .arguments = std::move(parsed.positional),
                       .options = {},
                       .command_options = std::move(parsed.command_options),
                       .print_and_exit = std::nullopt};
    if (parsed.help || parsed.hidden_help || words == "help") {
        result.print_and_exit = catalogue().help_text(parsed.command, parsed.hidden_help);
        return result;
    }
    read_node_environment(environment, settings);
    if (parsed.version || words == "version") {
        result.print_and_exit = client_version(settings.text("identity")) + "\n";
        return result;
    }
    const auto file = settings.text("config-file");
    if (words == "validate-config") {
        result.options.config_file = file;
        return result;
    }
    if (!file.empty()) options::read_toml_file(file, Source::file, settings);
    read_profile(settings.text("profile"), environment, settings);
    result.options = decode_options(settings, words);
    if (settings.has("print-paths-and-exit")) result.print_and_exit = paths_text(result.options);
    return result;
}

void validate_config_file(const std::filesystem::path& file) {
    Settings settings{catalogue()};
    options::read_toml_file(file, Source::file, settings);
}

std::string client_version(std::string_view identity) {
    const auto name = identity.empty() ? std::string{} : fmt::format("{}/", identity);
    return fmt::format("meta138/{}v{}/linux-x86_64/clang-{}", name, program_version,
                       __clang_major__);
}

}  // namespace meta138::node
