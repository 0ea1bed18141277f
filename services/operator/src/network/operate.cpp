// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/network/operate.hpp"

#include "network/deploy_and_serve.hpp"
#include "network/eventually.hpp"
#include "network/node_rpc.hpp"
#include "network/ports.hpp"
#include "network/processes.hpp"
#include "network/run_folder.hpp"

#include "meta138/operator/network/init.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

namespace meta138::op {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds patience_with_supervisor{10};

Control require_control(const fs::path& folder) {
    if (auto control = Control::connect(folder)) return *std::move(control);
    throw NetworkError{
        fmt::format("nothing runs here; `meta138 network up --dir {}` starts it", folder.string())};
}

/// The supervisor of this folder; started if there is none.
Control ensure_supervisor(const fs::path& folder) {
    if (auto control = Control::connect(folder)) return *std::move(control);
    const auto log = run_folder(folder) / "supervisor.log";
    start_detached({.words = {fs::read_symlink("/proc/self/exe").string(), "network", "supervise",
                              "--dir", fs::absolute(folder).string()},
                    .folder = fs::absolute(folder),
                    .log = fs::absolute(log),
                    .keeps_environment = true});
    std::optional<Control> control;
    if (!eventually(patience_with_supervisor, [&] {
            control = Control::connect(folder);
            return control.has_value();
        }))
        throw NetworkError{fmt::format("the supervisor did not start; {} says why:\n{}",
                                       log.string(), last_lines(log, 5))};
    return *std::move(control);
}

/// It has never run: nobody has a database yet.
bool is_new(const fs::path& folder, const NetworkFile& network) {
    return std::ranges::none_of(network.nodes(), [&](const auto& node) {
        return fs::exists(folder / "nodes" / node.name / "data");
    });
}

void report_moved(const std::vector<MovedPort>& moved, const Say& say) {
    for (const auto& each : moved)
        say(fmt::format("port {} is taken by {}: {} has {} in its place", each.from, each.taken_by,
                        each.process, each.to));
}

/// A port that a process is to have and somebody else has is the reason for whatever follows.
void require_free_ports(const NetworkFile& network, const std::vector<SupervisedProcess>& running) {
    std::string taken;
    for (const auto& process : network.processes) {
        const auto found = std::ranges::find(running, process.name, &SupervisedProcess::name);
        if (found != running.end() && found->state != ProcessState::stopped) continue;
        for (const auto port : {process.ports.http, process.ports.websocket, process.ports.p2p,
                                process.ports.metrics})
            if (port != 0 && !is_free_port(port))
                taken += fmt::format("  {} of {}: {}\n", port, process.name, who_listens_on(port));
    }
    if (!taken.empty())
        throw NetworkError{fmt::format(
            "these ports are taken:\n{}end what has them, or change the port in network.toml and "
            "in the process's configuration",
            taken)};
}

std::vector<std::uint16_t> http_ports(const std::vector<NetworkProcess>& nodes) {
    std::vector<std::uint16_t> ports;
    ports.reserve(nodes.size());
    for (const auto& node : nodes) ports.push_back(node.ports.http);
    return ports;
}

/// Blocks are made, and everybody has them.
bool is_alive(const NetworkFile& network) {
    const auto views = look_at_nodes(http_ports(network.nodes()));
    std::int64_t lowest = std::numeric_limits<std::int64_t>::max();
    std::int64_t highest = 0;
    std::int64_t newest = 0;
    for (const auto& view : views) {
        lowest = std::min(lowest, view.height);
        highest = std::max(highest, view.height);
        newest = std::max(newest, view.timestamp);
    }
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto age = std::chrono::floor<seconds>(now) - seconds{newest};
    const auto fresh = 3 * network.block_period + seconds{2};
    return lowest >= 1 && highest - lowest <= 2 && age <= fresh;
}

std::string why_not_alive(const fs::path& folder, const NetworkFile& network) {
    return to_text(status_of(folder)) + fmt::format("`meta138 network logs {} --dir {}` shows more",
                                                    network.processes.front().name,
                                                    folder.string());
}

/// The signer opens its keys and the prices begin while the nodes find each other.
void start_what_waits_for_nobody(const NetworkFile& network, Control& control) {
    for (const auto tier : {Tier::signer, Tier::prices})
        for (const auto& process : network.of(tier))
            if (try_find_program(process.command.front())) control.start({process.name});
}

SupervisedProcess find_process(Control& control, const std::string& name) {
    const auto processes = control.status();
    const auto found = std::ranges::find(processes, name, &SupervisedProcess::name);
    if (found == processes.end())
        throw NetworkError{fmt::format("there is no {} in this network", name)};
    return *found;
}

}  // namespace

