// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/options.hpp"

#include "options/decode.hpp"
#include "options/option_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace meta138::signer {
namespace {

using options::Effect;
using options::Settings;
using options::Source;

constexpr std::string_view program_version = "0.1.0";
constexpr std::uint16_t ethsigner_listen_port = 8545;

std::optional<std::filesystem::path> optional_path(const Settings& settings,
                                                   std::string_view name) {
    const auto text = settings.text(name);
    if (text.empty()) return std::nullopt;
    return std::filesystem::path{text};
}

bool is_ethsigner_command(std::string_view word) {
    return word == "file-based-signer" || word == "multikey-signer";
}

void warn_of_effects(const Settings& settings, std::vector<std::string>& warnings) {
    for (const auto& [name, setting] : settings.all()) {
        const auto& row = *settings.catalogue().find_option(name);
        if (row.effect == Effect::not_yet)
            warnings.push_back(fmt::format("--{} has no effect yet", name));
        if (row.effect == Effect::not_needed)
            warnings.push_back(fmt::format("--{} has no effect: {}", name, row.help));
    }
}

AuditOptions decode_audit(const Settings& settings, const std::filesystem::path& data_path) {
    AuditOptions audit;
    audit.file = optional_path(settings, "audit-log-file").value_or(data_path / "audit.log");
    audit.sync =
        settings.text("audit-log-sync") == "never" ? SyncPolicy::never : SyncPolicy::always;
    const auto megabytes = settings.count("audit-log-rotate-mb");
    if (megabytes == 0 || megabytes > 1'000'000)
        throw settings.invalid("audit-log-rotate-mb", "not within 1 and 1000000");
    audit.rotate_at = megabytes << 20;
    return audit;
}

KeyLoadOptions decode_key_loading(const Settings& settings) {
    KeyLoadOptions loading;
    loading.threads =
        static_cast<unsigned>(std::min<std::uint64_t>(settings.count("signer-load-threads"), 256));
    loading.memory = std::min<std::uint64_t>(settings.count("signer-load-memory-mb"), 1 << 20)
                     << 20;
    loading.allow_readable_by_others = settings.flag("key-files-readable-by-others");
    loading.max_config_size = settings.count("key-store-config-file-max-size");
    return loading;
}

void require_key_source(const KeySources& keys) {
    if (!keys.config_directory && keys.keystore_directories.empty() && !keys.multikey_directory &&
        keys.keystores.empty())
        throw OptionError{
            "Which keys? Name a folder of key files with --key-config-path, or one of keystores "
            "with eth1 --keystores-path"};
}

Options decode_options(const Settings& settings, std::string_view command) {
    const bool is_ethsigner = is_ethsigner_command(command);
    const bool serves = is_ethsigner || command == "eth1";
    Options options;
    options.data_path = settings.text("data-path");
    options.log = {.level = settings.text("logging"),
                   .json = settings.text("logging-format") != "PLAIN"};
    options.listen = decode_listen(settings);
    if (is_ethsigner && !settings.has("http-listen-port"))
        options.listen.port = ethsigner_listen_port;
    options.metrics = {.enabled = settings.flag("metrics-enabled"),
                       .host = settings.text("metrics-host"),
                       .port = static_cast<std::uint16_t>(settings.count("metrics-port")),
                       .host_allowlist = settings.list("metrics-host-allowlist")};
    if (serves) options.downstream = decode_downstream(settings, is_ethsigner);
    options.keys = decode_key_sources(settings);
    if (serves || command == "keys list") require_key_source(options.keys);
    options.key_loading = decode_key_loading(settings);
    options.reload_timeout =
        std::chrono::minutes{std::min<std::uint64_t>(settings.count("reload-timeout"), 1 << 20)};
    options.policy_file = settings.text("policy-file");
    options.audit = decode_audit(settings, options.data_path);
    options.drain_timeout = std::chrono::seconds{
        std::min<std::uint64_t>(settings.count("drain-timeout-seconds"), 86'400)};
    options.nonces.max_waiting = settings.count("nonce-queue-size");
    options.nonces.patience = std::chrono::milliseconds{
        std::clamp<std::uint64_t>(settings.count("nonce-patience-ms"), 1, 3'600'000)};
    options.nonces.fills_gaps = settings.flag("nonce-fill-gaps");
    options.workers =
        static_cast<unsigned>(std::min<std::uint64_t>(settings.count("workers"), 256));
    warn_of_effects(settings, options.warnings);
    return options;
}

void read_file(const std::string& file, Settings& settings) {
    if (file.empty()) return;
    if (file.ends_with(".toml")) {
        options::read_toml_file(file, Source::file, settings);
    } else {
        options::read_yaml_file(file, Source::file, settings);
    }
}

}  // namespace

KeySources decode_key_sources(const Settings& settings) {
    const auto has_option = [&](std::string_view name) {
        return settings.catalogue().find_option(name) != nullptr;
    };
    KeySources sources;
    sources.config_directory = optional_path(settings, "key-config-path");
    if (has_option("keystores-path")) {
        const auto directory = optional_path(settings, "keystores-path");
        auto passwords = optional_path(settings, "keystores-passwords-path");
        auto password = optional_path(settings, "keystores-password-file");
        if (directory && passwords.has_value() == password.has_value())
            throw OptionError{
                "--keystores-path needs either --keystores-passwords-path or "
                "--keystores-password-file"};
        if (!directory && (passwords || password))
            throw OptionError{
                "--keystores-passwords-path and --keystores-password-file need --keystores-path"};
        if (directory)
            sources.keystore_directories.push_back({.directory = *directory,
                                                    .passwords_directory = std::move(passwords),
                                                    .password_file = std::move(password)});
        return sources;
    }
    sources.multikey_directory = optional_path(settings, "directory");
    const auto key = optional_path(settings, "key-file");
    const auto password = optional_path(settings, "password-file");
    if (key.has_value() != password.has_value())
        throw OptionError{"--key-file and --password-file go together"};
    if (key)
        sources.keystores.push_back({.keystore_file = *key,
                                     .password_file = *password,
                                     .password_form = PasswordForm::first_line});
    return sources;
}

CommandLine parse_command_line(std::span<const char* const> arguments,
                               const options::Environment& environment) {
    const bool is_ethsigner = std::ranges::any_of(arguments, is_ethsigner_command);
    Settings settings{is_ethsigner ? ethsigner_catalogue() : web3signer_catalogue()};
    auto parsed = options::read_arguments(arguments, settings);
    CommandLine line;
    line.command = parsed.command == nullptr ? "" : parsed.command->words;
    line.arguments = std::move(parsed.positional);
    line.command_options = std::move(parsed.command_options);
    if (parsed.help || parsed.hidden_help || line.command == "help") {
        line.print_and_exit = settings.catalogue().help_text(parsed.command, parsed.hidden_help);
        return line;
    }
    if (parsed.version || line.command == "version") {
        line.print_and_exit = fmt::format("meta138-signer/v{}/linux-x86_64\n", program_version);
        return line;
    }
    if (parsed.command == nullptr)
        throw OptionError{
            "Missing required command: eth1 serves (meta138-signer [OPTIONS] eth1 [OPTIONS])"};
    if (line.command != "audit verify" && !line.arguments.empty())
        throw OptionError{fmt::format("Unmatched argument: '{}'", line.arguments.front())};
    options::read_environment(environment, settings);
    read_file(settings.text("config-file"), settings);
    line.options = decode_options(settings, line.command);
    return line;
}

}  // namespace meta138::signer
