// SPDX-License-Identifier: Apache-2.0
#include "network/deploy_and_serve.hpp"

#include "network/node_rpc.hpp"
#include "network/processes.hpp"
#include "network/service_files.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/operator/deploy.hpp"
#include "meta138/operator/network/accounts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <thread>

namespace meta138::op {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view registry_name = "FeedRegistry";

std::vector<NetworkProcess> endpoints_of(const NetworkFile& network) {
    auto nodes = network.of(Tier::rpc);
    for (const auto tier : {Tier::archive, Tier::sentry, Tier::validator})
        std::ranges::copy(network.of(tier), std::back_inserter(nodes));
    return nodes;
}

std::string http_url(const NetworkProcess& node) {
    return fmt::format("http://127.0.0.1:{}", node.ports.http);
}

ChainAccess access_to(const NetworkFile& network) {
    const auto node = endpoints_of(network).front();
    ChainAccess access{.name = "Meta138 (local)", .http_url = http_url(node), .ws_url = {}};
    if (node.ports.websocket != 0)
        access.ws_url = fmt::format("ws://127.0.0.1:{}", node.ports.websocket);
    return access;
}

bool has_money(const NetworkProcess& node, const Address& account) {
    const auto balance =
        call_node(node.ports.http, "eth_getBalance", {to_hex(account.bytes), "latest"});
    return balance && *balance != "0x0";
}

/// Absent: nothing could be deployed, and that was said.
std::optional<Manifest> deploy_contracts(const fs::path& folder, const NetworkFile& network,
                                         const Say& say) {
    const auto plan_file = folder / "deploy.toml";
    if (!fs::exists(plan_file)) return std::nullopt;
    auto plan = read_deploy_plan(plan_file);
    if (!plan) throw NetworkError{plan.error().reason};
    auto deployer = read_account_key(folder, "deployer");
    const auto nodes = endpoints_of(network);
    if (!has_money(nodes.front(), crypto::address_of(crypto::public_key(deployer)))) {
        say("the deployer has no money on this chain: nothing is deployed, and there are no feeds");
        return std::nullopt;
    }
    DeployOptions options;
    options.endpoints.clear();
    for (const auto& node : nodes) options.endpoints.push_back(http_url(node));
    options.sender = std::move(deployer);
    options.plan = *std::move(plan);
    options.manifest = folder / "manifest.json";
    const auto outcome = deploy(options, [&](const DeployStep& step) {
        if (step.action != DeployAction::present)
            say(fmt::format("{} {}{}{}", to_string(step.action), step.subject,
                            step.detail.empty() ? "" : ": ", step.detail));
    });
    if (!outcome) throw NetworkError{outcome.error().reason};
    return outcome->manifest;
}

/// Starts what is not running of the services whose programs there are; whether all are there.
bool start_services(const NetworkFile& network, Control& control, bool is_registry_new,
                    const Say& say) {
    const auto before = control.status();
    std::set<std::string> missing;
    for (const auto tier : {Tier::signer, Tier::prices, Tier::oracle})
        for (const auto& process : network.of(tier)) {
            if (!try_find_program(process.command.front())) {
                if (missing.insert(process.command.front()).second)
                    say(fmt::format("{} is not built: the network runs without",
                                    process.command.front()));
                continue;
            }
            const auto known = std::ranges::find(before, process.name, &SupervisedProcess::name);
            const bool runs = known != before.end() && known->state == ProcessState::running;
            if (runs && tier == Tier::oracle && is_registry_new)
                control.restart(process.name);
            else
                control.start({process.name});
        }
    return missing.empty() && !network.of(Tier::oracle).empty();
}

/// The answer of a feed as people write it; absent while it has none.
std::optional<std::string> latest_answer(const NetworkProcess& node, const DeployedFeed& feed) {
    constexpr std::string_view latest_round_data = "0xfeaf968c";
    const auto result =
        call_node(node.ports.http, "eth_call",
                  {{{"to", to_hex(feed.address.bytes)}, {"data", latest_round_data}}, "latest"});
    if (!result || !result->is_string()) return std::nullopt;
    // (roundId, answer, startedAt, updatedAt, answeredInRound)
    constexpr std::size_t word_digits = 64;
    const std::string_view words{result->get_ref<const std::string&>()};
    if (words.size() != 2 + 5 * word_digits) return std::nullopt;
    const auto answer =
        parse_hex_uint256("0x" + std::string{words.substr(2 + word_digits, word_digits)});
    if (!answer) return std::nullopt;
    auto digits = to_string(*answer);
    if (digits.size() <= feed.decimals) digits.insert(0, feed.decimals + 1 - digits.size(), '0');
    if (feed.decimals != 0) digits.insert(digits.size() - feed.decimals, ".");
    return digits;
}

/// Until every feed has an answer, or the time is over: that is for the publishers' logs to
/// explain.
void wait_for_feeds(const NetworkFile& network, const Manifest& manifest, const Say& say) {
    constexpr std::chrono::seconds at_most{30};
    constexpr std::chrono::milliseconds between_looks{100};
    const auto node = endpoints_of(network).front();
    const auto end = std::chrono::steady_clock::now() + at_most;
    std::string line;
    for (const auto& feed : manifest.feeds) {
        auto answer = latest_answer(node, feed);
        while (!answer && std::chrono::steady_clock::now() < end) {
            std::this_thread::sleep_for(between_looks);
            answer = latest_answer(node, feed);
        }
        line += fmt::format("{}{} {}", line.empty() ? "" : ", ", feed.description,
                            answer.value_or("has no price yet (see the log of oracle-1)"));
    }
    say("prices, which are made up: " + line);
}

void say_where_to_look(const fs::path& folder, const NetworkFile& network,
                       const std::optional<Manifest>& manifest, const Say& say) {
    if (manifest) {
        auto text = to_text(*manifest, access_to(network));
        while (text.ends_with('\n')) text.pop_back();
        say(text);
    } else {
        say(fmt::format("JSON-RPC: {}", access_to(network).http_url));
    }
    const auto with = fmt::format("--dir {}", folder.string());
    say(
        fmt::format("\nmeta138 top {0}              watches it\n"
                    "meta138 network status {0}   shows what runs\n"
                    "meta138 network down {0}     ends it",
                    with));
}

}  // namespace

void deploy_and_serve(const fs::path& folder, const NetworkFile& network, Control& control,
                      const Say& say) {
    const auto manifest = deploy_contracts(folder, network, say);
    bool is_registry_new = false;
    if (manifest) {
        if (const auto* const registry = manifest->find_contract(registry_name))
            is_registry_new = tell_registry(folder, network, registry->address);
        const bool is_complete = start_services(network, control, is_registry_new, say);
        if (is_complete && !manifest->feeds.empty()) wait_for_feeds(network, *manifest, say);
    }
    say_where_to_look(folder, network, manifest, say);
}

}  // namespace meta138::op
