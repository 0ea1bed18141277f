// SPDX-License-Identifier: Apache-2.0
#include "banner.hpp"

#include "block_producer.hpp"
#include "dev/accounts.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>
#include <sys/sysinfo.h>

#include <algorithm>
#include <thread>

namespace meta138::node {
namespace {

std::string retention_text(const StorageOptions& options) {
    using Keep = StorageOptions::Keep;
    switch (options.keep) {
        case Keep::archive: return "archive: everything";
        case Keep::minimal: return "minimal: all blocks, recent states";
        case Keep::window:
            return options.keep_blocks
                       ? fmt::format("the last {} blocks", with_commas(*options.keep_blocks))
                       : fmt::format("the last {} days",
                                     std::chrono::duration_cast<std::chrono::days>(
                                         options.keep_age.value_or(std::chrono::seconds{}))
                                         .count());
    }
    return {};
}

std::string endpoint_text(const EndpointOptions& options, std::uint16_t port,
                          std::string_view scheme) {
    if (!options.enabled) return "off";
    return fmt::format("{}://{}:{}  {}{}", scheme, options.host, port, fmt::join(options.apis, ","),
                       options.authentication.enabled ? "  with authentication" : "");
}

std::string peers_text(const PeerOptions& options, const ListeningPorts& ports) {
    if (!options.enabled) return "off";
    return fmt::format(
        "TCP {}:{}, {}; at most {}", options.interface, ports.p2p,
        ports.discovery == 0 ? std::string{"no discovery"} : fmt::format("UDP {}", ports.discovery),
        options.max_peers);
}

std::string pool_text(const txpool::PoolConfig& pool) {
    return fmt::format(
        "{} transactions of {} KiB each at most, {} MiB, {} a sender, nonces {} ahead; min gas "
        "price "
        "{} wei, price bump {} %",
        with_commas(pool.max_transactions), pool.max_transaction_bytes >> 10, pool.max_bytes >> 20,
        pool.max_by_sender == 0 ? std::string{"any number"} : with_commas(pool.max_by_sender),
        pool.max_future_by_sender, to_string(pool.min_gas_price), pool.price_bump);
}

std::string at_most(std::uint64_t limit) {
    return limit == 0 ? std::string{"any number of"} : with_commas(limit);
}

std::string limits_text(const Options& options) {
    return fmt::format(
        "batches of {}, logs of {} blocks, traces of {} blocks, calls of {} gas, {} s a request",
        at_most(options.http.max_batch_size), at_most(options.limits.max_logs_range),
        at_most(options.limits.max_trace_filter_range), at_most(options.limits.gas_cap),
        options.http.timeout.count());
}

std::string permissions_text(const PermissionOptions& options) {
    const auto one = [](bool enabled, const std::filesystem::path& file) {
        return enabled ? "those of " + file.string() : std::string{"all"};
    };
    return fmt::format("nodes: {}; accounts: {}", one(options.nodes, options.nodes_file),
                       one(options.accounts, options.accounts_file));
}

std::string metrics_text(const MetricsOptions& options, std::uint16_t port) {
    if (options.push.enabled)
        return fmt::format("pushed to {}:{} every {} s", options.push.host, options.push.port,
                           options.push.interval.count());
    if (!options.enabled) return "off";
    return fmt::format("http://{}:{}/metrics", options.host, port);
}

std::string machine_text() {
    struct sysinfo info{};
    ::sysinfo(&info);
    return fmt::format("{} processors, {} MiB memory", std::thread::hardware_concurrency(),
                       (info.totalram * info.mem_unit) >> 20);
}

}  // namespace

std::vector<std::string> overview(const Options& options, const blockchain::ChainView& view,
                                  const txpool::PoolConfig& pool, const ListeningPorts& ports) {
    std::vector<std::string> lines;
    const auto add = [&](std::string_view name, const std::string& value) {
        lines.push_back(fmt::format("{:<18}{}", fmt::format("{}:", name), value));
    };
    const auto rules = view.next_rules(view.head().header.timestamp + 1);
    lines.push_back(client_version(options.identity));
    lines.emplace_back();
    if (!options.config_file.empty()) add("Config file", options.config_file);
    if (!options.profile.empty()) add("Profile", options.profile);
    add("Genesis", options.dev.enabled ? "development chain" : options.genesis_file.string());
    add("Chain id", std::to_string(rules.chain_id));
    add("Network id", std::to_string(options.network_id.value_or(rules.chain_id)));
    add("Genesis hash", to_hex(view.genesis_hash()));
    add("Head", fmt::format("#{} ({}), {}", with_commas(view.head().header.number),
                            to_hex(view.head().hash), row_of(rules.fork).name));
    add("Data", options.storage.in_memory ? "in memory" : options.data_path.string());
    add("Retention", retention_text(options.storage));
    add("Transaction pool", pool_text(pool));
    add("Peers", peers_text(options.peers, ports));
    add("Permissions", permissions_text(options.permissions));
    add("JSON-RPC HTTP",
        endpoint_text(options.http, ports.http, options.http.tls.enabled ? "https" : "http"));
    add("JSON-RPC WS", endpoint_text(options.websocket, ports.websocket,
                                     options.websocket.tls.enabled ? "wss" : "ws"));
    if (options.engine.enabled)
        add("Engine API", endpoint_text(options.engine, ports.engine, "http") +
                              (options.engine.asks_for_token ? "  with a token" : ""));
    if (options.ipc.enabled) add("JSON-RPC IPC", options.ipc.path.string());
    if (options.http.enabled || options.websocket.enabled)
        add("JSON-RPC limits", limits_text(options));
    add("Metrics", metrics_text(options.metrics, ports.metrics));
    add("Machine", machine_text());
    return lines;
}

std::string framed(const std::vector<std::string>& lines) {
    constexpr std::size_t least = 60;
    std::size_t width = least;
    for (const auto& line : lines) width = std::max(width, line.size());
    const std::string edge(width + 4, '#');
    std::string text = "\n" + edge;
    for (const auto& line : lines) text += fmt::format("\n# {:<{}} #", line, width);
    return text + "\n" + edge;
}

std::string dev_accounts_text(const DevOptions& options) {
    std::string text = fmt::format(
        "\nAccounts with known keys, {} ether each (mnemonic: {}).\n"
        "Everybody knows these keys: send nothing of value to them on any network.\n",
        to_string(options.balance / uint256{1'000'000'000'000'000'000}), dev_mnemonic);
    std::size_t number = 0;
    for (const auto& account : dev_accounts().first(options.accounts))
        text += fmt::format("({}) {}  {}\n", number++, to_hex(account.address),
                            to_hex(account.secret_key));
    return text;
}

}  // namespace meta138::node
