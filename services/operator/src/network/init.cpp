// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/network/init.hpp"

#include "network/genesis.hpp"
#include "network/node_files.hpp"
#include "network/ports.hpp"
#include "network/processes.hpp"
#include "network/service_files.hpp"

#include "meta138/operator/network/accounts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace meta138::op {
namespace {

namespace fs = std::filesystem;

constexpr unsigned max_of_a_tier = 100;
constexpr std::uint16_t ports_of_a_process = 10;

void check(const InitOptions& options) {
    std::error_code error;
    if (fs::exists(options.folder / network_file_name, error))
        throw NetworkError{fmt::format(
            "{} has a network already: `meta138 network up --dir {}` starts it, `destroy` ends it",
            options.folder.string(), options.folder.string())};
    if (fs::exists(options.folder, error) && !fs::is_empty(options.folder, error))
        throw NetworkError{
            fmt::format("{} is not empty: name another folder", options.folder.string())};
    if (options.validators == 0 && options.from_besu.empty())
        throw NetworkError{"a network needs a validator"};
    for (const auto count :
         {options.validators, options.sentries, options.rpc, options.archive, options.oracles})
        if (count > max_of_a_tier)
            throw NetworkError{fmt::format("more than {} of a kind of node", max_of_a_tier)};
    if (options.rpc + options.archive == 0 && options.oracles != 0)
        throw NetworkError{"oracles need an RPC or an archive node to talk to"};
}

/// Ports of a group of processes: ten for each, and room for ten more processes.
class PortPlan {
public:
    explicit PortPlan(std::uint32_t base) : next_{base} {}

    void begin_group(unsigned count) {
        group_ = next_;
        next_ += std::max(10U, count) * ports_of_a_process;
    }
    ProcessPorts next_node(Tier tier) {
        const auto at = take();
        const bool has_websocket = tier == Tier::rpc || tier == Tier::archive;
        return {.http = at,
                .websocket = has_websocket ? static_cast<std::uint16_t>(at + 1) : std::uint16_t{0},
                .p2p = static_cast<std::uint16_t>(at + 2),
                .metrics = static_cast<std::uint16_t>(at + 3)};
    }

