// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

#include "attacker.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/hex.hpp"

#include <algorithm>
#include <utility>

namespace meta138::simulation {

namespace {

using namespace std::chrono_literals;

/// How often something happens by itself: transactions, the look at what is late.
constexpr Time tick_length = 1s;

Genesis make_genesis(const Scenario& scenario) {
    auto genesis = parse_genesis(genesis_text(scenario));
    META138_ASSERT(genesis.has_value());
    return *std::move(genesis);
}

qbft::Config make_config(const Genesis& genesis) {
    auto config = qbft::parse_config(genesis);
    META138_ASSERT(config.has_value() && config->has_value());
    return **std::move(config);
}

std::size_t node_count(const Scenario& scenario) {
    const auto twins = static_cast<std::size_t>(std::ranges::count(scenario.attacks, Attack::twin));
    return scenario.validators + scenario.candidates + scenario.sentries + twins;
}

}  // namespace

World::World(const Scenario& scenario, bool traces)
    : scenario_{scenario},
      random_{scenario.seed},
      trace_{traces},
      genesis_{make_genesis(scenario_)},
      config_{make_config(genesis_)},
      network_{scenario_, node_count(scenario_), random_},
      invariants_{config_},
      inboxes_(node_count(scenario_)),
      breaking_(node_count(scenario_) * node_count(scenario_)) {
    const auto keyed = scenario_.validators + scenario_.candidates;
    for (std::size_t i = 0; i < keyed; ++i)
        nodes_.push_back(std::make_unique<Node>(*this, i, identity(i), Role::validator));
    for (std::size_t i = 0; i < scenario_.sentries; ++i)
        nodes_.push_back(std::make_unique<Node>(*this, nodes_.size(),
                                                identity(max_identities - 1 - i), Role::sentry));
    // Which validators are byzantine is chance, so that each comes at each place of the rotation.
    std::vector<std::size_t> order(scenario_.validators);
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random_.below(i)]);
    for (std::size_t i = 0; i < scenario_.attacks.size(); ++i) {
        auto& liar = *nodes_[order[i]];
        liar.is_byzantine = true;
        if (scenario_.attacks[i] == Attack::twin) {
            nodes_.push_back(
                std::make_unique<Node>(*this, nodes_.size(), liar.identity(), Role::validator));
            nodes_.back()->is_byzantine = true;
        }
        attackers_.push_back(std::make_unique<Attacker>(*this, liar, scenario_.attacks[i]));
        liar.attacker = attackers_.back().get();
    }
    for (auto& node : nodes_) {
        auto& clock = node->clock();
        clock.skew = Time{
            random_.between(-scenario_.clock_skew.count() / 2, scenario_.clock_skew.count() / 2)};
        node->calm_skew = clock.skew;
        clock.rate = 1 + scenario_.clock_drift * (2 * random_.unit() - 1);
        node->set_calm();
    }
    build_network();
    if (scenario_.first_qbft_block != 0)
        old_network_.emplace(genesis_, config_, identities(), random_,
                             scenario_.candidates == 0
                                 ? std::nullopt
                                 : std::optional{nodes_[scenario_.validators]->address()});
}

World::~World() = default;

void World::build_network() {
    for (const auto& a : nodes_)
        for (const auto& b : nodes_) {
            if (a->index() >= b->index()) continue;
            const bool has_sentry = a->role() == Role::sentry || b->role() == Role::sentry;
            if (scenario_.topology == Topology::mesh || has_sentry)
                network_.connect(a->index(), b->index());
        }
}

Result World::run() {
    for (auto& node : nodes_) {
        const auto when = Time{random_.between(0, scenario_.start_spread.count())};
        at(when, [this, &node = *node] {
            node.start();
            for (const auto& other : nodes_)
                if (other->is_up()) connect_again(node.index(), other->index());
        });
    }
    at(tick_length, [this] { tick(); });
    for (auto& attacker : attackers_) attacker->begin();
    calm_since_ = scenario_.start_spread;
    calm_target_ = calm_blocks;
    while (!is_over_ && !events_.empty()) {
        std::ranges::pop_heap(events_, is_later);
        auto event = std::move(events_.back());
        events_.pop_back();
        now_ = event.at;
        if (event.node == nobody) {
            event.what();
            continue;
        }
        inboxes_[event.node].waiting.push_back(std::move(event.what));
        drain(event.node);
    }
    for (const auto& node : nodes_) {
        add(result_.counters, node->counters());
        result_.measured += node->measured();
    }
    result_.heights = invariants_.height();
    result_.virtual_time = now_;
    result_.trace = trace_.lines();
    return std::move(result_);
}

