// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/watch/observer.hpp"

#include "watch/answers.hpp"

#include "meta138/client/chain.hpp"
#include "meta138/http/client.hpp"
#include "meta138/http/server.hpp"
#include "meta138/operator/manifest.hpp"
#include "meta138/operator/network/control.hpp"
#include "meta138/operator/network/network_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <latch>
#include <system_error>
#include <utility>

namespace meta138::op {
namespace {

using Clock = std::chrono::steady_clock;

/// A node and where it answers.
struct Target {
    std::string name;
    std::string tier;
    std::string url;
    [[nodiscard]] bool is_validator() const { return tier == to_string(Tier::validator); }
};

std::vector<Target> targets_of(const ObserverOptions& options, const NetworkFile& network) {
    std::vector<Target> targets;
    for (const auto& url : options.urls) targets.push_back({.name = url, .tier = "", .url = url});
    for (const auto& node : network.nodes())
        targets.push_back({.name = node.name,
                           .tier = std::string{to_string(node.tier)},
                           .url = fmt::format("http://127.0.0.1:{}", node.ports.http)});
    return targets;
}

std::unique_ptr<client::Chain> make_chain(const std::vector<Target>& targets,
                                          std::chrono::milliseconds timeout) {
    client::ChainOptions options;
    options.request_timeout = timeout;
    // Nobody is to be asked but by us.
    options.failover.probe_interval = std::chrono::hours{24};
    for (const auto& target : targets)
        options.endpoints.push_back({.url = target.url, .websocket_url = {}, .name = target.name});
    try {
        return std::make_unique<client::Chain>(std::move(options));
    } catch (const http::ConfigurationError& error) {
        throw NetworkError{error.what()};
    }
}

/// What serves `/health` or `/upcheck`.
std::string health_url(const NetworkProcess& process) {
    switch (process.tier) {
        case Tier::signer: return fmt::format("http://127.0.0.1:{}/upcheck", process.ports.http);
        case Tier::oracle: return fmt::format("http://127.0.0.1:{}/health", process.ports.http);
        default: return "";
    }
}

template <class Sight>
void take_process(Sight& sight, const SupervisedProcess& process) {
    sight.state = std::string{to_string(process.state)};
    sight.pid = process.pid;
    sight.restarts = process.restarts;
    sight.resident_bytes = process.resident_bytes;
    if (process.state != ProcessState::running) sight.problem = process.last_exit;
    if constexpr (requires { sight.runs_for; })
        if (process.state == ProcessState::running) sight.runs_for = process.in_state_for;
}

}  // namespace

struct Observer::State {
    explicit State(ObserverOptions given) : options{std::move(given)} {
        if (options.urls.empty()) network = read_network_file(options.folder);
        targets = targets_of(options, network);
        chain = make_chain(targets, options.timeout);
        http = std::make_unique<http::Client>();
        if (options.manifest.empty() && options.urls.empty())
            manifest_file = options.folder / "manifest.json";
        else
            manifest_file = options.manifest;
    }

    void look_at_processes(Snapshot& snapshot) const;
    void look_at_nodes(Snapshot& snapshot) const;
    void look_at_services(Snapshot& snapshot) const;
    void look_at_blocks(Snapshot& snapshot);
    void look_at_feeds(Snapshot& snapshot) const;
    /// Of the node to ask for what is the same on all: the highest, and of these the quickest.
    [[nodiscard]] std::optional<std::size_t> best(const Snapshot& snapshot) const;

