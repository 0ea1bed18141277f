// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/network/members.hpp"

#include "network/eventually.hpp"
#include "network/node_files.hpp"
#include "network/node_rpc.hpp"
#include "network/ports.hpp"
#include "network/service_files.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace meta138::op {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

constexpr seconds patience_with_a_node{60};

/// Signer and publishers talk to it.
bool serves(const NetworkProcess& node) {
    return node.tier == Tier::rpc || node.tier == Tier::archive;
}

unsigned number_of(std::string_view name) {
    const auto digits = name.substr(std::min(name.rfind('-'), name.size() - 1) + 1);
    unsigned number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

/// A number that no node of this tier has, or has had.
unsigned next_number(const fs::path& folder, const NetworkFile& network, Tier tier) {
    unsigned highest = 0;
    for (const auto& node : network.of(tier)) highest = std::max(highest, number_of(node.name));
    std::error_code error;
    for (const auto& each : fs::directory_iterator{folder / "removed", error}) {
        const auto name = each.path().filename().string();
        if (name.starts_with(fmt::format("{}-", to_string(tier))))
            highest = std::max(highest, number_of(name));
    }
    return highest + 1;
}

/// Free ones, ten behind those of the tier's last node if possible.
ProcessPorts choose_ports(const NetworkFile& network, Tier tier) {
    std::set<std::uint16_t> ours;
    for (const auto& process : network.processes)
        for (const auto port : {process.ports.http, process.ports.websocket, process.ports.p2p,
                                process.ports.metrics})
            ours.insert(port);
    const auto alike = network.of(tier);
    std::uint32_t candidate = alike.empty() ? *ours.rbegin() + 10 : alike.back().ports.http + 10;
    const auto next = [&] {
        for (; candidate <= 65'535; ++candidate) {
            const auto port = static_cast<std::uint16_t>(candidate);
            if (ours.insert(port).second && is_free_port(port)) return port;
        }
        throw NetworkError{"there are no free ports behind those of the network"};
    };
    ProcessPorts ports;
    ports.http = next();
    if (tier == Tier::rpc || tier == Tier::archive) ports.websocket = next();
    ports.p2p = next();
    ports.metrics = next();
    return ports;
}

/// Tells those who run that they have a peer more, or one less, to stay connected to; how many took
/// note. One that does not run reads it in its file.
std::size_t tell_peers(const fs::path& folder, const NetworkFile& network,
                       const NetworkProcess& node, std::string_view method) {
    const auto enode = enode_of(folder, node);
    std::size_t told = 0;
    for (const auto& other : network.nodes()) {
        const auto peers = static_peers_of(network, other);
        if (std::ranges::find(peers, node.name, &NetworkProcess::name) == peers.end()) continue;
        if (call_node(other.ports.http, method, {enode})) ++told;
    }
    return told;
}

std::int64_t height_of(const NetworkProcess& node) {
    const auto height = call_node(node.ports.http, "eth_blockNumber", nlohmann::json::array());
    return height ? quantity(*height) : -1;
}

std::int64_t highest(const NetworkFile& network) {
    std::int64_t height = -1;
    for (const auto& node : network.nodes()) height = std::max(height, height_of(node));
    return height;
}

/// Who validates after the head, by the first node that says.
std::vector<std::string> validator_set(const NetworkFile& network) {
    for (const auto& node : network.of(Tier::validator))
        if (const auto set =
                call_node(node.ports.http, "qbft_getValidatorsByBlockNumber", {"latest"}))
            return set->get<std::vector<std::string>>();
    throw NetworkError{"no validator answers: is the network up?"};
}

bool contains(const std::vector<std::string>& set, const std::string& address) {
    return std::ranges::find(set, address) != set.end();
}

/// All validators but itself vote until the set has it, or has it not. The votes are withdrawn
/// then: they would count again after the next change.
void vote(const fs::path& folder, const NetworkFile& network, const NetworkProcess& candidate,
          bool is_for, const Say& say) {
    const auto address = to_hex(address_of(folder, candidate).bytes);
    const auto before = validator_set(network);
    if (contains(before, address) == is_for) return;
    std::vector<NetworkProcess> voters;
    for (const auto& node : network.of(Tier::validator))
        if (node.name != candidate.name && contains(before, to_hex(address_of(folder, node).bytes)))
            voters.push_back(node);
    const auto call_all = [&](std::string_view method, const nlohmann::json& params) {
        std::size_t count = 0;
        for (const auto& voter : voters)
            if (call_node(voter.ports.http, method, params)) ++count;
        return count;
    };
    const auto votes = call_all("qbft_proposeValidatorVote", {address, is_for});
    say(fmt::format("{} of {} validators vote {} {}", votes, before.size(),
                    is_for ? "for" : "against", candidate.name));
    if (votes <= before.size() / 2) {
        call_all("qbft_discardValidatorVote", {address});
        throw NetworkError{fmt::format("{} of {} votes are not enough: are the validators up?",
                                       votes, before.size())};
    }
    // Each vote needs a block of its voter.
    const auto patience = 10 * static_cast<int>(before.size()) * network.block_period + seconds{20};
    const bool has_changed =
        eventually(patience, [&] { return contains(validator_set(network), address) == is_for; });
    call_all("qbft_discardValidatorVote", {address});
    if (!has_changed)
        throw NetworkError{
            fmt::format("the validators did not change within {} s; are blocks made?",
                        std::chrono::floor<seconds>(patience).count())};
}

void write_node(const fs::path& folder, const NetworkFile& network, const NetworkProcess& node) {
    const auto at = folder / node_folder(node.name);
    fs::create_directories(at);
    write_node_key(at / "key", crypto::SecretKey::generate());
    write_file(at / "config.toml", print_node_config(node));
    write_static_nodes(folder, network);
    write_file(folder / network_file_name,
               read_file(folder / network_file_name) + "\n" + print_network_process(node));
}

void require_removable(const NetworkFile& network, const NetworkProcess& node) {
    if (!is_node(node.tier))
        throw NetworkError{fmt::format(
            "{} is no node; `stop` ends it, and network.toml says whether it belongs here",
            node.name)};
    const auto alike = network.of(node.tier).size();
    if (node.tier == Tier::validator && alike == 1)
        throw NetworkError{"the last validator cannot go: `destroy` ends the network"};
    if (node.tier == Tier::sentry && alike == 1)
        throw NetworkError{
            "the last sentry cannot go: the validators would not see each other any more"};
    const auto serving = network.of(Tier::rpc).size() + network.of(Tier::archive).size();
    if (serves(node) && serving == 1 && network.find("signer") != nullptr)
        throw NetworkError{fmt::format(
            "{} cannot go: signer and publishers have no other node to talk to", node.name)};
}

/// Who runs takes note by starting again; it takes up where it was.
void tell_services(const fs::path& folder, const NetworkFile& network, const NetworkProcess& node,
                   bool is_there, Control* control) {
    if (!serves(node) || !update_endpoints(folder, network, node, is_there)) return;
    if (control == nullptr) return;
    for (const auto& process : control->status()) {
        const auto* const known = network.find(process.name);
        if (known == nullptr || process.state != ProcessState::running) continue;
        if (known->tier == Tier::signer || known->tier == Tier::oracle)
            control->restart(process.name);
    }
}

}  // namespace

