// SPDX-License-Identifier: Apache-2.0
#include "load_command.hpp"

#include "load_traffic_command.hpp"

#include "meta138/operator/load_rpc.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <memory>
#include <string>

namespace meta138::app {

namespace {

void add_load_rpc(CLI::App& load) {
    auto* const rpc =
        load.add_subcommand("rpc", "Requests per second and latency of each hot JSON-RPC method");
    const auto options = std::make_shared<op::LoadOptions>();
    rpc->add_option("--url", options->url, "The node")->capture_default_str();
    rpc->add_option("--against", options->against,
                    "Another node, measured in turns with the first");
    rpc->add_option("--method", options->methods, "Only these methods (default: all)")
        ->check(CLI::IsMember(op::load_methods()))
        ->type_name("METHOD");
    rpc->add_option("--connections", options->connections,
                    "Connections, each with one request at a time")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    rpc->add_option("--threads", options->threads, "Threads that send")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    const auto milliseconds = std::make_shared<unsigned>(3000);
    rpc->add_option("--time", *milliseconds, "Milliseconds for each method")
        ->check(CLI::Range(10, 3'600'000))
        ->capture_default_str();
    rpc->add_flag(
        "--traffic", options->with_traffic,
        "Meanwhile, transfers of a token from the funded accounts of a development chain");
    rpc->add_flag("--json", options->json, "Print JSON");
    rpc->footer(
        "eth_sendRawTransaction and --traffic need a development chain (meta138-node --dev, "
        "anvil):\n"
        "they deploy a token and transfer it. Exit code: 0 measured, 1 not, 2 wrong options.");
    rpc->callback([options, milliseconds] {
        options->time_per_method = std::chrono::milliseconds{*milliseconds};
        const auto reports = op::run_load(*options, std::cerr);
        fmt::print("{}", options->json ? op::to_json(reports) : op::to_text(reports));
    });
}

}  // namespace

void add_load_command(CLI::App& program) {
    auto* const load = program.add_subcommand("load", "Measure a running node or network");
    load->require_subcommand(1);
    add_load_rpc(*load);
    add_load_traffic_commands(*load);
}

}  // namespace meta138::app
