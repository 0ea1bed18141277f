// SPDX-License-Identifier: Apache-2.0
#include "core_network.hpp"

#include "meta138/crypto/keccak.hpp"
#include "meta138/qbft/extra_data.hpp"
#include "meta138/qbft/validators.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <type_traits>
#include <variant>

namespace meta138::qbft::test {

CoreNetwork::CoreNetwork(const Options& options) : options_{options}, random_{options.seed} {
    auto genesis = genesis_header();
    genesis.timestamp -= static_cast<std::uint64_t>(options.genesis_age.count() / 1000);
    for (auto& key : make_keys(options.validators)) {
        index_[key.address] = nodes_.size();
        Node node;
        node.key = key;
        node.chain.emplace_back().header = genesis;
        nodes_.push_back(std::move(node));
    }
    for (std::size_t i = 0; i < nodes_.size(); ++i) restart(i);
}

std::vector<Address> CoreNetwork::addresses() const {
    std::vector<Address> addresses;
    for (const auto& node : nodes_) addresses.push_back(node.key.address);
    return addresses;
}

Instant CoreNetwork::instant(std::size_t i) const {
    return {.wall = time_ + nodes_[i].clock_offset, .steady = time_};
}

std::uint64_t CoreNetwork::lowest_head() const {
    std::uint64_t lowest = ~std::uint64_t{0};
    for (std::size_t i = 0; i < nodes_.size(); ++i)
        if (nodes_[i].core) lowest = std::min(lowest, head(i));
    return lowest;
}

std::uint64_t CoreNetwork::highest_head() const {
    std::uint64_t highest = 0;
    for (std::size_t i = 0; i < nodes_.size(); ++i)
        if (nodes_[i].core) highest = std::max(highest, head(i));
    return highest;
}

std::string CoreNetwork::story(std::size_t i) const {
    static constexpr std::array names{"round_started",   "round_timed_out", "proposal_accepted",
                                      "prepared",        "committed",       "message_ignored",
                                      "message_invalid", "round_summary",   "equivocation",
                                      "round_held",      "signing_refused"};
    const auto& node = nodes_[i];
    auto text = "node " + std::to_string(i) + ", head " + std::to_string(head(i));
    if (!node.core) return text + ", down";
    const auto status = node.core->status();
    text += ", round " + std::to_string(status.round) + ", " + std::to_string(status.prepares) +
            " prepares, " + std::to_string(status.commits) + " commits";
    const auto count = std::min<std::size_t>(node.observations.size(), 60);
    for (auto it = node.observations.end() - static_cast<std::ptrdiff_t>(count);
         it != node.observations.end(); ++it) {
        const auto& [time, seen] = *it;
        text += "\n  " + std::to_string((time - time_).count()) +
                " ms: " + names.at(static_cast<std::size_t>(seen.kind)) + " " +
                std::to_string(seen.number) + "/" + std::to_string(seen.round) + " ";
        if (seen.author) text += std::to_string(index_.at(*seen.author)) + " ";
        if (seen.code) text += "code " + std::to_string(static_cast<int>(*seen.code)) + " ";
        text += seen.text;
    }
    return text;
}

void CoreNetwork::fail(std::string what) {
    if (broken_.empty()) broken_ = std::move(what);
}

void CoreNetwork::at(milliseconds time, std::function<void()> run) {
    events_.push({.time = time, .order = next_order_++, .run = std::move(run)});
}

// Nothing that was under way reaches the node after a crash.
void CoreNetwork::for_node(std::size_t i, milliseconds delay, std::function<Actions(Core&)> run) {
    at(time_ + delay, [this, i, incarnation = nodes_[i].incarnation, run = std::move(run)] {
        if (!nodes_[i].core || nodes_[i].incarnation != incarnation) return;
        run_actions(i, run(*nodes_[i].core));
    });
}

bool CoreNetwork::step(milliseconds limit) {
    // The next event, or the next node that has something due.
    auto next = limit;
    std::optional<std::size_t> due;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (!nodes_[i].core) continue;
        const auto wait = nodes_[i].core->due_in(instant(i));
        if (wait && time_ + *wait < next) {
            next = time_ + *wait;
            due = i;
        }
    }
    if (!events_.empty() && events_.top().time <= next && events_.top().time <= limit) {
        auto event = events_.top();
        events_.pop();
        time_ = std::max(time_, event.time);
        event.run();
        return true;
    }
    time_ = next;
    if (!due) return false;
    run_actions(*due, nodes_[*due].core->on_time(instant(*due)));
    // A node that is due again at once makes no progress.
    if (nodes_[*due].core && nodes_[*due].core->due_in(instant(*due)) == milliseconds{0}) {
        const auto actions = nodes_[*due].core->on_time(instant(*due));
        if (actions.empty() && nodes_[*due].core->due_in(instant(*due)) == milliseconds{0})
            fail("due at once without end");
    }
    return true;
}

void CoreNetwork::run_for(milliseconds duration) {
    const auto limit = time_ + duration;
    while (broken_.empty() && time_ < limit && step(limit)) {
    }
}