void bring_up(const UpOptions& options, const Say& say) {
    const auto& folder = options.folder;
    auto network = read_network_file(folder);
    const auto start = Clock::now();
    const auto alone = lock_run_folder(folder, "up.lock");
    if (!alone)
        throw NetworkError{
            fmt::format("another `up` is at work on {}; wait for its end", folder.string())};
    if (!is_supervised(folder) && is_new(folder, network)) {
        report_moved(move_taken_ports(folder), say);
        network = read_network_file(folder);
    }
    auto control = ensure_supervisor(folder);
    control.reload();
    const auto running = control.status();
    require_free_ports(network, running);
    std::vector<std::string> nodes;
    nodes.reserve(network.processes.size());
    for (const auto& node : network.nodes()) nodes.push_back(node.name);
    const auto count = std::ranges::count_if(running, [&](const auto& each) {
        return each.state == ProcessState::stopped && std::ranges::count(nodes, each.name) != 0;
    });
    if (count > 0) say(fmt::format("starting {} nodes", count));
    control.start(nodes);
    start_what_waits_for_nobody(network, control);
    if (!eventually(options.patience, [&] { return is_alive(network); }))
        throw NetworkError{fmt::format("after {} s blocks are not made, or not everywhere:\n{}",
                                       std::chrono::floor<seconds>(options.patience).count(),
                                       why_not_alive(folder, network))};
    if (count > 0)
        say(fmt::format("blocks are made, after {:.1f} s",
                        std::chrono::duration<double>(Clock::now() - start).count()));
    deploy_and_serve(folder, network, control, say);
}

void bring_down(const fs::path& folder, const Say& say) {
    const auto network = read_network_file(folder);
    const auto is_any_running = [&] {
        return std::ranges::any_of(network.processes, [&](const auto& each) {
            return find_running(folder, each.name).has_value();
        });
    };
    if (!is_supervised(folder) && !is_any_running()) {
        say("nothing runs");
        return;
    }
    auto control = ensure_supervisor(folder);
    control.shut_down();
    // Each stage may take its grace; a supervisor that hangs is a fault to be told.
    constexpr seconds at_most{90};
    if (!eventually(at_most, [&] { return !is_supervised(folder); }))
        throw NetworkError{
            fmt::format("process {}, the supervisor, does not end", control.supervisor_pid())};
    say("all has ended");
}

void restart_process(const fs::path& folder, const std::string& name) {
    auto control = require_control(folder);
    const auto before = find_process(control, name);
    control.restart(name);
    if (!eventually(seconds{30}, [&] {
            const auto now = find_process(control, name);
            return now.state == ProcessState::running && now.pid != before.pid;
        }))
        throw NetworkError{fmt::format("{} does not start again", name)};
}

void kill_process(const fs::path& folder, const std::string& name) {
    auto control = require_control(folder);
    const auto before = find_process(control, name);
    if (before.pid == 0) throw NetworkError{fmt::format("{} does not run", name)};
    control.kill(name);
    if (!eventually(seconds{5}, [&] { return find_process(control, name).pid != before.pid; }))
        throw NetworkError{fmt::format("process {}, {}, does not end", before.pid, name)};
}

void start_process(const fs::path& folder, const std::string& name) {
    auto control = require_control(folder);
    control.start({name});
    if (!eventually(seconds{30},
                    [&] { return find_process(control, name).state == ProcessState::running; }))
        throw NetworkError{fmt::format("{} does not start", name)};
}

void stop_process(const fs::path& folder, const std::string& name) {
    auto control = require_control(folder);
    control.stop({name});
    if (!eventually(seconds{30},
                    [&] { return find_process(control, name).state == ProcessState::stopped; }))
        throw NetworkError{fmt::format("{} does not end", name)};
}

void destroy_network(const fs::path& folder, const Say& say) {
    bring_down(folder, say);
    fs::remove_all(folder);
}

}  // namespace meta138::op
