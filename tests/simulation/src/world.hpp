// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chain_spec.hpp"
#include "invariants.hpp"
#include "network.hpp"
#include "node.hpp"
#include "old_network.hpp"
#include "random.hpp"
#include "scenario.hpp"
#include "time.hpp"
#include "trace.hpp"

#include "meta138/qbft/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace meta138::simulation {

class Attacker;

/// What came out of one run.
struct Result {
    std::optional<std::string> violation;  ///< Which promise was broken, and how.
    std::uint64_t heights = 0;
    Time virtual_time{};
    std::uint32_t highest_round = 0;  ///< In which a block was decided.
    std::uint64_t storms = 0;
    std::array<std::uint64_t, fault_count> faults{};
    std::uint64_t messages = 0;  ///< Delivered.
    std::uint64_t attacks = 0;   ///< Messages that byzantine validators made up.
    /// Contradictions of machines that came back without their disk, where they are to be expected.
    std::uint64_t forgotten = 0;
    /// The longest that a calm needed, as a part of its bound, and in time.
    double worst_recovery = 0;
    Time longest_recovery{};
    consensus::ValidatorCounters counters;  ///< Of all nodes.
    /// When costs are measured: from a height's first proposal until a validator has the block.
    std::vector<Time> commit_times;
    std::vector<Time> proposal_delays;    ///< Likewise: after a block's timestamp.
    std::chrono::nanoseconds measured{};  ///< Processor time of all nodes, when it is measured.
    std::vector<std::string> trace;       ///< The last events, when they were asked for.
};

/// One run: machines, a network between them, what goes wrong, and the promises that hold anyway.
class World {
public:
    World(const Scenario& scenario, bool traces);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    [[nodiscard]] Result run();

    // --- For nodes and attackers

    [[nodiscard]] Time now() const noexcept { return now_; }
    [[nodiscard]] const Scenario& scenario() const noexcept { return scenario_; }
    [[nodiscard]] const Genesis& genesis() const noexcept { return genesis_; }
    [[nodiscard]] const qbft::Config& config() const noexcept { return config_; }
    [[nodiscard]] Random& random() noexcept { return random_; }
    [[nodiscard]] Network& network() noexcept { return network_; }
    [[nodiscard]] Invariants& invariants() noexcept { return invariants_; }
    [[nodiscard]] std::span<const std::unique_ptr<Node>> nodes() const noexcept { return nodes_; }

    /// Delivers the packet when the network lets it through; a loss may break the connection.
    void send(std::size_t from, std::size_t to, const std::shared_ptr<const Packet>& packet,
              Time at);
    /// Calls `what` then. With a node: not while it is busy.
    using What = std::move_only_function<void()>;
    void at(Time when, What what) { push(when, nobody, std::move(what)); }
    void at_node(std::size_t node, Time when, What what) { push(when, node, std::move(what)); }
    /// A node has another head.
    void on_head(Node& node, Time when);
    /// Somebody proposes a block of that height.
    /// Somebody proposes a block of that height; `late`: after its own timestamp, by its clock.
    void on_proposed(std::uint64_t number, Time when, Time late);
    /// It died by itself, of a fault that was laid out.
    void on_crashed(Node& node);
    void count_round(std::uint32_t round) noexcept {
        result_.highest_round = std::max(result_.highest_round, round);
    }
    void count_attack() noexcept { ++result_.attacks; }
    void count_forgotten() noexcept { ++result_.forgotten; }

    template <typename... Arguments>
    void trace(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        if (trace_.is_on())
            trace_.add(now_, fmt::format(format, std::forward<Arguments>(arguments)...));
    }
    /// A promise is broken: the run ends here.
    void fail(std::string violation);

private:
    static constexpr std::size_t nobody = SIZE_MAX;
    struct Event {
        Time at{};
        std::uint64_t order = 0;
        std::size_t node = nobody;
        What what;
    };
    static bool is_later(const Event& a, const Event& b) {
        return a.at != b.at ? a.at > b.at : a.order > b.order;
    }
    void push(Time when, std::size_t node, What what);
    void push_event(Event event);
    /// Does what waits for the node, as long as that is not busy.
    void drain(std::size_t node);
    void drain_later(std::size_t node);
    void build_network();
    void break_connection(std::size_t a, std::size_t b);
    void connect_again(std::size_t a, std::size_t b);
    void tick();
    void serve_old_blocks();

    // --- Storms and calms (storms.cpp)

    void begin_storm();
    void end_storm();
    void begin_fault();
    void restart_later(Node& node, Time after);
    void crash_one();
    void break_quorum();
    [[nodiscard]] static bool is_deciding(const Node& node);
    void lose_a_disk();
    void lose_a_tail();
    void cut_pair(std::size_t from, std::size_t to, Time at_most);
    void until_healed(Time at_most, What heal);
    void partition();
    void isolate();
    void cut_one_way();
    void lose_messages();
    void slow_down();
    void jump_a_clock();
    void slow_a_disk();
    void slow_execution();
    void vote();
    void change_contract();
    void send_transactions(std::size_t count);
    void submit(const Candidate& transaction);
    [[nodiscard]] Node& any_node();
    [[nodiscard]] bool counts(const Node& node) const;
    [[nodiscard]] std::string describe_nodes();
    void check_calm();

    const Scenario scenario_;
    Random random_;
    Trace trace_;
    const Genesis genesis_;
    const qbft::Config config_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::vector<std::unique_ptr<Attacker>> attackers_;
    Network network_;
    std::optional<OldNetwork> old_network_;  // while there are blocks of IBFT 2 to make or to give
    Invariants invariants_;
    Result result_;

    Time now_{};
    std::uint64_t order_ = 0;
    std::vector<Event> events_;  // a heap
    struct Inbox {
        std::deque<What> waiting;  // for a busy node, in order
        bool is_drained_later = false;
    };
    std::vector<Inbox> inboxes_;  // by node
    bool is_over_ = false;

    bool is_storm_ = false;
    std::uint64_t storm_ = 0;  // number of the last one
    struct Healing {
        std::uint64_t id = 0;
        What heal;
    };
    std::vector<Healing> healings_;
    std::uint64_t next_healing_ = 0;
    std::size_t disks_lost_ = 0;  // in this storm
    std::size_t clocks_ahead_ = 0;
    std::set<std::pair<std::size_t, std::size_t>> healed_;  // that were cut in this storm
    Time calm_since_{};
    std::uint64_t calm_target_ = 0;
    std::map<std::uint64_t, Time> proposed_;  // when costs are measured
    std::vector<bool> breaking_;              // connections that are about to be made again
    std::array<std::uint64_t, senders> nonces_{};
};

}  // namespace meta138::simulation