    ObserverOptions options;
    NetworkFile network;
    std::vector<Target> targets;
    std::filesystem::path manifest_file;
    std::vector<BlockSight> blocks;
    std::unique_ptr<http::Client> http;
    std::unique_ptr<client::Chain> chain;
};

void Observer::State::look_at_processes(Snapshot& snapshot) const {
    std::vector<SupervisedProcess> supervised;
    if (options.urls.empty()) {
        if (auto control = Control::connect(options.folder)) {
            snapshot.is_supervised = true;
            supervised = control->status();
        }
    }
    const auto find = [&](const std::string& name) {
        const auto found = std::ranges::find(supervised, name, &SupervisedProcess::name);
        return found == supervised.end() ? SupervisedProcess{} : *found;
    };
    for (const auto& target : targets) {
        NodeSight node{.name = target.name, .tier = target.tier};
        if (snapshot.is_supervised) take_process(node, find(target.name));
        snapshot.nodes.push_back(std::move(node));
    }
    for (const auto& process : network.processes) {
        if (is_node(process.tier)) continue;
        ServiceSight service{.name = process.name, .tier = std::string{to_string(process.tier)}};
        if (snapshot.is_supervised) take_process(service, find(process.name));
        snapshot.services.push_back(std::move(service));
    }
}

void Observer::State::look_at_nodes(Snapshot& snapshot) const {
    std::latch answered{static_cast<std::ptrdiff_t>(2 * targets.size())};
    std::vector<std::vector<client::BatchResult>> answers(targets.size());
    std::vector<std::optional<std::chrono::microseconds>> latencies(targets.size());
    std::vector<std::string> errors(targets.size());
    for (std::size_t i = 0; i != targets.size(); ++i) {
        const client::CallOptions only{.timeout = options.timeout, .endpoint = i};
        chain->send<std::uint64_t>(
            client::block_number(),
            [&, i, start = Clock::now()](const client::Result<std::uint64_t>& number) {
                if (number)
                    latencies[i] =
                        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
                answered.count_down();
            },
            only);
        chain->send_batch(
            node_questions(targets[i].is_validator()),
            [&, i](client::Result<std::vector<client::BatchResult>> batch) {
                if (batch)
                    answers[i] = *std::move(batch);
                else
                    errors[i] = batch.error().message;
                answered.count_down();
            },
            true, only);
    }
    answered.wait();
    for (std::size_t i = 0; i != targets.size(); ++i) {
        auto& node = snapshot.nodes[i];
        node.latency = latencies[i];
        read_node(answers[i], node);
        if (node.problem.empty()) node.problem = errors[i];
    }
}

void Observer::State::look_at_services(Snapshot& snapshot) const {
    std::latch answered{static_cast<std::ptrdiff_t>(snapshot.services.size())};
    for (auto& service : snapshot.services) {
        const auto* const process = network.find(service.name);
        const auto url = process != nullptr ? health_url(*process) : "";
        if (url.empty()) {
            answered.count_down();
            continue;
        }
        http->send({.method = "GET", .url = url, .timeout = options.timeout},
                   [&](const http::ClientResult& result) {
                       service.is_healthy = result && result->status == 200;
                       if (!*service.is_healthy && service.problem.empty())
                           service.problem =
                               result ? first_problem(result->body) : result.error().text;
                       answered.count_down();
                   });
    }
    answered.wait();
}

std::optional<std::size_t> Observer::State::best(const Snapshot& snapshot) const {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i != snapshot.nodes.size(); ++i) {
        const auto& node = snapshot.nodes[i];
        if (!node.height || !node.latency) continue;
        const auto rank = [](const NodeSight& one) {
            return std::pair{*one.height, -one.latency->count()};
        };
        if (!best || rank(node) > rank(snapshot.nodes[*best])) best = i;
    }
    return best;
}

void Observer::State::look_at_blocks(Snapshot& snapshot) {
    const auto from = best(snapshot);
    if (!from) return;
    const auto head = *snapshot.nodes[*from].height;
    if (!blocks.empty() && blocks.back().number > head) blocks.clear();  // another chain
    const auto first_wanted = head + 1 > options.blocks ? head + 1 - options.blocks : 0;
    if (!blocks.empty() && blocks.back().number + 1 < first_wanted) blocks.clear();
    auto next = blocks.empty() ? first_wanted : blocks.back().number + 1;
    std::vector<client::BatchCall> questions;
    for (; next <= head; ++next) questions.push_back(block_question(next));
    if (!questions.empty()) {
        const auto answers =
            chain->ask_batch(questions, true, {.timeout = options.timeout, .endpoint = *from});
        if (answers)
            for (const auto& answer : *answers)
                if (const auto block = read_block(answer)) blocks.push_back(*block);
    }
    if (blocks.size() > options.blocks)
        blocks.erase(blocks.begin(), blocks.end() - static_cast<std::ptrdiff_t>(options.blocks));
    snapshot.blocks = blocks;
}

void Observer::State::look_at_feeds(Snapshot& snapshot) const {
    std::error_code nothing;
    if (manifest_file.empty() || !std::filesystem::exists(manifest_file, nothing)) return;
    const auto manifest = read_manifest(manifest_file);
    if (!manifest) throw NetworkError{manifest.error().reason};
    std::vector<client::BatchCall> questions;
    for (const auto& feed : manifest->feeds) {
        snapshot.feeds.push_back({.name = feed.base + " / " + feed.quote,
                                  .address = feed.address,
                                  .heartbeat = feed.heartbeat_seconds});
        questions.push_back(feed_question(feed.address));
    }
    const auto from = best(snapshot);
    if (questions.empty() || !from) return;
    const auto answers =
        chain->ask_batch(questions, true, {.timeout = options.timeout, .endpoint = *from});
    for (std::size_t i = 0; i != snapshot.feeds.size(); ++i) {
        if (!answers)
            snapshot.feeds[i].problem = answers.error().message;
        else if (i < answers->size())
            read_feed((*answers)[i], manifest->feeds[i].decimals, snapshot.feeds[i]);
    }
}

Observer::Observer(ObserverOptions options) : state_{std::make_unique<State>(std::move(options))} {}
Observer::~Observer() = default;

Snapshot Observer::look() {
    auto& state = *state_;
    Snapshot snapshot;
    snapshot.where =
        state.options.urls.empty() ? state.options.folder.string() : state.options.urls.front();
    if (state.options.urls.empty()) {
        snapshot.chain_id = state.network.chain_id;
        snapshot.block_period = state.network.block_period;
    }
    state.look_at_processes(snapshot);
    state.look_at_nodes(snapshot);
    state.look_at_services(snapshot);
    state.look_at_blocks(snapshot);
    state.look_at_feeds(snapshot);
    snapshot.time = std::chrono::system_clock::now();
    return snapshot;
}

}  // namespace meta138::op