bool CoreNetwork::run_until(const std::function<bool()>& condition, milliseconds duration) {
    const auto limit = time_ + duration;
    while (broken_.empty() && !condition()) {
        if (time_ >= limit || !step(limit)) return condition();
    }
    return broken_.empty();
}

bool CoreNetwork::run_to(std::uint64_t number, milliseconds limit) {
    return run_until([&] { return lowest_head() >= number; }, limit);
}

bool CoreNetwork::is_cut(std::size_t i, std::size_t j) const {
    if (!nodes_[i].core || !nodes_[j].core || cuts_.contains({i, j})) return true;
    if (groups_.empty()) return false;
    return std::ranges::none_of(groups_, [&](const auto& group) {
        return std::ranges::find(group, i) != group.end() &&
               std::ranges::find(group, j) != group.end();
    });
}

bool CoreNetwork::loses_now(std::size_t from, std::size_t to) {
    return is_cut(from, to) || std::uniform_real_distribution<>{0, 1}(random_) < options_.loss;
}

void CoreNetwork::crash(std::size_t i) {
    nodes_[i].core.reset();
    ++nodes_[i].incarnation;
}

void CoreNetwork::restart(std::size_t i, bool keeps_disk) {
    crash(i);
    auto& node = nodes_[i];
    if (!keeps_disk) {
        node.disk.reset();
        node.watch = {};
    }
    node.core = std::make_unique<Core>(
        CoreSettings{
            .local = node.key.address,
            .sign = node.key.sign,
            .max_round_timeout = options_.max_round_timeout,
            .early_round_change = options_.early_round_change,
            .legacy_encoding = i < options_.legacy_nodes ? std::optional{true} : std::nullopt},
        node.disk);
    start(i);
    for (std::size_t j = 0; j < nodes_.size(); ++j)
        if (j != i) connect(i, j);
}

void CoreNetwork::partition(const std::vector<std::vector<std::size_t>>& groups) {
    groups_ = groups;
}

void CoreNetwork::heal() {
    groups_.clear();
    cuts_.clear();
    for (std::size_t i = 0; i < nodes_.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) connect(i, j);
}

void CoreNetwork::connect(std::size_t i, std::size_t j) {
    if (is_cut(i, j) || is_cut(j, i)) return;
    for (const auto [a, b] : {std::pair{i, j}, std::pair{j, i}}) {
        for_node(a, options_.latency, [this, a, b](Core& core) {
            return is_cut(a, b) ? Actions{} : core.on_connected(nodes_[b].key.address, instant(a));
        });
        at(time_ + options_.latency, [this, a, b] { catch_up(a, b); });
    }
}

void CoreNetwork::add_transactions(std::size_t i) {
    nodes_[i].has_transactions = true;
    if (nodes_[i].core) run_actions(i, nodes_[i].core->on_transactions(instant(i)));
}

void CoreNetwork::deliver(std::size_t to, MessageCode code, const Bytes& payload,
                          const Address& from) {
    if (nodes_[to].core)
        run_actions(to, nodes_[to].core->on_message(code, payload, from, instant(to)));
}

HeightSettings CoreNetwork::height_of(std::size_t i) const {
    const auto& parent = nodes_[i].chain.back().header;
    return {.parent = parent,
            .parent_hash = on_chain_hash(parent),
            .validators = addresses(),
            .block_period = options_.block_period,
            .is_subsecond = options_.block_period.count() % 1000 != 0,
            .empty_block_period = options_.empty_block_period,
            .request_timeout = options_.request_timeout};
}

void CoreNetwork::start(std::size_t i) {
    run_actions(i, nodes_[i].core->start_height(height_of(i), instant(i)));
}

void CoreNetwork::run_actions(std::size_t i, Actions actions) {
    const auto incarnation = nodes_[i].incarnation;
    for (const auto& action : actions) {
        if (crashes_before && crashes_before(i, action)) crash(i);
        if (nodes_[i].incarnation != incarnation) return;
        if (!run_action(i, action)) return;
    }
}

bool CoreNetwork::run_action(std::size_t i, const Action& action) {
    auto& node = nodes_[i];
    std::visit(
        [&](const auto& it) {
            using T = std::decay_t<decltype(it)>;
            if constexpr (std::is_same_v<T, Persist>) node.disk = it.record;
            if constexpr (std::is_same_v<T, Send>) send(i, it);
            if constexpr (std::is_same_v<T, BuildBlock>) build(i, it);
            if constexpr (std::is_same_v<T, ValidateBlock>) validate(i, it);
            if constexpr (std::is_same_v<T, ImportBlock>) {
                for_node(i, options_.work, [this, i, block = it.block, number = head(i)](Core&) {
                    if (head(i) == number) import(i, *block, true);
                    return Actions{};
                });
            }
            if constexpr (std::is_same_v<T, BehindNetwork>) {
                node.behind = it.number;
                for (std::size_t j = 0; j < nodes_.size(); ++j)
                    at(time_ + options_.latency, [this, i, j] { catch_up(i, j); });
            }
            if constexpr (std::is_same_v<T, Observation>) node.observations.emplace_back(time_, it);
        },
        action);
    return true;
}

