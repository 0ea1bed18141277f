// SPDX-License-Identifier: Apache-2.0
#include "network/service_files.hpp"

#include "network/node_files.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <string_view>
#include <utility>

namespace meta138::op {
namespace {

namespace fs = std::filesystem;

struct Feed {
    std::string_view base;
    std::string_view quote;
};
constexpr std::array<Feed, 3> feeds{{{"ETH", "USD"}, {"BTC", "USD"}, {"EUR", "USD"}}};
/// An exchange that simulate-prices imitates, and what stands between the two of a pair there.
struct Exchange {
    std::string_view name;
    std::string_view separator;
    bool is_stream = true;
};
constexpr std::array<Exchange, 4> exchanges{
    {{"coinbase", "-"}, {"kraken", "/"}, {"binance", ""}, {"plain", "-", false}}};

std::string url(std::uint16_t port) {
    return fmt::format("http://127.0.0.1:{}", port);
}

/// Whom services talk to: the RPC nodes, then the archive nodes.
std::vector<NetworkProcess> serving_nodes(const NetworkFile& network) {
    auto nodes = network.of(Tier::rpc);
    std::ranges::copy(network.of(Tier::archive), std::back_inserter(nodes));
    return nodes;
}

/// An oracle starts with another node than the next, and falls back on the others.
std::string endpoints(const NetworkFile& network, std::size_t first) {
    auto nodes = serving_nodes(network);
    std::ranges::rotate(nodes, nodes.begin() + static_cast<std::ptrdiff_t>(first % nodes.size()));
    std::vector<std::string> urls;
    for (const auto& node : nodes) urls.push_back(fmt::format("\"{}\"", url(node.ports.http)));
    return fmt::format("[{}]", fmt::join(urls, ", "));
}

std::string failover_urls(const NetworkFile& network) {
    std::vector<std::string> urls;
    for (const auto& node : serving_nodes(network)) urls.push_back(url(node.ports.http));
    urls.erase(urls.begin());
    return fmt::format("{}", fmt::join(urls, ","));
}

std::string print_deploy_plan(const std::vector<NetworkAccount>& publishers) {
    std::string text =
        "# What `meta138 network up` puts on the chain, if it is not there: the plan of `meta138 "
        "deploy`.\n\n"
        "# A token, and a pair of it with WETH9, to try things with.\n"
        "demonstration = true\n"
        "# Nobody waits for changes here, and the deployer may make them.\n"
        "timelock-delay = \"0s\"\n"
        "hand-over = false\n";
    if (publishers.empty()) return text + "oracle = false\n";
    std::vector<std::string> addresses;
    for (const auto& each : publishers)
        addresses.push_back(fmt::format("\"{}\"", to_hex(each.address.bytes)));
    for (const auto& feed : feeds)
        text += fmt::format(
            "\n[[feed]]\nbase = \"{}\"\nquote = \"{}\"\nheartbeat = \"60s\"\n"
            "deviation = \"0.1%\"\ntransmitters = [{}]\n",
            feed.base, feed.quote, fmt::join(addresses, ", "));
    return text;
}

std::string print_signer_config(const NetworkFile& network, const NetworkProcess& signer) {
    return fmt::format(
        "# The keys of this network, for meta138-signer eth1 --config-file: Web3Signer's options.\n"
        "# Paths are relative to the network's folder.\n"
        "data-path: signer/data\n"
        "http-listen-host: 127.0.0.1\n"
        "http-listen-port: {}\n"
        "metrics-enabled: true\n"
        "metrics-port: {}\n"
        "policy-file: signer/policy.toml\n"
        "eth1.keystores-path: signer/keys\n"
        "eth1.keystores-passwords-path: signer/passwords\n"
        "eth1.chain-id: {}\n"
        "eth1.downstream-http-port: {}\n"
        "eth1.downstream-failover-urls: \"{}\"\n",
        signer.ports.http, signer.ports.metrics, network.chain_id,
        serving_nodes(network).front().ports.http, failover_urls(network));
}

std::string print_policy(const NetworkFile& network, const std::vector<NetworkAccount>& publishers,
                         const std::vector<NetworkAccount>& others) {
    const auto list = [](const std::vector<NetworkAccount>& accounts) {
        std::vector<std::string> addresses;
        for (const auto& each : accounts)
            addresses.push_back(fmt::format("\"{}\"", to_hex(each.address.bytes)));
        return fmt::format("[{}]", fmt::join(addresses, ", "));
    };
    return fmt::format(
        "# Who may use which key for what. A key that is not here may do nothing.\n\n"
        "# The publishers: transactions without value on this chain, and not too many.\n"
        "[[key]]\n"
        "addresses = {}\n"
        "chains = [{}]\n"
        "max_value = \"0\"\n"
        "max_gas_limit = 2_000_000\n"
        "rate = {{ per_second = 20, burst = 50 }}\n\n"
        "# The deployer, and the account that `meta138 load` pays from.\n"
        "[[key]]\n"
        "addresses = {}\n"
        "chains = [{}]\n"
        "contract_creation = true\n"
        "messages = true\n"
        "typed_data = true\n",
        list(publishers), network.chain_id, list(others), network.chain_id);
}

/// Chosen by who reads the configuration: 0 before the contracts are there.
constexpr std::string_view no_registry = "0x0000000000000000000000000000000000000000";

std::string print_oracle_config(const NetworkFile& network, const NetworkProcess& oracle,
                                const NetworkAccount& account, std::size_t rank) {
    const auto period = network.block_period.count();
    auto text = fmt::format(
        R"(# {0}: one of the publishers, for meta138-oracle run --config. Paths are relative to this file.
name = "{0}"

[chain]
id = {1}
endpoints = {2}
# Written by `meta138 network up`, which knows it from manifest.json.
registry = "{3}"
block_period = "{4}ms"
poll_interval = "{5}ms"

[signer]
url = "{6}"
account = "{7}"

[publisher]
rank = {8}
publishers = {9}
turn = "{10}ms"
data_dir = "data"

[http]
port = {11}

# The prices of a local network are made up: simulate-prices serves them as several exchanges would.
)",
        oracle.name, network.chain_id, endpoints(network, rank), no_registry, period,
        std::max<std::int64_t>(100, period / 2), url(network.find("signer")->ports.http),
        to_hex(account.address.bytes), rank, network.of(Tier::oracle).size(), 3 * period,
        oracle.ports.http);
    const auto prices = network.of(Tier::prices).front().ports.http;
    for (const auto& exchange : exchanges)
        text += exchange.is_stream
                    ? fmt::format(
                          "[[source]]\nname = \"{0}\"\nkind = \"websocket\"\npreset = \"{0}\"\n"
                          "url = \"ws://127.0.0.1:{1}/{0}\"\nmax_age = \"30s\"\n\n",
                          exchange.name, prices)
                    : fmt::format(
                          "[[source]]\nname = \"{0}\"\nkind = \"http\"\n"
                          "url = \"http://127.0.0.1:{1}/{0}/{{symbol}}\"\nprice = \"price\"\n"
                          "time = \"time\"\npoll_interval = \"1s\"\nmax_age = \"30s\"\n\n",
                          exchange.name, prices);
    for (const auto& feed : feeds) {
        text += fmt::format(
            "[[feed]]\nname = \"{0}/{1}\"\nbase = \"{0}\"\nquote = \"{1}\"\n"
            "heartbeat = \"60s\"\ndeviation = \"0.1%\"\nmin_sources = 2\n",
            feed.base, feed.quote);
        for (const auto& exchange : exchanges)
            text += fmt::format("[[feed.source]]\nsource = \"{}\"\nsymbol = \"{}{}{}\"\n",
                                exchange.name, feed.base, exchange.separator, feed.quote);
        text += '\n';
    }
    return text;
}

std::string with_moved_urls(std::string_view text,
                            const std::map<std::uint16_t, std::uint16_t>& moved) {
    constexpr std::string_view host = "127.0.0.1:";
    std::string result;
    for (auto at = text.find(host); at != text.npos; at = text.find(host)) {
        at += host.size();
        result += text.substr(0, at);
        text.remove_prefix(at);
        std::uint16_t port = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
        const auto found = error == std::errc{} ? moved.find(port) : moved.end();
        if (found == moved.end()) continue;
        result += std::to_string(found->second);
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    }
    return result += text;
}

/// A value of a flat YAML file, as the signer's is; the rest stays.
std::string with_yaml_value(std::string_view text, std::string_view key, std::string_view value) {
    std::string result;
    bool is_set = false;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
        const auto line = text.substr(0, end);
        const bool has_key = line.starts_with(key) && line.substr(key.size()).starts_with(':');
        result += has_key ? fmt::format("{}: {}\n", key, value) : std::string{line};
        is_set = is_set || has_key;
        text.remove_prefix(end);
    }
    if (!result.empty() && !result.ends_with('\n')) result += '\n';
    return is_set ? result : result + fmt::format("{}: {}\n", key, value);
}

