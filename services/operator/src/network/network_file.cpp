// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/network/network_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace meta138::op {
namespace {

constexpr std::array<std::pair<Tier, std::string_view>, 7> tier_names{{
    {Tier::oracle, "oracle"},
    {Tier::prices, "prices"},
    {Tier::signer, "signer"},
    {Tier::rpc, "rpc"},
    {Tier::archive, "archive"},
    {Tier::sentry, "sentry"},
    {Tier::validator, "validator"},
}};

/// Reads one file, and names it and the line in what it throws.
class Reader {
public:
    explicit Reader(std::string_view file_name) : file_name_{file_name} {}

    [[noreturn]] void refuse(const toml::source_region& where, const std::string& what) const {
        throw NetworkError{fmt::format("{}:{}: {}", file_name_, where.begin.line, what)};
    }

    template <class T>
    std::optional<T> value(const toml::table& table, std::string_view key) const {
        const auto* node = table.get(key);
        if (node == nullptr) return std::nullopt;
        const auto value = node->value_exact<T>();
        if (!value) refuse(node->source(), fmt::format("{} has a value of the wrong kind", key));
        return *value;
    }

    template <class T>
    T required(const toml::table& table, std::string_view key) const {
        auto found = value<T>(table, key);
        if (!found) refuse(table.source(), fmt::format("{} is missing", key));
        return *std::move(found);
    }

    std::int64_t number(const toml::table& table, std::string_view key, std::int64_t least,
                        std::int64_t most, std::int64_t fallback) const {
        const auto found = value<std::int64_t>(table, key).value_or(fallback);
        if (found < least || found > most)
            refuse(table.get(key)->source(),
                   fmt::format("{} is not from {} to {}", key, least, most));
        return found;
    }

    void require_known(const toml::table& table, const std::set<std::string_view>& keys) const {
        for (const auto& [key, node] : table)
            if (!keys.contains(key.str()))
                refuse(key.source(), fmt::format("{} is not known; known are {}",
                                                 std::string_view{key}, fmt::join(keys, ", ")));
    }

private:
    std::string_view file_name_;
};

bool is_name(std::string_view name) {
    const auto is_fine = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    };
    return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, is_fine);
}

ProcessPorts read_ports(const Reader& reader, const toml::table& process) {
    const auto* node = process.get("ports");
    if (node == nullptr) return {};
    const auto* table = node->as_table();
    if (table == nullptr) reader.refuse(node->source(), "ports is not a table");
    reader.require_known(*table, {"http", "websocket", "p2p", "metrics"});
    const auto port = [&](std::string_view key) {
        return static_cast<std::uint16_t>(reader.number(*table, key, 0, 65535, 0));
    };
    return {.http = port("http"),
            .websocket = port("websocket"),
            .p2p = port("p2p"),
            .metrics = port("metrics")};
}

NetworkProcess read_process(const Reader& reader, const toml::table& table) {
    reader.require_known(table, {"name", "tier", "command", "log", "ports"});
    NetworkProcess process;
    process.name = reader.required<std::string>(table, "name");
    if (!is_name(process.name))
        reader.refuse(table.source(), "name has other characters than a-z, 0-9 and -");
    const auto tier = reader.required<std::string>(table, "tier");
    const auto parsed = parse_tier(tier);
    if (!parsed) reader.refuse(table.source(), fmt::format("tier {} is not known", tier));
    process.tier = *parsed;
    const auto* command = table.get_as<toml::array>("command");
    if (command == nullptr || command->empty())
        reader.refuse(table.source(), "command is not a list of a program and its arguments");
    for (const auto& each : *command) {
        const auto word = each.value_exact<std::string>();
        if (!word) reader.refuse(each.source(), "command has something that is no text");
        process.command.push_back(*word);
    }
    process.log =
        reader.value<std::string>(table, "log").value_or(fmt::format("{}/log", process.name));
    process.ports = read_ports(reader, table);
    return process;
}

std::string in_quotes(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

std::string print_command(const std::vector<std::string>& command) {
    std::vector<std::string> words;
    for (const auto& word : command) words.push_back(in_quotes(word));
    return fmt::format("[{}]", fmt::join(words, ", "));
}

std::string print_ports(const ProcessPorts& all) {
    std::vector<std::string> ports;
    const auto add_port = [&](std::string_view name, std::uint16_t port) {
        if (port != 0) ports.push_back(fmt::format("{} = {}", name, port));
    };
    add_port("http", all.http);
    add_port("websocket", all.websocket);
    add_port("p2p", all.p2p);
    add_port("metrics", all.metrics);
    return fmt::format("{{ {} }}", fmt::join(ports, ", "));
}

}  // namespace

std::string_view to_string(Tier tier) noexcept {
    return tier_names[std::to_underlying(tier)].second;
}

std::optional<Tier> parse_tier(std::string_view name) noexcept {
    for (const auto& [tier, text] : tier_names)
        if (text == name) return tier;
    return std::nullopt;
}

unsigned stop_stage(Tier tier) noexcept {
    switch (tier) {
        case Tier::oracle: return 0;
        case Tier::prices:
        case Tier::signer: return 1;
        case Tier::rpc:
        case Tier::archive: return 2;
        case Tier::sentry: return 3;
        case Tier::validator: return 4;
    }
    return 0;
}

const NetworkProcess* NetworkFile::find(std::string_view name) const {
    const auto found = std::ranges::find(processes, name, &NetworkProcess::name);
    return found == processes.end() ? nullptr : &*found;
}

