// SPDX-License-Identifier: Apache-2.0
#include "network_command.hpp"

#include "meta138/operator/network/init.hpp"
#include "meta138/operator/network/members.hpp"
#include "meta138/operator/network/operate.hpp"
#include "meta138/operator/network/supervise.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <string>

namespace meta138::app {
namespace {

void say(std::string_view line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
}

/// A subcommand with --dir.
CLI::App* add(CLI::App& network, const std::string& name, const std::string& what,
              std::string& folder) {
    auto* const command = network.add_subcommand(name, what);
    command->add_option("--dir", folder, "The network's folder")->capture_default_str();
    return command;
}

void add_init(CLI::App& network) {
    const auto options = std::make_shared<op::InitOptions>();
    const auto folder = std::make_shared<std::string>(options->folder.string());
    auto* const init = add(network, "init", "Make keys, genesis and configuration files", *folder);
    const CLI::Range count{0, 100};
    init->add_option("--validators", options->validators, "Nodes that make blocks")
        ->check(CLI::Range(1, 100))
        ->capture_default_str();
    init->add_option("--sentries", options->sentries,
                     "Nodes between them and the rest; 0: validators see each other")
        ->check(count)
        ->capture_default_str();
    init->add_option("--rpc", options->rpc, "Nodes that answer JSON-RPC")
        ->check(count)
        ->capture_default_str();
    init->add_option("--archive", options->archive, "Nodes that keep all history")
        ->check(count)
        ->capture_default_str();
    init->add_option("--oracles", options->oracles, "Price publishers, with a signer")
        ->check(count)
        ->capture_default_str();
    init->add_flag_callback(
        "--no-oracle", [options] { options->oracles = 0; }, "The same as --oracles 0");
    const auto period = std::make_shared<unsigned>(2000);
    init->add_option("--block-period", *period, "Milliseconds between blocks")
        ->check(CLI::Range(10, 3'600'000))
        ->capture_default_str();
    const auto timeout = std::make_shared<unsigned>(0);
    init->add_option("--round-timeout", *timeout,
                     "Seconds that a proposer has; 0: two block periods, at least 2 s")
        ->capture_default_str();
    init->add_option("--gas-limit", options->gas_limit, "Of a block")
        ->check(CLI::Range(std::uint64_t{5'000}, std::uint64_t{1} << 62))
        ->capture_default_str();
    init->add_option("--chain-id", options->chain_id, "Of the new chain")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 62))
        ->capture_default_str();
    init->add_option("--port-base", options->port_base,
                     "JSON-RPC port of rpc-1; all other ports are the next thousands'")
        ->check(CLI::Range(1024, 60'000))
        ->capture_default_str();
    init->add_option("--from-besu", options->from_besu,
                     "Genesis and validators' keys from a folder that Besu's (or our) `operator "
                     "generate-blockchain-config` has written")
        ->check(CLI::ExistingDirectory);
    init->footer(
        "Ports that are taken are replaced, and said. Every file may be edited before `up`.");
    init->callback([=] {
        options->folder = *folder;
        options->block_period = std::chrono::milliseconds{*period};
        options->round_timeout = std::chrono::seconds{*timeout};
        const auto report = op::init_network(*options);
        for (const auto& moved : report.moved)
            say(fmt::format("port {} is taken by {}: {} has {} in its place", moved.from,
                            moved.taken_by, moved.process, moved.to));
        say(fmt::format("{}: {} processes; `meta138 network up --dir {}` starts them", *folder,
                        report.network.processes.size(), *folder));
    });
}

void add_up_and_down(CLI::App& network) {
    const auto up_options = std::make_shared<op::UpOptions>();
    const auto folder = std::make_shared<std::string>("network");
    auto* const up = add(network, "up", "Start what does not run, and wait for blocks", *folder);
    const auto patience = std::make_shared<unsigned>(60);
    up->add_option("--timeout", *patience, "Seconds to wait for blocks")->capture_default_str();
    up->callback([=] {
        up_options->folder = *folder;
        up_options->patience = std::chrono::seconds{*patience};
        op::bring_up(*up_options, say);
    });

    auto* const down = add(network, "down", "End everything, in order", *folder);
    down->callback([folder] { op::bring_down(*folder, say); });

    auto* const destroy = add(network, "destroy", "End everything and remove the folder", *folder);
    const auto is_sure = std::make_shared<bool>(false);
    destroy->add_flag("--yes", *is_sure, "Do not ask");
    destroy->callback([=] {
        if (!*is_sure) {
            fmt::print("Remove {} with all keys and blocks in it? Type yes: ", *folder);
            std::fflush(stdout);
            std::string answer;
            std::getline(std::cin, answer);
            if (answer != "yes") throw op::NetworkError{"nothing was removed"};
        }
        op::destroy_network(*folder, say);
    });
}

void add_views(CLI::App& network) {
    const auto folder = std::make_shared<std::string>("network");
    auto* const status = add(network, "status", "What runs, and how it is", *folder);
    const auto is_json = std::make_shared<bool>(false);
    status->add_flag("--json", *is_json, "Print JSON");
    status->callback([=] {
        const auto report = op::status_of(*folder);
        fmt::print("{}", *is_json ? op::to_json(report) : op::to_text(report));
    });

    auto* const logs = add(network, "logs", "What a process has written", *folder);
    const auto name = std::make_shared<std::string>();
    const auto lines = std::make_shared<std::size_t>(100);
    const auto follow = std::make_shared<bool>(false);
    logs->add_option("NODE", *name, "A process of `status`, or supervisor")->required();
    logs->add_option("-n,--lines", *lines, "The last so many lines")->capture_default_str();
    logs->add_flag("-f,--follow", *follow, "Go on with what comes");
    logs->callback([=] { op::show_log(*folder, *name, *lines, *follow); });
}

void add_process_commands(CLI::App& network) {
    const auto folder = std::make_shared<std::string>("network");
    const auto name = std::make_shared<std::string>();
    using Step = void (*)(const std::filesystem::path&, const std::string&);
    const auto add_step = [&](const std::string& verb, const std::string& what, Step step,
                              std::string_view done) {
        auto* const command = add(network, verb, what, *folder);
        command->add_option("NODE", *name, "A process of `status`")->required();
        command->callback([=] {
            step(*folder, *name);
            say(fmt::format("{} {}", *name, done));
        });
    };
    add_step("restart", "End a process and start it again", op::restart_process, "runs anew");
    add_step("kill", "Kill a process; the supervisor starts it again", op::kill_process,
             "was killed; the supervisor starts it again");
    add_step("start", "Start a process that was stopped", op::start_process, "runs");
    add_step("stop", "End a process; it stays away until it is started", op::stop_process,
             "has ended; `start` starts it again");
}

void add_membership(CLI::App& network) {
    const auto folder = std::make_shared<std::string>("network");
    const auto tier = std::make_shared<std::string>();
    auto* const add_command =
        add(network, "add", "Add a node; validators vote for another one", *folder);
    add_command->add_option("TIER", *tier, "validator, sentry, rpc or archive")
        ->required()
        ->check(CLI::IsMember({"validator", "sentry", "rpc", "archive"}));
    add_command->callback([=] { op::add_node(*folder, op::parse_tier(*tier).value(), say); });

    const auto name = std::make_shared<std::string>();
    auto* const remove =
        add(network, "remove", "Take a node out; validators are voted out first", *folder);
    remove->add_option("NODE", *name, "A node of `status`")->required();
    remove->callback([=] { op::remove_node(*folder, *name, say); });
}

void add_supervise(CLI::App& network) {
    const auto folder = std::make_shared<std::string>("network");
    auto* const supervise =
        add(network, "supervise", "Watch over the processes: what `up` starts behind it", *folder);
    supervise->callback([folder] { op::supervise_network(*folder); });
}

}  // namespace

void add_network_command(CLI::App& program) {
    auto* const network = program.add_subcommand("network", "A network of nodes on this machine");
    network->require_subcommand(1);
    add_init(*network);
    add_up_and_down(*network);
    add_views(*network);
    add_process_commands(*network);
    add_membership(*network);
    add_supervise(*network);
    network->footer("Exit code: 0 done, 1 failed, 2 wrong options.");
}

}  // namespace meta138::app