/// What a line says about `key`; empty: there is none. Quotes are not part of it.
std::string yaml_value(std::string_view text, std::string_view key) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
        auto line = text.substr(0, end);
        text.remove_prefix(end);
        if (!line.starts_with(key) || !line.substr(key.size()).starts_with(':')) continue;
        line.remove_prefix(key.size() + 1);
        line = line.substr(0, line.find(" #"));
        constexpr std::string_view around = " \"'\r\n";
        const auto first = line.find_first_not_of(around);
        if (first == line.npos) return {};
        return std::string{line.substr(first, line.find_last_not_of(around) - first + 1)};
    }
    return {};
}

constexpr std::string_view downstream_port = "eth1.downstream-http-port";
constexpr std::string_view failover_list = "eth1.downstream-failover-urls";

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const auto end = std::min(text.find(','), text.size());
        if (end > 0) parts.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

std::string with_failover(std::string_view text, const std::vector<std::string>& urls) {
    return with_yaml_value(text, failover_list, fmt::format("\"{}\"", fmt::join(urls, ",")));
}

/// In each list of endpoints: the first one that `change` makes of it.
template <class Change>
std::string with_endpoints(std::string_view text, Change change) {
    std::string result;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
        std::string line{text.substr(0, end)};
        if (line.starts_with("endpoints") && line.contains('[') && line.contains(']')) change(line);
        result += line;
        text.remove_prefix(end);
    }
    return result;
}

}  // namespace