std::vector<NetworkProcess> NetworkFile::of(Tier tier) const {
    std::vector<NetworkProcess> found;
    std::ranges::copy_if(processes, std::back_inserter(found),
                         [&](const auto& each) { return each.tier == tier; });
    return found;
}

std::vector<NetworkProcess> NetworkFile::nodes() const {
    std::vector<NetworkProcess> found;
    std::ranges::copy_if(processes, std::back_inserter(found),
                         [](const auto& each) { return is_node(each.tier); });
    return found;
}

NetworkFile parse_network_file(std::string_view text, std::string_view file_name) {
    const Reader reader{file_name};
    toml::table root;
    try {
        root = toml::parse(text);
    } catch (const toml::parse_error& error) {
        reader.refuse(error.source(), std::string{error.description()});
    }
    reader.require_known(root, {"chain-id", "block-period-ms", "process"});
    NetworkFile network;
    network.chain_id = static_cast<std::uint64_t>(
        reader.number(root, "chain-id", 1, std::numeric_limits<std::int64_t>::max(), 138));
    network.block_period =
        std::chrono::milliseconds{reader.number(root, "block-period-ms", 1, 3'600'000, 2000)};
    const auto* processes = root.get_as<toml::array>("process");
    if (processes == nullptr) reader.refuse(root.source(), "there is no [[process]]");
    if (processes->size() > max_network_processes)
        reader.refuse(processes->source(),
                      fmt::format("more than {} processes", max_network_processes));
    for (const auto& each : *processes) {
        const auto* table = each.as_table();
        if (table == nullptr) reader.refuse(each.source(), "process is not [[process]]");
        auto process = read_process(reader, *table);
        if (network.find(process.name) != nullptr)
            reader.refuse(table->source(), fmt::format("{} stands there twice", process.name));
        network.processes.push_back(std::move(process));
    }
    return network;
}

NetworkFile read_network_file(const std::filesystem::path& folder) {
    const auto file = folder / network_file_name;
    if (!std::filesystem::exists(file))
        throw NetworkError{
            fmt::format("{}: there is no network here; `meta138 network init --dir {}` makes one",
                        file.string(), folder.string())};
    return parse_network_file(read_file(file), file.string());
}

std::string print_network_process(const NetworkProcess& process) {
    return fmt::format("[[process]]\nname = {}\ntier = {}\ncommand = {}\nlog = {}\nports = {}\n",
                       in_quotes(process.name), in_quotes(to_string(process.tier)),
                       print_command(process.command), in_quotes(process.log),
                       print_ports(process.ports));
}

std::string print_network_file(const NetworkFile& network) {
    std::string text = fmt::format(
        "# What `meta138 network up` runs. Commands run in this folder; a program without a path "
        "is looked for\n"
        "# beside meta138, then in PATH. The ports here are where other programs look for a "
        "process: who changes\n"
        "# one changes it in the process's own configuration as well. Changes hold from the next "
        "start of a process.\n\n"
        "chain-id = {}\n"
        "# As the genesis file has it; only read here, by `status` and `top`.\n"
        "block-period-ms = {}\n",
        network.chain_id, network.block_period.count());
    for (const auto& process : network.processes) text += "\n" + print_network_process(process);
    return text;
}

namespace {

/// The parts of the file, from one [[process]] to the next; the first is what stands before them.
std::vector<std::string> split_processes(std::string_view text) {
    constexpr std::string_view heading = "[[process]]";
    std::vector<std::string> parts(1);
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
        if (text.starts_with(heading)) parts.emplace_back();
        parts.back() += text.substr(0, end);
        text.remove_prefix(end);
    }
    return parts;
}

/// The part's process. People may write it otherwise than we do.
std::optional<std::string> name_in(const std::string& part) {
    try {
        const auto table = toml::parse(part);
        return table["process"][0]["name"].value<std::string>();
    } catch (const toml::parse_error&) {
        return std::nullopt;
    }
}

/// The value of `key` in a process's part, from where to where in it.
std::optional<std::pair<std::size_t, std::size_t>> find_value(const std::string& part,
                                                              std::string_view key) {
    const auto table = toml::parse(part);
    const auto node = table["process"][0][key];
    if (!node) return std::nullopt;
    const auto offset = [&](const toml::source_position& at) {
        std::size_t begin = 0;
        for (toml::source_index line = 1; line < at.line; ++line)
            begin = part.find('\n', begin) + 1;
        return begin + at.column - 1;
    };
    const auto& region = node.node()->source();
    const auto begin = offset(region.begin);
    const auto end = offset(region.end);
    if (begin >= end || end > part.size()) return std::nullopt;
    return std::pair{begin, end};
}

}  // namespace

std::string without_process(std::string_view text, std::string_view name) {
    std::string result;
    for (const auto& part : split_processes(text))
        if (name_in(part) != name) result += part;
    return result;
}

std::string with_processes_of(std::string_view text, const NetworkFile& network) {
    const auto before = parse_network_file(text, network_file_name);
    std::string result;
    for (auto& part : split_processes(text)) {
        const auto name = name_in(part);
        const auto* const old = name ? before.find(*name) : nullptr;
        const auto* const process = name ? network.find(*name) : nullptr;
        const auto replace = [&](std::string_view key, const std::string& value) {
            if (const auto at = find_value(part, key))
                part.replace(at->first, at->second - at->first, value);
        };
        if (old != nullptr && process != nullptr) {
            if (old->ports != process->ports) replace("ports", print_ports(process->ports));
            if (old->command != process->command)
                replace("command", print_command(process->command));
        }
        result += part;
    }
    return result;
}

}  // namespace meta138::op
