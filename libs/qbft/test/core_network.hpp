// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core_keys.hpp"
#include "signing_watch.hpp"

#include "meta138/qbft/core.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace meta138::qbft::test {

using std::chrono::milliseconds;

/// Cores that talk to each other, on virtual time; and what they must never do, checked at each
/// step: see broken(). Deterministic by its seed.
class CoreNetwork {
public:
    struct Options {
        std::size_t validators = 4;
        std::uint64_t seed = 1;
        milliseconds latency{5};  ///< At least; jitter is added.
        milliseconds jitter{5};
        double loss = 0;  ///< Of each message.
        milliseconds block_period{1000};
        milliseconds empty_block_period{0};
        milliseconds request_timeout{1000};
        milliseconds max_round_timeout{60'000};
        milliseconds work{2};  ///< To build, validate or import a block.
        bool early_round_change = true;
        std::size_t legacy_nodes = 0;  ///< So many emit the encoding of Besu 25, come what may.
        bool legacy_understand_legacy_only = false;  ///< And take nothing else, as Besu 25.
        bool blocks_travel = true;                   ///< As by eth's NewBlock.
        /// The genesis block's age when the network starts.
        milliseconds genesis_age{0};
    };
    explicit CoreNetwork(const Options& options);

    struct Node {
        Key key;
        std::unique_ptr<Core> core;  ///< Null: it is down.
        std::uint64_t incarnation = 0;
        SigningWatch watch;
        std::optional<SafetyRecord> disk;
        std::vector<Block> chain;  ///< From the genesis block.
        milliseconds clock_offset{0};
        bool has_transactions = true;
        std::vector<std::pair<milliseconds, Observation>> observations;
        std::vector<std::uint32_t>
            decided_in;  ///< The round of each block above the genesis block.
        std::map<MessageCode, std::size_t> sent;  ///< Own messages, whoever gets them.
        std::optional<std::uint64_t> behind;
        std::size_t validations = 0;
        std::size_t builds = 0;
    };
    Node& node(std::size_t i) { return nodes_[i]; }
    std::size_t size() const { return nodes_.size(); }
    std::vector<Address> addresses() const;
    milliseconds now() const { return time_; }
    Instant instant(std::size_t i) const;
    std::uint64_t head(std::size_t i) const { return nodes_[i].chain.back().header.number; }
    std::uint64_t lowest_head() const;  ///< Of those that are up.
    std::uint64_t highest_head() const;

    void run_for(milliseconds duration);
    /// False: not within `limit`.
    bool run_until(const std::function<bool()>& condition, milliseconds limit);
    /// Until all that are up have that block.
    bool run_to(std::uint64_t number, milliseconds limit);

    void crash(std::size_t i);
    /// `keeps_disk`: with the record that was persisted.
    void restart(std::size_t i, bool keeps_disk = true);
    /// Only those of one group hear each other.
    void partition(const std::vector<std::vector<std::size_t>>& groups);
    void heal();
    /// Messages from i to j are lost.
    void cut(std::size_t i, std::size_t j) { cuts_.emplace(i, j); }
    void connect(std::size_t i, std::size_t j);
    void add_transactions(std::size_t i);
    /// As if it had come from `from` just now.
    void deliver(std::size_t to, MessageCode code, const Bytes& payload, const Address& from);
    void run_actions(std::size_t i, Actions actions);

    /// Called for each message; true: it is lost.
    std::function<bool(std::size_t from, std::size_t to, MessageCode code)> loses;
    /// Called for each block that is to be validated.
    std::function<bool(std::size_t node, const Block& block)> refuses;
    /// Called before each action; true: the node crashes instead.
    std::function<bool(std::size_t node, const Action& action)> crashes_before;
    /// True: its node's own block production fails.
    std::function<bool(std::size_t node)> cannot_build;

    /// A node's state and last observations, for a test that fails.
    std::string story(std::size_t i) const;
    /// The first promise that was broken; empty: none.
    const std::string& broken() const { return broken_; }

private:
    struct Event {
        milliseconds time{};
        std::uint64_t order = 0;
        std::function<void()> run;
        bool operator>(const Event& other) const {
            return std::tie(time, order) > std::tie(other.time, other.order);
        }
    };
    void at(milliseconds time, std::function<void()> run);
    void for_node(std::size_t i, milliseconds delay, std::function<Actions(Core&)> run);
    bool step(milliseconds limit);
    bool is_cut(std::size_t i, std::size_t j) const;
    bool loses_now(std::size_t from, std::size_t to);
    void wake(std::size_t i);
    void start(std::size_t i);
    HeightSettings height_of(std::size_t i) const;
    bool run_action(std::size_t i, const Action& action);
    void check_sent(std::size_t i, const Send& send);
    void send(std::size_t i, const Send& message);
    void build(std::size_t i, const BuildBlock& order);
    void validate(std::size_t i, const ValidateBlock& order);
    void import(std::size_t i, const Block& block, bool is_own);
    void append(std::size_t i, const Block& block);
    void catch_up(std::size_t i, std::size_t from);
    void fail(std::string what);

    Options options_;
    std::mt19937_64 random_;
    milliseconds time_{1'700'000'000'000};
    std::uint64_t next_order_ = 0;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    std::vector<Node> nodes_;
    std::map<Address, std::size_t> index_;
    std::vector<std::vector<std::size_t>> groups_;
    std::set<std::pair<std::size_t, std::size_t>> cuts_;
    std::uint8_t next_salt_ = 0;
    std::string broken_;
    std::map<std::uint64_t, Hash32> decided_;  // by height
};

}  // namespace meta138::qbft::test