std::string signer_config_without(std::string_view text, std::uint16_t port) {
    auto others = split_list(yaml_value(text, failover_list));
    std::erase(others, url(port));
    auto result = std::string{text};
    if (yaml_value(text, downstream_port) == std::to_string(port) && !others.empty()) {
        const auto next = others.front().substr(others.front().rfind(':') + 1);
        others.erase(others.begin());
        result = with_yaml_value(result, downstream_port, next);
    }
    return with_failover(result, others);
}

std::string signer_config_with(std::string_view text, std::uint16_t port) {
    auto others = split_list(yaml_value(text, failover_list));
    const bool is_there = std::ranges::find(others, url(port)) != others.end() ||
                          yaml_value(text, downstream_port) == std::to_string(port);
    if (is_there) return std::string{text};
    others.push_back(url(port));
    return with_failover(text, others);
}

std::string oracle_config_without(std::string_view text, std::uint16_t port) {
    const auto name = fmt::format("\"{}\"", url(port));
    return with_endpoints(text, [&](std::string& line) {
        for (const auto& part : {name + ", ", ", " + name, name + ",", "," + name})
            if (const auto at = line.find(part); at != line.npos) {
                line.erase(at, part.size());
                return;
            }
    });
}

std::string oracle_config_with(std::string_view text, std::uint16_t port) {
    const auto name = fmt::format("\"{}\"", url(port));
    bool is_done = false;  // the chain's list is the first
    return with_endpoints(text, [&](std::string& line) {
        if (std::exchange(is_done, true) || line.contains(name)) return;
        line.insert(line.rfind(']'), ", " + name);
    });
}