void CoreNetwork::check_sent(std::size_t i, const Send& message) {
    if (recover_author(message.code, *message.payload) != nodes_[i].key.address) return;
    ++nodes_[i].sent[message.code];
    if (auto fault = nodes_[i].watch.check(message, nodes_[i].disk); !fault.empty())
        fail("node " + std::to_string(i) + " " + fault);
}

namespace {

/// What Besu 25 can decode.
bool is_legacy(MessageCode code, ByteView payload) {
    if (code == MessageCode::proposal)
        return decode_proposal(payload)->proposal.payload.form == MessageForm::legacy;
    if (code == MessageCode::round_change)
        return decode_round_change(payload)->form == MessageForm::legacy;
    return true;
}

}  // namespace

void CoreNetwork::send(std::size_t i, const Send& message) {
    check_sent(i, message);
    for (const auto& to : message.to) {
        if (to == nodes_[i].key.address) fail("sent to itself");
        if (message.not_to == to) fail("sent back to where it came from");
        const auto it = index_.find(to);
        if (it == index_.end()) continue;
        const auto j = it->second;
        if (loses_now(i, j) || (loses && loses(i, j, message.code))) continue;
        if (j < options_.legacy_nodes && options_.legacy_understand_legacy_only &&
            !is_legacy(message.code, *message.payload))
            continue;
        const auto delay =
            options_.latency + milliseconds{std::uniform_int_distribution<int>{
                                   0, static_cast<int>(options_.jitter.count())}(random_)};
        for_node(j, delay, [this, i, j, message](Core& core) {
            if (is_cut(i, j)) return Actions{};
            return core.on_message(message.code, *message.payload, nodes_[i].key.address,
                                   instant(j));
        });
    }
}

void CoreNetwork::build(std::size_t i, const BuildBlock& order) {
    ++nodes_[i].builds;
    for_node(i, options_.work, [this, i, order](Core& core) {
        std::shared_ptr<Block> block;
        const auto& parent = nodes_[i].chain.back().header;
        if (parent.number + 1 == order.number && !(cannot_build && cannot_build(i))) {
            block = std::make_shared<Block>(make_block(parent, nodes_[i].key.address, addresses(),
                                                       order.timestamp, order.round, next_salt_++));
            if (nodes_[i].has_transactions) block->transactions.emplace_back();
        }
        return core.on_built(order.number, order.round, std::move(block), instant(i));
    });
}

void CoreNetwork::validate(std::size_t i, const ValidateBlock& order) {
    ++nodes_[i].validations;
    for_node(i, options_.work, [this, i, order](Core& core) {
        const auto& parent = nodes_[i].chain.back().header;
        const auto& header = order.block->header;
        const auto period = options_.block_period.count() % 1000 == 0
                                ? static_cast<std::uint64_t>(options_.block_period.count() / 1000)
                                : 0;
        const bool is_valid =
            header.parent_hash == on_chain_hash(parent) && header.number == parent.number + 1 &&
            header.timestamp >= parent.timestamp + period &&
            milliseconds{header.timestamp * 1000} <= instant(i).wall + milliseconds{1000} &&
            !(refuses && refuses(i, *order.block));
        return core.on_validated(order.hash, is_valid, instant(i));
    });
}

void CoreNetwork::append(std::size_t i, const Block& block) {
    auto& node = nodes_[i];
    const auto hash = on_chain_hash(block.header);
    const auto [decided, is_new] = decided_.try_emplace(block.header.number, hash);
    if (decided->second != hash)
        fail("two blocks at height " + std::to_string(block.header.number));
    const auto extra_data = decode_extra_data(block.header.extra_data);
    std::set<Address> sealers;
    for (const auto& seal : extra_data->seals)
        if (const auto sealer = crypto::recover_address(committed_seal_hash(block.header), seal))
            sealers.insert(*sealer);
    std::erase_if(sealers, [this](const Address& sealer) { return !index_.contains(sealer); });
    if (sealers.size() != extra_data->seals.size() || sealers.size() < quorum(nodes_.size()))
        fail("a block without a quorum of seals");
    node.chain.push_back(block);
    node.decided_in.push_back(extra_data->round);
}

void CoreNetwork::import(std::size_t i, const Block& block, bool is_own) {
    append(i, block);
    if (is_own && options_.blocks_travel)
        for (std::size_t j = 0; j < nodes_.size(); ++j)
            if (j != i && !loses_now(i, j))
                at(time_ + options_.latency, [this, i, j] { catch_up(j, i); });
    start(i);
}

// Blocks travel by eth: in order, and only between those that hear each other.
void CoreNetwork::catch_up(std::size_t i, std::size_t from) {
    if (!options_.blocks_travel || is_cut(from, i) || is_cut(i, from)) return;
    if (head(i) >= head(from)) return;
    while (head(i) < head(from)) append(i, nodes_[from].chain[head(i) + 1]);
    start(i);
}

}  // namespace meta138::qbft::test
