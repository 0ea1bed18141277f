// SPDX-License-Identifier: Apache-2.0
#include "watch_command.hpp"

#include "meta138/operator/watch/screen.hpp"
#include "meta138/operator/watch/top.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>

namespace meta138::app {
namespace {

struct Watched {
    std::string folder = "network";
    std::vector<std::string> urls;
    std::string manifest;

    [[nodiscard]] op::ObserverOptions observer() const {
        return {.folder = folder, .urls = urls, .manifest = manifest};
    }
};

/// What both commands look at.
std::shared_ptr<Watched> add_watched(CLI::App& command) {
    const auto watched = std::make_shared<Watched>();
    command.add_option("--dir", watched->folder, "A local network's folder")->capture_default_str();
    command.add_option("--url", watched->urls,
                       "In place of a folder: JSON-RPC of a node; may be repeated");
    command.add_option("--manifest", watched->manifest,
                       "Where the feeds are: a file of `meta138 deploy` (default: manifest.json of "
                       "the folder)");
    return watched;
}

void add_top(CLI::App& program) {
    auto* const top = program.add_subcommand(
        "top", "Watch a network: blocks, nodes, feeds. Once when it is not on a terminal");
    const auto watched = add_watched(*top);
    const auto milliseconds = std::make_shared<unsigned>(1000);
    top->add_option("--interval", *milliseconds, "Milliseconds between looks")
        ->check(CLI::Range(100, 3'600'000))
        ->capture_default_str();
    top->footer(
        "Keys: 1 overview, 2 nodes, 3 blocks, 4 feeds; tab the next; arrows scroll; q quits.");
    top->callback([watched, milliseconds] {
        op::run_top(watched->observer(), std::chrono::milliseconds{*milliseconds});
    });
}

void add_status(CLI::App& program) {
    auto* const status = program.add_subcommand("status", "How a network does, once");
    const auto watched = add_watched(*status);
    const auto json = std::make_shared<bool>(false);
    status->add_flag("--json", *json, "Print JSON");
    status->footer("Exit code: 0 a node answers, 1 none does, 2 wrong options.");
    status->callback([watched, json] {
        op::Observer observer{watched->observer()};
        const auto snapshot = observer.look();
        fmt::print("{}",
                   *json ? op::to_json(snapshot) : op::draw(snapshot, {.columns = 160, .rows = 0}));
        if (!snapshot.height()) throw CLI::RuntimeError{1};
    });
}

}  // namespace

void add_watch_commands(CLI::App& program) {
    add_top(program);
    add_status(program);
}

}  // namespace meta138::app