bool update_endpoints(const fs::path& network_folder, const NetworkFile& network,
                      const NetworkProcess& node, bool is_there) {
    if (network.find("signer") == nullptr) return false;
    bool has_changed = false;
    const auto update = [&](const fs::path& file, auto with, auto without) {
        const auto text = read_file(file);
        const auto changed =
            is_there ? with(text, node.ports.http) : without(text, node.ports.http);
        if (changed == text) return;
        write_file(file, changed);
        has_changed = true;
    };
    update(network_folder / "signer" / "config.yaml", signer_config_with, signer_config_without);
    for (const auto& oracle : network.of(Tier::oracle))
        update(network_folder / oracle.name / "config.toml", oracle_config_with,
               oracle_config_without);
    return has_changed;
}

NetworkProcess make_signer() {
    return {.name = "signer",
            .tier = Tier::signer,
            .command = {"meta138-signer", "--config-file=signer/config.yaml", "eth1"},
            .log = "signer/log",
            .ports = {}};
}

NetworkProcess make_prices(std::uint16_t port) {
    return {.name = "prices",
            .tier = Tier::prices,
            .command = {"meta138-oracle", "simulate-prices", fmt::format("--port={}", port)},
            .log = "prices/log",
            .ports = {.http = port}};
}

NetworkProcess make_oracle(unsigned number) {
    const auto name = fmt::format("oracle-{}", number);
    return {.name = name,
            .tier = Tier::oracle,
            .command = {"meta138-oracle", "run", fmt::format("--config={}/config.toml", name)},
            .log = name + "/log",
            .ports = {}};
}

void write_service_files(const fs::path& network_folder, const NetworkFile& network,
                         const std::vector<NetworkAccount>& accounts) {
    const auto oracles = network.of(Tier::oracle);
    std::vector<NetworkAccount> publishers;
    std::vector<NetworkAccount> others;
    for (const auto& account : accounts)
        (account.name.starts_with("oracle-") ? publishers : others).push_back(account);
    write_file(network_folder / "deploy.toml", print_deploy_plan(publishers));
    if (oracles.empty()) return;

    write_file(network_folder / "signer" / "config.yaml",
               print_signer_config(network, *network.find("signer")));
    write_file(network_folder / "signer" / "policy.toml",
               print_policy(network, publishers, others));
    fs::create_directories(network_folder / "prices");
    for (std::size_t rank = 0; rank < oracles.size(); ++rank) {
        const auto folder = network_folder / oracles[rank].name;
        fs::create_directories(folder);
        write_file(folder / "config.toml",
                   print_oracle_config(network, oracles[rank], publishers.at(rank), rank));
    }
}

void update_service_ports(const fs::path& network_folder, const NetworkFile& network,
                          const std::map<std::uint16_t, std::uint16_t>& moved) {
    const auto* const signer = network.find("signer");
    if (signer == nullptr) return;
    const auto config = network_folder / "signer" / "config.yaml";
    auto signers = with_moved_urls(read_file(config), moved);
    const auto set = [&](std::string_view key, std::uint16_t port) {
        signers = with_yaml_value(signers, key, std::to_string(port));
    };
    set("http-listen-port", signer->ports.http);
    set("metrics-port", signer->ports.metrics);
    for (const auto& [from, to] : moved)
        if (yaml_value(signers, downstream_port) == std::to_string(from)) {
            set(downstream_port, to);
            break;
        }
    write_file(config, signers);
    for (const auto& oracle : network.of(Tier::oracle)) {
        const auto file = network_folder / oracle.name / "config.toml";
        const auto text = with_moved_urls(read_file(file), moved);
        write_file(file, with_option(text, "port", std::to_string(oracle.ports.http)));
    }
}

bool tell_registry(const fs::path& network_folder, const NetworkFile& network,
                   const Address& registry) {
    bool is_news = false;
    const auto value = fmt::format("\"{}\"", to_hex(registry.bytes));
    for (const auto& oracle : network.of(Tier::oracle)) {
        const auto file = network_folder / oracle.name / "config.toml";
        const auto text = read_file(file);
        const auto changed = with_option(text, "registry", value);
        if (changed == text) continue;
        write_file(file, changed);
        is_news = true;
    }
    return is_news;
}

}  // namespace meta138::op
