// SPDX-License-Identifier: Apache-2.0
#include "network/node_rpc.hpp"

#include "meta138/operator/network/operate.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace meta138::op {
namespace {

using std::chrono::milliseconds;

std::string duration_text(milliseconds time) {
    const auto seconds = time.count() / 1000;
    if (seconds < 60) return fmt::format("{}s", seconds);
    if (seconds < 3600) return fmt::format("{}m{:02}s", seconds / 60, seconds % 60);
    return fmt::format("{}h{:02}m", seconds / 3600, seconds / 60 % 60);
}

std::string number_or_dash(std::int64_t number) {
    return number < 0 ? "-" : std::to_string(number);
}

nlohmann::ordered_json or_null(std::int64_t number) {
    if (number < 0) return nullptr;
    return number;
}

std::string remark(const ProcessReport& report) {
    const auto& supervised = report.supervised;
    if (supervised.is_flapping) return "flapping: " + supervised.last_exit;
    if (supervised.state != ProcessState::running) return supervised.last_exit;
    if (!report.problem.empty()) return report.problem;
    return supervised.restarts == 0 ? "" : supervised.last_exit;
}

}  // namespace

NetworkStatus status_of(const std::filesystem::path& folder) {
    NetworkStatus status;
    status.network = read_network_file(folder);
    std::vector<SupervisedProcess> supervised;
    if (auto control = Control::connect(folder)) {
        status.is_supervised = true;
        supervised = control->status();
    }
    std::vector<std::uint16_t> ports;
    std::vector<std::size_t> asked;
    for (const auto& process : status.network.processes) {
        ProcessReport report{.process = process, .supervised = {}, .head_hash = {}, .problem = {}};
        report.supervised.name = process.name;
        const auto found = std::ranges::find(supervised, process.name, &SupervisedProcess::name);
        if (found != supervised.end()) report.supervised = *found;
        if (is_node(process.tier) && report.supervised.pid != 0) {
            ports.push_back(process.ports.http);
            asked.push_back(status.processes.size());
        }
        status.processes.push_back(std::move(report));
    }
    const auto views = look_at_nodes(ports);
    for (std::size_t at = 0; at < views.size(); ++at) {
        auto& report = status.processes[asked[at]];
        report.height = views[at].height;
        report.peers = views[at].peers;
        report.head_hash = views[at].hash;
        report.problem = views[at].error;
    }
    return status;
}

std::string to_text(const NetworkStatus& status) {
    std::string text = fmt::format("{:<14}{:<10}{:>8}{:>9}{:>9}{:>9}{:>9}{:>7}  {}\n", "process",
                                   "state", "pid", "for", "restarts", "MiB", "height", "peers", "");
    std::uint64_t total = 0;
    for (const auto& report : status.processes) {
        const auto& supervised = report.supervised;
        const bool is_running = supervised.pid != 0;
        total += supervised.resident_bytes;
        text += fmt::format(
            "{:<14}{:<10}{:>8}{:>7}{:>9}{:>9}{:>9}{:>9}{:>7}  {}", report.process.name,
            to_string(supervised.state), is_running ? std::to_string(supervised.pid) : "-",
            report.process.ports.http, is_running ? duration_text(supervised.in_state_for) : "-",
            supervised.restarts, is_running ? std::to_string(supervised.resident_bytes >> 20) : "-",
            number_or_dash(report.height), number_or_dash(report.peers), remark(report));
        while (text.ends_with(' ')) text.pop_back();
        text += '\n';
    }
    if (!status.is_supervised)
        text += "nothing runs; `meta138 network up` starts it\n";
    else
        text += fmt::format("{} MiB resident in all\n", total >> 20);
    return text;
}

std::string to_json(const NetworkStatus& status) {
    auto processes = nlohmann::ordered_json::array();
    for (const auto& report : status.processes) {
        const auto& ports = report.process.ports;
        nlohmann::ordered_json each{
            {"name", report.process.name},
            {"tier", to_string(report.process.tier)},
            {"state", to_string(report.supervised.state)},
            {"pid", report.supervised.pid},
            {"in_state_for_ms", report.supervised.in_state_for.count()},
            {"restarts", report.supervised.restarts},
            {"flapping", report.supervised.is_flapping},
            {"last_exit", report.supervised.last_exit},
            {"resident_bytes", report.supervised.resident_bytes},
            {"ports",
             {{"http", ports.http},
              {"websocket", ports.websocket},
              {"p2p", ports.p2p},
              {"metrics", ports.metrics}}},
        };
        if (is_node(report.process.tier)) {
            each["height"] = or_null(report.height);
            each["peers"] = or_null(report.peers);
            each["head_hash"] = report.head_hash;
            each["problem"] = report.problem;
        }
        processes.push_back(std::move(each));
    }
    const nlohmann::ordered_json root{
        {"chain_id", status.network.chain_id},
        {"block_period_ms", status.network.block_period.count()},
        {"supervised", status.is_supervised},
        {"processes", std::move(processes)},
    };
    return root.dump(2) + "\n";
}

}  // namespace meta138::op
