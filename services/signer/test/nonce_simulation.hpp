// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/signer/nonce_journal.hpp"
#include "meta138/signer/nonce_queue.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

// A queue, its journal, a node with a pool, a network between them that loses and delays, and
// crashes, all in simulated time and from one seed.
namespace meta138::signer::test {

using namespace std::chrono_literals;
using Milliseconds = std::chrono::milliseconds;

/// What a simulated transaction is: its bytes lead back here.
struct SimulatedTransaction {
    std::uint64_t nonce = 0;
    std::optional<RequestId> request{};  ///< Absent: a filler, or another program's.
    bool is_bad = false;                 ///< No node ever takes it.
    bool is_foreign = false;
};

struct SimulationOptions {
    std::uint64_t seed = 1;
    std::size_t requests = 2'000;
    Milliseconds request_gap{5};    ///< Between requests, on average.
    double bad_requests = 0;        ///< Shares and probabilities, from 0 to 1.
    double lost_requests = 0;       ///< A Send that does not reach the node.
    double lost_answers = 0;        ///< One that does, perhaps late, without an answer.
    double busy = 0;                ///< "pool is full".
    double transient_refusals = 0;  ///< Of a transaction that was never accepted.
    double failed_signatures = 0;
    double failed_counts = 0;
    Milliseconds crash_every{0};      ///< 0: never.
    Milliseconds pool_loss_every{0};  ///< The node forgets its pool; 0: never.
    Milliseconds foreign_every{0};    ///< Another program sends; 0: never.
    Milliseconds block_time{1'000};
    std::size_t block_size = 400;
    bool is_gap_refused = false;  ///< The node takes only the next nonce.
    NonceQueueOptions queue{};
};

struct SimulationReport {
    std::size_t answered_with_hash = 0;
    std::size_t answered_unknown = 0;
    std::size_t answered_refused = 0;
    std::size_t answered_nothing_sent = 0;
    std::size_t lost_in_crashes = 0;  ///< Requests whose caller never heard.
    std::size_t mined = 0;            ///< Of requests.
    std::size_t fillers = 0;
    std::size_t crashes = 0;
    std::vector<std::string> faults;  ///< What must not happen.
    NonceQueueStatus status{};
    Milliseconds duration{};  ///< Simulated.
};

/// The chain and the pool of one account.
class ModelNode {
public:
    explicit ModelNode(const SimulationOptions& options) : options_{options} {}

    SendAnswered::Accepted static constexpr accepted{};
    std::variant<SendAnswered::Accepted, NodeError> send(const Hash32& hash,
                                                         const SimulatedTransaction& transaction,
                                                         std::mt19937_64& random);
    void mine();
    void lose_pool() { pool_.clear(); }
    [[nodiscard]] Counts counts() const;
    [[nodiscard]] Whereabouts find(const Hash32& hash) const;
    [[nodiscard]] const std::vector<Hash32>& chain() const { return chain_; }
    [[nodiscard]] bool has_empty_pool() const { return pool_.empty(); }

private:
    const SimulationOptions& options_;
    std::vector<Hash32> chain_;  // by nonce
    std::set<Hash32> mined_;
    std::set<Hash32> ever_accepted_;
    std::map<std::uint64_t, Hash32> pool_;
};

class Simulation {
public:
    explicit Simulation(SimulationOptions options);
    SimulationReport run();

private:
    struct Event {
        QueueTime time;
        std::uint64_t order = 0;
        std::function<void()> run;
        bool operator<(const Event& other) const {
            return std::pair{other.time, other.order} < std::pair{time, order};
        }
    };
    struct Record {
        std::function<void(JournalContent&)> apply;
        bool is_durable = false;
    };

    void at(Milliseconds delay, std::function<void()> run);
    /// Only if the process that asked still lives.
    void at_queue(Milliseconds delay, std::function<void()> run);
    template <typename QueueEvent>
    void deliver(Milliseconds delay, QueueEvent event) {
        at_queue(delay, [this, event] { handle(queue_->on(event, now_)); });
    }
    Milliseconds up_to(std::int64_t most);
    bool chance(double probability);

    void handle(const NonceActions& actions);
    void act(const Sign& action);
    void act(const Send& action);
    void act(const LookUp& action);
    void act(const FetchCounts& action);
    void act(const Release& action);
    void act(const MarkAccepted& action);
    void act(const Settle& action);
    void act(const Answer& action);
    void tell(const Answer& answer);
    void append(std::function<void(JournalContent&)> record, std::function<void()> done);
    void schedule_tick();

    void submit_next();
    void crash();
    void send_foreign();
    void every(Milliseconds interval, const std::function<void()>& what);
    [[nodiscard]] bool is_calm() const;
    void check();

    const SimulationOptions options_;
    std::mt19937_64 random_;
    QueueTime now_{};
    std::priority_queue<Event> events_;
    std::uint64_t event_order_ = 0;
    std::uint64_t generation_ = 0;
    bool faults_are_on_ = true;

    ModelNode node_;
    std::unordered_map<Hash32, SimulatedTransaction> transactions_;
    std::uint64_t last_hash_ = 0;

    std::deque<Record> journal_;  // what is not applied to content_ yet
    JournalContent content_;
    std::unique_ptr<NonceQueue> queue_;
    std::optional<QueueTime> tick_at_;
    std::size_t waits_for_release_ = 0;

    std::set<RequestId> bad_;
    std::set<RequestId> open_;  // submitted, and their callers wait
    std::map<RequestId, Hash32> promised_;
    std::set<RequestId> refused_;
    RequestId last_request_ = 0;
    SimulationReport report_;
};

}  // namespace meta138::signer::test