    ProcessPorts next_service() {
        const auto at = take();
        return {
            .http = at, .websocket = 0, .p2p = 0, .metrics = static_cast<std::uint16_t>(at + 1)};
    }

private:
    std::uint16_t take() {
        const auto at = group_;
        group_ += ports_of_a_process;
        if (at + ports_of_a_process > 65'535)
            throw NetworkError{"there are not that many ports: name a lower --port-base"};
        return static_cast<std::uint16_t>(at);
    }

    std::uint32_t next_;
    std::uint32_t group_ = 0;
};

NetworkFile plan_network(const InitOptions& options) {
    NetworkFile network;
    network.chain_id = options.chain_id;
    network.block_period = options.block_period;
    PortPlan ports{options.port_base};
    const auto add = [&](Tier tier, unsigned count) {
        ports.begin_group(count);
        for (unsigned number = 1; number <= count; ++number) {
            auto node = make_node(tier, number);
            node.ports = ports.next_node(tier);
            network.processes.push_back(std::move(node));
        }
    };
    const auto add_services = [&] {
        ports.begin_group(2 + options.oracles);
        auto signer = make_signer();
        signer.ports = ports.next_service();
        network.processes.push_back(std::move(signer));
        network.processes.push_back(make_prices(ports.next_service().http));
        for (unsigned number = 1; number <= options.oracles; ++number) {
            auto oracle = make_oracle(number);
            oracle.ports.http = ports.next_service().http;
            network.processes.push_back(std::move(oracle));
        }
    };
    add(Tier::rpc, options.rpc);
    add(Tier::archive, options.archive);
    add(Tier::sentry, options.sentries);
    add(Tier::validator, options.validators);
    if (options.oracles != 0) add_services();
    // Those that others depend on first.
    std::ranges::sort(network.processes, {}, [](const auto& each) {
        return std::tuple{-static_cast<int>(stop_stage(each.tier)), each.ports.http};
    });
    return network;
}

std::set<std::uint16_t> ports_of(const NetworkFile& network) {
    std::set<std::uint16_t> ports;
    for (const auto& process : network.processes)
        for (const auto port : {process.ports.http, process.ports.websocket, process.ports.p2p,
                                process.ports.metrics})
            if (port != 0) ports.insert(port);
    return ports;
}

/// Others for ports that are taken.
std::vector<MovedPort> replace_taken_ports(NetworkFile& network) {
    auto ours = ports_of(network);
    std::vector<MovedPort> moved;
    std::uint32_t candidate = ours.empty() ? 1024 : *ours.rbegin();
    const auto next_free = [&] {
        while (++candidate <= 65'535) {
            const auto port = static_cast<std::uint16_t>(candidate);
            if (!ours.contains(port) && is_free_port(port)) return port;
        }
        throw NetworkError{"there are not enough free ports: name a lower --port-base"};
    };
    for (auto& process : network.processes)
        for (auto* const port : {&process.ports.http, &process.ports.websocket, &process.ports.p2p,
                                 &process.ports.metrics}) {
            if (*port == 0 || is_free_port(*port)) continue;
            const auto other = next_free();
            moved.push_back({.process = process.name,
                             .from = *port,
                             .to = other,
                             .taken_by = who_listens_on(*port)});
            *port = other;
            if (process.tier == Tier::prices) process.command = make_prices(other).command;
        }
    return moved;
}

/// Keys and a genesis file, as `operator generate-blockchain-config` leaves them in `to`.
void generate(const InitOptions& options, const std::vector<NetworkAccount>& accounts,
              const fs::path& to) {
    const auto config = to.parent_path() / "generate.json";
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    write_file(config,
               print_generator_config(options, accounts,
                                      static_cast<std::uint64_t>(
                                          std::chrono::floor<std::chrono::seconds>(now).count())));
    const auto result = run_command({find_program("meta138-node").string(), "operator",
                                     "generate-blockchain-config",
                                     "--config-file=" + config.string(), "--to=" + to.string()});
    fs::remove(config);
    if (result.exit != ProcessExit{ProcessExit::Kind::code, 0})
        throw NetworkError{fmt::format("meta138-node operator generate-blockchain-config {}: {}",
                                       to_string(result.exit), result.output)};
}

/// The files of private keys under keys/, one folder a validator: "key.priv" of Besu and ours, or
/// "key", which Besu's tutorials ask for.
std::vector<fs::path> key_files_of(const fs::path& generated) {
    std::vector<fs::path> files;
    std::error_code error;
    for (const auto& each : fs::directory_iterator{generated / "keys", error})
        for (const auto* name : {"key.priv", "key"})
            if (fs::is_regular_file(each.path() / name)) {
                files.push_back(each.path() / name);
                break;
            }
    if (files.empty())
        throw NetworkError{fmt::format(
            "{}: no private keys in its folder keys, as `operator generate-blockchain-config` "
            "leaves them there",
            generated.string())};
    std::ranges::sort(files);
    return files;
}

fs::path genesis_of(const fs::path& generated) {
    auto file = generated / "genesis.json";
    if (!fs::is_regular_file(file))
        throw NetworkError{fmt::format("{}: there is no genesis.json", generated.string())};
    return file;
}

void write_nodes(const fs::path& folder, const NetworkFile& network,
                 const std::vector<fs::path>& validator_keys) {
    std::size_t next_key = 0;
    for (const auto& node : network.nodes()) {
        const auto at = folder / node_folder(node.name);
        fs::create_directories(at);
        write_node_key(at / "key", node.tier == Tier::validator
                                       ? read_node_key(validator_keys.at(next_key++))
                                       : crypto::SecretKey::generate());
        write_file(at / "config.toml", print_node_config(node));
    }
    write_static_nodes(folder, network);
}

std::vector<std::string> account_names(unsigned oracles) {
    std::vector<std::string> names{"deployer", "load"};
    for (unsigned number = 1; number <= oracles; ++number)
        names.push_back(fmt::format("oracle-{}", number));
    return names;
}

InitReport write_network(InitOptions options, const fs::path& folder) {
    const auto accounts = make_accounts(folder, account_names(options.oracles));
    auto generated = options.from_besu;
    if (generated.empty()) {
        generated = folder / "generated";
        generate(options, accounts, generated);
    } else {
        const auto facts = read_genesis_facts(genesis_of(generated));
        options.chain_id = facts.chain_id;
        options.block_period = facts.block_period;
        options.validators = static_cast<unsigned>(key_files_of(generated).size());
    }
    InitReport report;
    report.network = plan_network(options);
    report.moved = replace_taken_ports(report.network);
    write_file(folder / "genesis.json", read_file(genesis_of(generated)));
    write_nodes(folder, report.network, key_files_of(generated));
    write_service_files(folder, report.network, accounts);
    if (options.from_besu.empty()) fs::remove_all(generated);
    // Last: what has this file is a network.
    write_file(folder / network_file_name, print_network_file(report.network));
    return report;
}

}  // namespace

InitReport init_network(const InitOptions& options) {
    check(options);
    auto partial = fs::absolute(options.folder).lexically_normal();
    if (!partial.has_filename()) partial = partial.parent_path();
    const auto folder = partial;
    partial += ".partial";
    fs::remove_all(partial);
    try {
        fs::create_directories(partial);
        auto report = write_network(options, partial);
        fs::rename(partial, folder);
        return report;
    } catch (const fs::filesystem_error& error) {
        fs::remove_all(partial);
        throw NetworkError{
            fmt::format("{}: cannot be made: {}", folder.string(), error.code().message())};
    } catch (...) {
        std::error_code ignored;
        fs::remove_all(partial, ignored);
        throw;
    }
}

std::vector<MovedPort> move_taken_ports(const fs::path& folder) {
    auto network = read_network_file(folder);
    auto moved = replace_taken_ports(network);
    if (moved.empty()) return moved;
    for (const auto& node : network.nodes()) {
        const auto file = folder / node_folder(node.name) / "config.toml";
        auto text = read_file(file);
        text = with_option(text, "p2p-port", std::to_string(node.ports.p2p));
        text = with_option(text, "rpc-http-port", std::to_string(node.ports.http));
        text = with_option(text, "metrics-port", std::to_string(node.ports.metrics));
        if (node.ports.websocket != 0)
            text = with_option(text, "rpc-ws-port", std::to_string(node.ports.websocket));
        write_file(file, text);
    }
    write_static_nodes(folder, network);
    std::map<std::uint16_t, std::uint16_t> others;
    for (const auto& each : moved) others[each.from] = each.to;
    update_service_ports(folder, network, others);
    const auto file = folder / network_file_name;
    write_file(file, with_processes_of(read_file(file), network));
    return moved;
}

}  // namespace meta138::op
