// SPDX-License-Identifier: Apache-2.0
#include "load_traffic_command.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/operator/deploy_key.hpp"
#include "meta138/operator/load_traffic.hpp"
#include "meta138/operator/manifest.hpp"
#include "meta138/operator/network/accounts.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace meta138::app {
namespace {

/// What the command line says, as text.
struct TrafficArguments {
    std::vector<std::string> urls = {};
    double rate = 0;
    double seconds = 30;
    std::string key_file = {};
    std::string network = {};
    std::string manifest = {};
    std::vector<std::string> feeds = {};
    op::TrafficOptions options = {};
};

constexpr std::string_view footer =
    "Each transaction is due at an even interval (--rate), or as soon as fewer than --in-flight "
    "are "
    "under way;\nlatency counts from then to the block that has it. Transactions are signed before "
    "the measurement, by accounts\nthat --key-file, --network or else the public key of "
    "development "
    "chains pays for. A refused transaction is\ncounted by its reason, and sent again. "
    "Progress goes to standard error.\n"
    "Exit code: 0 measured, 1 not, 2 wrong options.";

op::TrafficOptions options_of(const TrafficArguments& arguments) {
    op::TrafficOptions options;
    const auto& given = arguments.options;
    options.scenario = given.scenario;
    if (!arguments.urls.empty()) options.urls = arguments.urls;
    options.rate = arguments.rate;
    options.duration =
        std::chrono::milliseconds{static_cast<std::int64_t>(arguments.seconds * 1000)};
    options.accounts = given.accounts;
    options.seed = given.seed;
    options.batch = given.batch;
    options.connections = given.connections;
    options.in_flight = given.in_flight;
    options.json = given.json;
    if (!arguments.key_file.empty()) {
        auto key = op::read_key_file(arguments.key_file);
        if (!key) throw op::LoadError{key.error()};
        options.funder = *std::move(key);
    } else if (!arguments.network.empty()) {
        options.funder = op::read_account_key(arguments.network, "load");
    }
    for (const auto& text : arguments.feeds) {
        const auto address = decode_fixed_hex<Address>(text);
        if (!address) throw op::LoadError{"--feed " + text + " is no address"};
        options.feeds.push_back(*address);
    }
    auto manifest = arguments.manifest;
    if (const auto own = std::filesystem::path{arguments.network} / "manifest.json";
        manifest.empty() && !arguments.network.empty() && std::filesystem::exists(own))
        manifest = own;
    if (!manifest.empty()) {
        const auto deployed = op::read_manifest(manifest);
        if (!deployed) throw op::LoadError{deployed.error().reason};
        for (const auto& feed : deployed->feeds) options.feeds.push_back(feed.address);
    }
    return options;
}

void add_traffic(CLI::App& load, op::Scenario scenario, const std::string& what) {
    auto* const command = load.add_subcommand(std::string{op::to_string(scenario)}, what);
    const auto arguments = std::make_shared<TrafficArguments>();
    arguments->options.scenario = scenario;
    command->add_option("--url", arguments->urls,
                        "JSON-RPC of a node; several share the accounts between them (default: "
                        "http://127.0.0.1:8545)");
    command->add_option("--rate", arguments->rate, "A second; 0: as many as the chain takes")
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str();
    command->add_option("--duration", arguments->seconds, "Seconds of sending")
        ->check(CLI::Range(0.1, 1e6))
        ->capture_default_str();
    command->add_option("--accounts", arguments->options.accounts, "Senders")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    command
        ->add_option("--key-file", arguments->key_file,
                     "Who pays for the accounts: 64 hexadecimal digits")
        ->check(CLI::ExistingFile);
    command
        ->add_option("--network", arguments->network,
                     "Folder of `meta138 network`: its load account pays, its feeds are read")
        ->check(CLI::ExistingDirectory);
    command->add_option("--feed", arguments->feeds, "Address of a feed to read")
        ->type_name("ADDRESS");
    command->add_option("--manifest", arguments->manifest, "Read the feeds of this manifest")
        ->check(CLI::ExistingFile);
    command->add_option("--batch", arguments->options.batch, "Transactions in one request")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    command
        ->add_option("--connections", arguments->options.connections,
                     "Requests under way at one URL")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    command
        ->add_option("--in-flight", arguments->options.in_flight,
                     "Without a rate: transactions sent and not yet in a block")
        ->check(CLI::Range(1, 10'000'000))
        ->capture_default_str();
    command->add_option("--seed", arguments->options.seed, "The accounts' keys follow from it")
        ->capture_default_str();
    command->add_flag("--json", arguments->options.json, "Print JSON");
    command->footer(std::string{footer});
    command->callback([arguments] {
        const auto report = op::run_traffic(options_of(*arguments), std::cerr);
        fmt::print("{}", arguments->options.json ? op::to_json(report) : op::to_text(report));
    });
}

}  // namespace

void add_load_traffic_commands(CLI::App& load) {
    add_traffic(load, op::Scenario::transfers, "Transfers of value between accounts");
    add_traffic(load, op::Scenario::erc20, "Transfers of a token that is deployed first");
    add_traffic(load, op::Scenario::swaps, "Swaps in one pair of two such tokens");
    add_traffic(load, op::Scenario::oracle_reads, "Reads of feeds: latestRoundData()");
    add_traffic(load, op::Scenario::mixed, "Transfers, tokens, swaps and reads as 10 : 5 : 3 : 2");
}

}  // namespace meta138::app