void World::drain(std::size_t node) {
    auto& inbox = inboxes_[node];
    while (!inbox.waiting.empty() && !is_over_) {
        if (nodes_[node]->busy_until() > now_) return drain_later(node);
        auto what = std::move(inbox.waiting.front());
        inbox.waiting.pop_front();
        what();
    }
}

void World::drain_later(std::size_t node) {
    auto& inbox = inboxes_[node];
    if (std::exchange(inbox.is_drained_later, true)) return;
    at(nodes_[node]->busy_until(), [this, node] {
        inboxes_[node].is_drained_later = false;
        drain(node);
    });
}

void World::push(Time when, std::size_t node, What what) {
    push_event(
        {.at = std::max(when, now_), .order = ++order_, .node = node, .what = std::move(what)});
}

void World::push_event(Event event) {
    events_.push_back(std::move(event));
    std::ranges::push_heap(events_, is_later);
}

void World::fail(std::string violation) {
    if (is_over_) return;
    is_over_ = true;
    trace("VIOLATION {}", violation);
    result_.violation = std::move(violation);
}

// --- Connections

void World::send(std::size_t from, std::size_t to, const std::shared_ptr<const Packet>& packet,
                 Time at) {
    const auto arrival = network_.arrival(from, to, at);
    if (!arrival) {
        if (!scenario_.loses_silently) break_connection(from, to);
        return;
    }
    const int copies = network_.duplicates() ? 2 : 1;
    for (int copy = 0; copy < copies; ++copy)
        at_node(to, *arrival, [this, from, to, packet] {
            ++result_.messages;
            nodes_[to]->on_packet(from, *packet);
        });
}

// What TCP loses ends the connection, and somebody dials again.
void World::break_connection(std::size_t a, std::size_t b) {
    if (!network_.is_connected(a, b)) return;
    const auto pair = std::min(a, b) * nodes_.size() + std::max(a, b);
    if (breaking_[pair]) return;
    breaking_[pair] = true;
    at(now_ + Time{random_.between(100'000, 5'000'000)}, [this, a, b, pair] {
        breaking_[pair] = false;
        if (network_.is_cut(a, b) || network_.is_cut(b, a))
            break_connection(a, b);  // dials in vain
        else
            connect_again(a, b);
    });
}

void World::connect_again(std::size_t a, std::size_t b) {
    if (a == b || !network_.is_connected(a, b)) return;
    const auto when = now_ + 3 * scenario_.delay;
    at_node(a, when, [this, a, b] { nodes_[a]->on_connected(b); });
    at_node(b, when, [this, a, b] { nodes_[b]->on_connected(a); });
}

void World::tick() {
    at(now_ + tick_length, [this] { tick(); });
    if (old_network_) serve_old_blocks();
    if (random_.chance(scenario_.transactions_per_second)) send_transactions(1);
    send_transactions(scenario_.transactions_per_block);
    if (is_storm_) return;
    if (now_ - calm_since_ > scenario_.recovery_bound())
        fail(fmt::format("NO PROGRESS: {} ms after the storm not all have #{}: {}",
                         std::chrono::floor<std::chrono::milliseconds>(now_ - calm_since_).count(),
                         calm_target_, describe_nodes()));
}

// Its nodes are peers of everybody, and nothing happens to them.
void World::serve_old_blocks() {
    old_network_->on_time(start_of_time + now_);
    const auto head = old_network_->head();
    for (const auto& node : nodes_) {
        if (!node->is_up() || node->head() >= head) continue;
        if (is_storm_ && random_.chance(0.3)) continue;
        Packet answer{.kind = Packet::Kind::blocks, .number = head};
        for (auto number = node->head() + 1; number <= head; ++number)
            answer.blocks.push_back(std::make_shared<const Block>(old_network_->block(number)));
        const auto packet = std::make_shared<const Packet>(std::move(answer));
        at_node(node->index(), now_ + Time{random_.between(1'000, 400'000)},
                [node = node.get(), packet] { node->on_packet(node->index(), *packet); });
    }
}

std::string World::describe_nodes() {
    std::string text;
    for (const auto& node : nodes_) {
        text +=
            fmt::format("\n  n{} {}{}", node->index(), to_hex(node->address().bytes).substr(0, 8),
                        node->is_byzantine ? " (byzantine)" : "");
        if (!node->is_up()) {
            text += " down";
            continue;
        }
        const auto status = node->validator().status();
        text += fmt::format(
            " head {} deciding {}/{} prepares {} commits {} quorum {}{}{}{}", node->head(),
            status.core.number, status.core.round, status.core.prepares, status.core.commits,
            status.core.quorum, status.core.is_validator ? "" : " (no validator)",
            status.is_paused ? " paused" : "", status.waits_for_past ? " waits for its past" : "");
    }
    return text;
}

}  // namespace meta138::simulation
