// SPDX-License-Identifier: Apache-2.0
#include "network/node_files.hpp"
#include "network/ports.hpp"

#include "meta138/operator/doctor/examine.hpp"
#include "meta138/operator/network/network_file.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <thread>

namespace meta138::op {
namespace {

namespace fs = std::filesystem;

constexpr auto longest_pause = std::chrono::seconds{6};

std::uint64_t available_memory() {
    std::ifstream in{"/proc/meminfo"};
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("MemAvailable:")) return std::stoull(line.substr(13)) << 10;
    return 0;
}

MachineFacts look_at_machine(const fs::path& folder) {
    MachineFacts machine;
    timex clock{};
    if (const auto state = adjtimex(&clock); state >= 0)
        machine.is_clock_synchronised = state != TIME_ERROR;
    struct statvfs disk{};
    const auto place = fs::exists(folder) ? folder : fs::current_path();
    if (statvfs(place.c_str(), &disk) == 0) {
        machine.disk_free_bytes = disk.f_bavail * disk.f_frsize;
        machine.disk_total_bytes = disk.f_blocks * disk.f_frsize;
    }
    machine.memory_available_bytes = available_memory();
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) machine.open_files_limit = files.rlim_cur;
    return machine;
}

ProcessFacts look_at_process(const std::string& name, int pid) {
    ProcessFacts process{.name = name};
    std::error_code nothing;  // it may end meanwhile
    for (fs::directory_iterator at{fmt::format("/proc/{}/fd", pid), nothing}, end; at != end;
         at.increment(nothing))
        ++process.open_files;
    std::ifstream in{fmt::format("/proc/{}/limits", pid)};
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("Max open files"))
            process.open_files_limit = std::strtoull(line.c_str() + 14, nullptr, 10);
    return process;
}

void look_at_ports(const NetworkFile& network, const Snapshot& now, Facts& facts) {
    std::vector<std::string> running;
    for (const auto& node : now.nodes)
        if (node.pid != 0) running.push_back(node.name);
    for (const auto& service : now.services)
        if (service.pid != 0) running.push_back(service.name);
    for (const auto& process : network.processes) {
        if (std::ranges::find(running, process.name) != running.end()) continue;
        const auto& ports = process.ports;
        for (const auto port : {ports.http, ports.websocket, ports.p2p, ports.metrics})
            if (port != 0 && !is_free_port(port))
                facts.taken_ports.push_back(
                    {.process = process.name, .port = port, .taken_by = who_listens_on(port)});
    }
}

void look_at_keys(const fs::path& folder, const NetworkFile& network, Facts& facts) {
    for (const auto& node : network.nodes()) {
        const auto file = folder / node_folder(node.name) / "key";
        struct stat info{};
        if (stat(file.c_str(), &info) != 0) continue;
        if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) facts.exposed_files.push_back({file});
        if (node.tier == Tier::validator)
            facts.validator_keys.emplace_back(node.name, address_of(folder, node));
    }
    std::error_code nothing;
    for (const auto* const kept : {"keys", "passwords"})
        for (fs::directory_iterator at{folder / "signer" / kept, nothing}, end; at != end;
             at.increment(nothing)) {
            struct stat info{};
            if (stat(at->path().c_str(), &info) == 0 && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
                facts.exposed_files.push_back({at->path()});
        }
}

}  // namespace

Facts collect_facts(const ObserverOptions& options) {
    Facts facts;
    Observer observer{options};
    facts.before = observer.look();
    const auto period = facts.before.block_period.value_or(std::chrono::seconds{2});
    std::this_thread::sleep_for(std::min<std::chrono::milliseconds>(3 * period, longest_pause));
    facts.now = observer.look();
    facts.machine = look_at_machine(options.folder);
    if (!options.urls.empty()) return facts;
    const auto network = read_network_file(options.folder);
    for (const auto& node : facts.now.nodes)
        if (node.pid != 0) facts.processes.push_back(look_at_process(node.name, node.pid));
    look_at_ports(network, facts.now, facts);
    look_at_keys(options.folder, network, facts);
    return facts;
}

}  // namespace meta138::op