std::string add_node(const fs::path& folder, Tier tier, const Say& say) {
    auto network = read_network_file(folder);
    auto control = Control::connect(folder);
    if (tier == Tier::validator && !control)
        throw NetworkError{
            fmt::format("validators have to vote for another: `meta138 network up --dir {}` first",
                        folder.string())};
    if (network.processes.size() >= max_network_processes)
        throw NetworkError{fmt::format("there are {} processes already", max_network_processes)};
    auto node = make_node(tier, next_number(folder, network, tier));
    node.ports = choose_ports(network, tier);
    network.processes.push_back(node);
    write_node(folder, network, node);
    say(fmt::format("{} is at http://127.0.0.1:{}", node.name, node.ports.http));
    if (!control) {
        tell_services(folder, network, node, true, nullptr);
        return node.name;
    }
    control->reload();
    control->start({node.name});
    tell_peers(folder, network, node, "admin_addPeer");
    if (!eventually(patience_with_a_node, [&] {
            const auto height = height_of(node);
            return height >= 0 && height + 2 >= highest(network);
        }))
        throw NetworkError{fmt::format("{} did not catch up within {} s; see its log", node.name,
                                       patience_with_a_node.count())};
    say(fmt::format("{} has all blocks", node.name));
    tell_services(folder, network, node, true, &*control);
    if (tier == Tier::validator) {
        vote(folder, network, node, true, say);
        say(fmt::format("{} is a validator", node.name));
    }
    return node.name;
}

void remove_node(const fs::path& folder, const std::string& name, const Say& say) {
    auto network = read_network_file(folder);
    const auto* const found = network.find(name);
    if (found == nullptr) throw NetworkError{fmt::format("there is no {} in this network", name)};
    const auto node = *found;
    require_removable(network, node);
    auto control = Control::connect(folder);
    if (node.tier == Tier::validator) {
        if (!control)
            throw NetworkError{fmt::format(
                "validators have to vote another out: `meta138 network up --dir {}` first",
                folder.string())};
        vote(folder, network, node, false, say);
        say(fmt::format("{} is no validator any more", name));
    }
    if (control) {
        tell_peers(folder, network, node, "admin_removePeer");
        stop_process(folder, name);
    }
    std::erase_if(network.processes, [&](const auto& each) { return each.name == name; });
    write_file(folder / network_file_name,
               without_process(read_file(folder / network_file_name), name));
    write_static_nodes(folder, network);
    if (control) control->reload();
    tell_services(folder, network, node, false, control ? &*control : nullptr);
    fs::create_directories(folder / "removed");
    fs::rename(folder / node_folder(name), folder / "removed" / name);
    say(fmt::format("{} has gone; what it had is in {}", name,
                    (folder / "removed" / name).string()));
}

}  // namespace meta138::op
