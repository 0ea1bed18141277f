// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/doctor/examine.hpp"

#include "watch/lines.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace meta138::op {
namespace {

using Findings = std::vector<Finding>;

constexpr std::uint64_t gib = std::uint64_t{1} << 30;
constexpr std::uint64_t least_free_disk = 2 * gib;
constexpr double least_free_disk_share = 0.05;
constexpr std::uint64_t least_memory = gib / 4;
/// What RocksDB, peers and callers need under load.
constexpr std::uint64_t least_open_files = 4096;
constexpr double most_open_files_share = 0.8;
/// Blocks behind the highest head that are still on their way.
constexpr std::uint64_t usual_lag = 2;
/// What a node may take to answer, find its peers and catch up after its start.
constexpr auto time_to_settle = std::chrono::seconds{20};
constexpr auto most_clock_skew = std::chrono::seconds{1};
constexpr double slow_latency_ms = 300;

std::uint64_t seconds_of(const Snapshot& snapshot) {
    return static_cast<std::uint64_t>(
        std::chrono::floor<std::chrono::seconds>(snapshot.time).time_since_epoch().count());
}

void examine_machine(const MachineFacts& machine, Findings& out) {
    if (machine.is_clock_synchronised == false)
        out.push_back(
            {Severity::warning, "clock", "the system does not keep its clock in step with others",
             "install and start chrony or systemd-timesyncd: validators whose clocks differ "
             "by more than a second lose rounds"});
    const auto share = machine.disk_total_bytes == 0
                           ? 1.0
                           : static_cast<double>(machine.disk_free_bytes) /
                                 static_cast<double>(machine.disk_total_bytes);
    if (machine.disk_free_bytes < least_free_disk || share < least_free_disk_share)
        out.push_back(
            {Severity::problem, "disk",
             fmt::format("{:.1f} GiB are free", static_cast<double>(machine.disk_free_bytes) / gib),
             "make room or use a larger volume before it is full; a node stops cleanly when "
             "it cannot write. --retention of meta138-node keeps less history"});
    if (machine.memory_available_bytes < least_memory)
        out.push_back({Severity::warning, "memory",
                       fmt::format("{} MiB are available", machine.memory_available_bytes >> 20),
                       "stop what is not needed, or lower --storage-cache-mb of the nodes"});
    if (machine.open_files_limit < least_open_files)
        out.push_back({Severity::warning, "file limit",
                       fmt::format("programs may have {} files open", machine.open_files_limit),
                       "raise it: `ulimit -n 65536`, or LimitNOFILE= of the systemd unit"});
}

void examine_processes(const Facts& facts, Findings& out) {
    for (const auto& process : facts.processes)
        if (process.open_files_limit != 0 &&
            static_cast<double>(process.open_files) >
                most_open_files_share * static_cast<double>(process.open_files_limit))
            out.push_back({Severity::problem, process.name,
                           fmt::format("{} of {} files are open", process.open_files,
                                       process.open_files_limit),
                           "raise the limit (LimitNOFILE=, `ulimit -n`) and restart it"});
    for (const auto& taken : facts.taken_ports)
        out.push_back({Severity::problem, taken.process,
                       fmt::format("port {} is taken by {}", taken.port, taken.taken_by),
                       "stop that program, or give the process another port in network.toml and in "
                       "its configuration"});
    for (const auto& exposed : facts.exposed_files)
        out.push_back({Severity::problem, exposed.file.string(), "others may read this key",
                       fmt::format("chmod 600 {}", exposed.file.string())});
    const auto restarts = [&](const auto& all) {
        for (const auto& each : all) {
            if (!each.state.empty() && each.state != "running")
                out.push_back({Severity::problem, each.name,
                               fmt::format("its process is {}{}", each.state,
                                           each.problem.empty() ? "" : ": it " + each.problem),
                               fmt::format("`meta138 network logs {}` says why", each.name)});
            else if (each.restarts > 0)
                out.push_back(
                    {Severity::note, each.name,
                     fmt::format(
                         "it has been restarted {}",
                         each.restarts == 1 ? "once" : fmt::format("{} times", each.restarts)),
                     fmt::format("`meta138 network logs {}` says why", each.name)});
        }
    };
    restarts(facts.now.nodes);
    restarts(facts.now.services);
}

bool is_up(const NodeSight& node) {
    return node.state.empty() || node.state == "running";
}

void examine_nodes(const Snapshot& now, Findings& out) {
    for (const auto& node : now.nodes) {
        const bool is_new = node.runs_for && *node.runs_for < time_to_settle;
        const auto lag = now.lag(node).value_or(0);
        if (is_new && (!node.height || node.peers == 0 || lag > usual_lag)) {
            out.push_back(
                {Severity::note, node.name,
                 fmt::format("it started {} s ago and {}",
                             std::chrono::floor<std::chrono::seconds>(*node.runs_for).count(),
                             !node.height ? "does not answer yet"
                             : node.peers == 0
                                 ? "has no peers yet"
                                 : fmt::format("is {} blocks behind", with_commas(lag))),
                 fmt::format("look again in {} s", time_to_settle.count())});
            continue;
        }
        if (!node.height) {
            if (is_up(node))
                out.push_back(
                    {Severity::problem, node.name,
                     fmt::format("it does not answer JSON-RPC: {}", node.problem),
                     "check that it runs and that --rpc-http-enabled, its host and its port "
                     "are what is asked here"});
            continue;
        }
        if (node.peers == 0 && now.nodes.size() > 1)
            out.push_back(
                {Severity::problem, node.name, "it has no peers",
                 "check static-nodes.json, its p2p port, the firewall, permissioning, and "
                 "that it has the genesis file of the others"});
        if (lag > usual_lag)
            out.push_back({node.is_syncing ? Severity::note : Severity::warning, node.name,
                           fmt::format("it is {} blocks behind{}", with_commas(lag),
                                       node.is_syncing ? ", and synchronises" : ""),
                           "wait while it synchronises; if the gap grows, look at its disk, its "
                           "processor and its peers"});
        if (node.latency && static_cast<double>(node.latency->count()) / 1000 > slow_latency_ms)
            out.push_back(
                {Severity::warning, node.name,
                 fmt::format("it takes {} ms for eth_blockNumber", node.latency->count() / 1000),
                 "look for heavy callers (metric rpc_request_time) and for the machine's "
                 "load"});
    }
}

/// The value that most nodes have, if they do not all have the same.
template <class Value, class Of, class Print>
void examine_agreement(const Snapshot& now, Of of, Print print, std::string_view what,
                       std::string_view advice, Findings& out) {
    std::map<Value, std::size_t> counts;
    for (const auto& node : now.nodes)
        if (const auto value = of(node)) ++counts[*value];
    if (counts.size() < 2) return;
    const auto most =
        std::ranges::max_element(counts, {}, [](const auto& each) { return each.second; });
    for (const auto& node : now.nodes)
        if (const auto value = of(node); value && *value != most->first)
            out.push_back({Severity::problem, node.name,
                           fmt::format("its {} is {}; of most others it is {}", what, print(*value),
                                       print(most->first)),
                           std::string{advice}});
}

void examine_configuration(const Facts& facts, Findings& out) {
    const auto& now = facts.now;
    examine_agreement<std::uint64_t>(
        now, [](const NodeSight& node) { return node.chain_id; },
        [](std::uint64_t id) { return std::to_string(id); }, "chain id",
        "give it the genesis file of the network", out);
    examine_agreement<Hash32>(
        now, [](const NodeSight& node) { return node.genesis_hash; },
        [](const Hash32& hash) { return to_hex(hash); }, "genesis block",
        "give it the genesis file of the others, and an empty data folder", out);
    for (const auto& node : now.nodes) {
        if (node.validators.empty()) continue;
        const std::set<Address> validators{node.validators.begin(), node.validators.end()};
        for (const auto& [name, account] : facts.validator_keys)
            if (!validators.contains(account))
                out.push_back({Severity::warning, name,
                               fmt::format("its key ({}) is not one of the {} validators",
                                           to_hex(account), validators.size()),
                               "give it the key that the genesis file names, or have it voted in: "
                               "`meta138 network add validator`, qbft_proposeValidatorVote"});
        return;  // they agree, or there would be no blocks
    }
}

/// Which validators are missing, as their own messages show.
std::string who_is_missing(const Facts& facts) {
    for (const auto& node : facts.now.nodes) {
        if (node.validators.empty()) continue;
        std::vector<std::string> names;
        for (const auto& address : node.unheard) {
            const auto known = std::ranges::find(facts.validator_keys, address,
                                                 [](const auto& each) { return each.second; });
            names.push_back(known == facts.validator_keys.end() ? to_hex(address) : known->first);
        }
        return fmt::format(
            "{} has heard {} of {} validators at height {} (needed: {}); not heard: {}", node.name,
            node.validators.size() - node.unheard.size(), node.validators.size(),
            node.deciding.value_or(0), node.quorum.value_or(0),
            names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
    }
    return "no validator says why (qbft_getStatus of a validator would)";
}

void examine_progress(const Facts& facts, Findings& out) {
    const auto& now = facts.now;
    if (!now.height() || now.blocks.empty()) return;
    const auto newest = now.blocks.back().timestamp;
    const auto time = seconds_of(now);
    if (newest > time + static_cast<std::uint64_t>(most_clock_skew.count()))
        out.push_back(
            {Severity::problem, "clock",
             fmt::format("the newest block is {} s ahead of this machine's clock", newest - time),
             "set the clock of this machine, or that of the block's proposer"});
    const auto period = now.block_period.value_or(std::chrono::seconds{2});
    const auto stall =
        std::chrono::ceil<std::chrono::seconds>(5 * period) + std::chrono::seconds{3};
    const bool has_moved = facts.before.height() != now.height();
    if (!has_moved && time > newest + static_cast<std::uint64_t>(stall.count()))
        out.push_back(
            {Severity::problem, "chain",
             fmt::format("no block for {}; {}", age_text(time - newest), who_is_missing(facts)),
             "start the validators that are missing and connect them; with a quorum back, "
             "qbft_resetRoundTimer spares waiting for a long round"});
    const auto late = rates_of(now.blocks).blocks_after_round0;
    if (late != 0)
        out.push_back({Severity::note, "chain",
                       fmt::format("{} of the last {} blocks were decided after round 0", late,
                                   now.blocks.size() - 1),
                       "a validator was down, slow or unconnected when it was its turn: compare "
                       "`qbft_getSignerMetrics`"});
    for (const auto& node : now.nodes)
        if (node.round.value_or(0) > 0)
            out.push_back({Severity::warning, node.name,
                           fmt::format("it is in round {} of height {}: {}", *node.round,
                                       node.deciding.value_or(0), node.explanation),
                           "look at the validators that it has not heard"});
}

void examine_feeds(const Snapshot& now, Findings& out) {
    const auto grace = std::chrono::ceil<std::chrono::seconds>(
        2 * now.block_period.value_or(std::chrono::seconds{2}));
    for (const auto& feed : now.feeds) {
        switch (freshness_of(feed, seconds_of(now), static_cast<std::uint64_t>(grace.count()))) {
            case Freshness::fresh: break;
            case Freshness::stale:
                out.push_back({Severity::problem, feed.name,
                               fmt::format("its last answer is {} old; its heartbeat is {}",
                                           age_text(seconds_of(now) - feed.updated_at),
                                           age_text(feed.heartbeat)),
                               "look at /health of the publishers: sources, signer, balance"});
                break;
            case Freshness::empty:
                out.push_back({Severity::warning, feed.name,
                               feed.problem.empty() ? "it has no answer yet" : feed.problem,
                               "look at /health of the publishers, and at who may transmit"});
        }
    }
    for (const auto& service : now.services)
        if (service.is_healthy == false && service.state == "running")
            out.push_back({Severity::warning, service.name,
                           service.problem.empty() ? "it is not healthy" : service.problem,
                           fmt::format("`meta138 network logs {}` says more", service.name)});
}

}  // namespace

std::string_view to_string(Severity severity) noexcept {
    switch (severity) {
        case Severity::note: return "note";
        case Severity::warning: return "warning";
        case Severity::problem: return "problem";
    }
    return "";
}

std::vector<Finding> examine(const Facts& facts) {
    Findings findings;
    examine_progress(facts, findings);
    examine_processes(facts, findings);
    examine_nodes(facts.now, findings);
    examine_configuration(facts, findings);
    examine_feeds(facts.now, findings);
    examine_machine(facts.machine, findings);
    Findings sorted;
    for (const auto severity : {Severity::problem, Severity::warning, Severity::note})
        std::ranges::copy_if(findings, std::back_inserter(sorted),
                             [&](const Finding& finding) { return finding.severity == severity; });
    return sorted;
}

}  // namespace meta138::op
