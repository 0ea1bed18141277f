// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/signer/submission_error.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

/// Who gets which nonce, and what becomes of it: the core of one account on one chain.
///
/// Signs nothing, sends nothing, reads no clock. Each event returns actions, which the shell
/// carries out **in their order**; the answers to Sign, Send, LookUp and FetchCounts come back as
/// events, whenever. One thread at a time.
///
/// The contract with the shell:
/// 1. Sign: sign the request's transaction with that nonce, append it to the journal, and only when
///    it is durable report Signed. So whatever was ever sent is in the journal.
/// 2. Release, MarkAccepted and Settle go to the journal in order. An Answer that follows a Release
///    in the same list goes out when the release is durable; nothing waits for the other two.
/// 3. Send: eth_sendRawTransaction. Every Send gets exactly one SendAnswered, also when it times
///    out (outcome unknown). A refusal that certainly happened before the bytes left (connection
///    refused) is `unknown` too: the queue tries again either way.
/// 4. After a restart: restore() first, with what the journal holds.
///
/// What it promises:
/// - every nonce is used by at most one request, and a request by at most one transaction that can
///   be mined; a request is given another nonce only when the first can no longer take effect;
/// - no gap stays: a nonce whose transaction was refused goes to the next request, or, if later
///   ones are out and nobody comes, to a transfer of nothing to oneself;
/// - a request that was answered with a hash is sent again until it is mined, over restarts, unless
///   another program takes its nonce by outbidding it.
namespace meta138::signer {

using QueueTime = std::chrono::steady_clock::time_point;
using RequestId = std::uint64_t;  ///< The shell's, never used twice.
using Ticket = std::uint64_t;     ///< One transaction to be signed; never used twice in a queue.

struct NonceQueueOptions {
    std::size_t max_waiting = 10'000;  ///< Requests without a nonce yet; more are refused.
    std::size_t window = 64;           ///< Nonces given, but not accepted by the node yet.
    std::size_t max_unmined = 8'192;   ///< Nonces given, but not known to be mined.
    /// A request without an outcome is answered that it has none after this time.
    std::chrono::milliseconds patience{30'000};
    /// How long after a Send without an answer its bytes may still reach the chain. Past it a
    /// refusal is taken to be the truth.
    std::chrono::milliseconds dispute_period{60'000};
    std::chrono::milliseconds first_retry{250};   ///< Doubles with each attempt, ...
    std::chrono::milliseconds max_retry{10'000};  ///< ... up to this.
    /// How long a gap waits for a request before it is filled.
    std::chrono::milliseconds gap_patience{500};
    bool fills_gaps = true;  ///< With a transfer of nothing; else the gap waits for a request.
    /// How often counts are fetched while something is not mined, and how old they may be when the
    /// first request after a pause gets its nonce.
    std::chrono::milliseconds count_interval{2'000};
    /// An accepted transaction that the node's pending count does not include is sent again.
    std::chrono::milliseconds resend_after{10'000};
    /// After a node has refused a nonce as too high, one Send at a time for this long.
    std::chrono::milliseconds in_turn_for{60'000};
    /// A transaction that was accepted, lost, and refused ever since is given up after this time;
    /// 0: never.
    std::chrono::milliseconds abandon_after{0};
};

/// The error object of a JSON-RPC answer.
struct NodeError {
    std::int64_t code = 0;
    std::string message;
    std::string data;  ///< JSON, or empty.

    friend bool operator==(const NodeError&, const NodeError&) = default;
};

/// Why nothing was sent for a request.
enum class NotSent : std::uint8_t {
    queue_full,  ///< max_waiting.
    timed_out,   ///< No nonce within `patience`: the node does not answer, or too much waits.
    not_signed,  ///< The key did not sign.
};

// Events.

/// Somebody wants a transaction sent; with its own nonce, or with one from the queue.
struct Submit {
    RequestId request = 0;
    std::optional<std::uint64_t> nonce{};
};
/// What Sign asked for is signed, and durable.
struct Signed {
    Ticket ticket = 0;
    Hash32 hash;
    std::shared_ptr<const Bytes> raw;
};
struct SignFailed {
    Ticket ticket = 0;
    std::string reason;
};
struct SendAnswered {
    struct Accepted {};
    struct Unknown {};  ///< Time-out, connection lost, HTTP 5xx without a JSON-RPC answer.
    Ticket ticket = 0;
    std::variant<Accepted, NodeError, Unknown> outcome;
};
enum class Whereabouts : std::uint8_t {
    absent,   ///< The node does not know the transaction.
    pending,  ///< In its pool.
    mined,
    unknown,  ///< The node did not answer.
};
/// The answer to LookUp: eth_getTransactionByHash.
struct LookedUp {
    Ticket ticket = 0;
    Whereabouts where = Whereabouts::unknown;
};
/// eth_getTransactionCount of the account, `latest` and `pending`, asked in this order.
struct Counts {
    std::uint64_t latest = 0;
    std::uint64_t pending = 0;
};
struct CountsFailed {};
struct Tick {};  ///< next_time() has come.

// Actions.

/// Sign `request`'s transaction with this nonce; without a request, a transfer of nothing to
/// oneself.
struct Sign {
    Ticket ticket = 0;
    std::uint64_t nonce = 0;
    std::optional<RequestId> request{};
};
struct Send {
    Ticket ticket = 0;
    std::uint64_t nonce = 0;
    Hash32 hash;
    std::shared_ptr<const Bytes> raw;
};
struct LookUp {
    Ticket ticket = 0;
    Hash32 hash;
};
struct FetchCounts {};
struct Answer {
    struct Accepted {
        Hash32 hash;
    };
    /// Sent, but nobody knows whether it arrived. It is sent again until somebody does.
    struct Unknown {
        Hash32 hash;
    };
    struct NothingSent {
        NotSent why{};
        std::string reason{};
    };
    RequestId request = 0;
    std::variant<Accepted, NodeError, Unknown, NothingSent> outcome;
};
/// Journal: this transaction will not be sent again; its nonce may be another's.
struct Release {
    std::uint64_t nonce = 0;
    Hash32 hash;
};
/// Journal: the node has taken it, so a request may have been answered with this hash.
struct MarkAccepted {
    std::uint64_t nonce = 0;
    Hash32 hash;
};
/// Journal: all nonces below are used up on the chain.
struct Settle {
    std::uint64_t below = 0;
};
using NonceAction =
    std::variant<Sign, Send, LookUp, FetchCounts, Answer, Release, MarkAccepted, Settle>;
using NonceActions = std::vector<NonceAction>;

/// A transaction that the journal knows and the chain may not.
struct RestoredTransaction {
    std::uint64_t nonce = 0;
    Hash32 hash;
    std::shared_ptr<const Bytes> raw;
    bool was_accepted = false;
};

struct NonceQueueStatus {
    std::size_t waiting = 0;
    std::size_t in_flight = 0;  ///< Nonces given, but not accepted.
    std::size_t unmined = 0;    ///< Nonces given, but not mined.
    std::size_t gaps = 0;       ///< Nonces below those that are out, which nobody has.
    std::uint64_t next = 0;     ///< The next nonce.
    std::uint64_t latest = 0;   ///< What the chain has used up.
    std::uint64_t pending = 0;  ///< By the node's last answer.
    bool is_synced = false;     ///< Counts have been fetched.
    /// Totals since the start.
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;
    std::uint64_t resent = 0;
    std::uint64_t renumbered = 0;  ///< Requests that lost their nonce to another program.
    std::uint64_t filled = 0;      ///< Gaps, with a transfer of nothing.
    std::uint64_t displaced = 0;   ///< Accepted transactions that another program outbid.
    std::uint64_t abandoned = 0;   ///< After abandon_after.
};

class NonceQueue {
public:
    explicit NonceQueue(const NonceQueueOptions& options);

    /// Before any event: what the journal holds. `settled_below` is the highest Settle. The first
    /// actions come from the first Tick or Submit.
    void restore(std::vector<RestoredTransaction> transactions, std::uint64_t settled_below,
                 QueueTime now);

    [[nodiscard]] NonceActions on(const Submit& event, QueueTime now);
    [[nodiscard]] NonceActions on(const Signed& event, QueueTime now);
    [[nodiscard]] NonceActions on(const SignFailed& event, QueueTime now);
    [[nodiscard]] NonceActions on(const SendAnswered& event, QueueTime now);
    [[nodiscard]] NonceActions on(const LookedUp& event, QueueTime now);
    [[nodiscard]] NonceActions on(const Counts& event, QueueTime now);
    [[nodiscard]] NonceActions on(const CountsFailed& event, QueueTime now);
    [[nodiscard]] NonceActions on(const Tick& event, QueueTime now);

    /// When Tick is due next; ticks that come early do no harm.
    [[nodiscard]] std::optional<QueueTime> next_time() const;

    [[nodiscard]] NonceQueueStatus status() const;

private:
    struct Slot {
        enum class State : std::uint8_t {
            signing,   ///< Sign is out.
            ready,     ///< Signed; a lower nonce is still being signed.
            sending,   ///< Send is out.
            retrying,  ///< To be sent again at retry_at.
            checking,  ///< Its nonce is used up: LookUp is out, or due again at retry_at.
            accepted,  ///< The node has it.
        };
        State state = State::signing;
        Ticket ticket = 0;
        std::optional<RequestId> request{};  ///< While it waits for an answer.
        bool is_explicit = false;            ///< The nonce is the caller's: never renumbered.
        bool is_filler = false;
        bool was_accepted = false;
        bool is_unwanted = false;  ///< Its request has been told that nothing is sent.
        Hash32 hash{};
        std::shared_ptr<const Bytes> raw{};
        /// The last Send that may have arrived without our knowing.
        std::optional<QueueTime> last_unknown{};
        QueueTime touched{};  ///< Last sent or accepted.
        std::optional<QueueTime> refused_since{};
        std::optional<QueueTime> retry_at{};  ///< Also in timers_.
        unsigned attempts = 0;
        unsigned absences = 0;  ///< LookUps that found nothing.
        NodeError last_error{};
    };
    /// A transaction that its caller wants in the place of another.
    struct Replacement {
        std::uint64_t nonce = 0;
        std::optional<RequestId> request{};
        bool is_sent = false;
        Hash32 hash{};
        std::shared_ptr<const Bytes> raw{};
    };
    using Slots = std::map<std::uint64_t, Slot>;

    void pump(NonceActions& out, QueueTime now);
    void assign(NonceActions& out);
    void send_ready(NonceActions& out, QueueTime now);
    void run_timers(NonceActions& out, QueueTime now);
    void wait_for_turn(Slots::iterator slot, QueueTime now);
    [[nodiscard]] bool goes_in_turn(QueueTime now) const;
    void fill_gaps(NonceActions& out, QueueTime now);
    void expire_requests(NonceActions& out, QueueTime now);
    void fetch_counts(NonceActions& out, QueueTime now);

    Ticket open_slot(std::uint64_t nonce, Slot slot, NonceActions& out);
    Slots::iterator find_slot(Ticket ticket);
    void close_slot(Slots::iterator slot);
    void drop(Slots::iterator slot, NonceActions& out);
    void set_state(Slots::iterator slot, Slot::State state);
    void send(Slots::iterator slot, NonceActions& out, QueueTime now);
    void look_up(Slots::iterator slot, NonceActions& out);
    void retry_later(Slots::iterator slot, QueueTime now);
    void stop_timer(Slots::iterator slot);
    void accept(Slots::iterator slot, NonceActions& out, QueueTime now);
    void refuse(Slots::iterator slot, NonceActions& out, QueueTime now);
    void lose_nonce(Slots::iterator slot, NonceActions& out);
    void on_node_error(Slots::iterator slot, const NodeError& error, NonceActions& out,
                       QueueTime now);
    void on_refusal(Slots::iterator slot, NonceActions& out, QueueTime now);

    void submit_with_nonce(const Submit& event, NonceActions& out);
    void on_replacement_signed(Ticket ticket, const Signed& event, NonceActions& out);
    void on_replacement_answered(const SendAnswered& event, NonceActions& out, QueueTime now);

    void answer(RequestId request, decltype(Answer::outcome) outcome, NonceActions& out);
    void answer_late(RequestId request, NonceActions& out, QueueTime now);
    void answer_late(Slots::iterator slot, NonceActions& out, QueueTime now);

    void sync_first(QueueTime now);
    void settle(NonceActions& out);
    void find_lost(QueueTime now);
    void free_nonce(std::uint64_t nonce, QueueTime now);
    [[nodiscard]] bool may_assign_nonces() const;
    [[nodiscard]] bool wants_counts(QueueTime now) const;
    [[nodiscard]] bool in_dispute(const Slot& slot, QueueTime now) const;
    [[nodiscard]] bool is_gap(std::uint64_t nonce) const;
    [[nodiscard]] std::chrono::milliseconds backoff(std::chrono::milliseconds first,
                                                    unsigned attempts) const;
    [[nodiscard]] std::optional<QueueTime> gap_due() const;

    const NonceQueueOptions options_;

    Slots slots_;  // by nonce
    std::unordered_map<Ticket, std::uint64_t> tickets_;
    std::unordered_map<Ticket, Replacement> replacements_;
    std::set<std::uint64_t> signing_;  // nonces that a later one waits for
    std::set<std::uint64_t> ready_;
    std::set<std::pair<QueueTime, std::uint64_t>> timers_;
    std::map<std::uint64_t, QueueTime> free_;  // nonces below next_ that nobody has, since when

    struct Place {
        bool is_waiting = true;
        Ticket ticket = 0;
    };
    std::unordered_map<RequestId, Place> requests_;  // those without an answer
    std::deque<RequestId> waiting_;                  // with some that have been answered since
    std::size_t waiting_count_ = 0;                  // without those
    std::deque<std::pair<QueueTime, RequestId>> deadlines_;

    std::set<std::uint64_t> open_;  // nonces of slots that are not accepted
    std::size_t sending_ = 0;
    std::uint64_t next_ = 0;
    std::uint64_t latest_ = 0;
    std::uint64_t pending_ = 0;
    std::uint64_t settled_ = 0;  // by the last Settle

    bool is_synced_ = false;
    bool is_fetching_ = false;
    bool counts_are_stale_ = false;  // by what the node said since
    std::optional<QueueTime> counted_at_;
    std::optional<QueueTime> count_retry_at_;
    unsigned count_failures_ = 0;
    std::optional<std::pair<std::uint64_t, QueueTime>> hole_;  // another's nonce that vanished
    std::optional<QueueTime> in_turn_until_;
    unsigned filler_failures_ = 0;
    Ticket last_ticket_ = 0;
    NonceQueueStatus totals_;
};

}  // namespace meta138::signer
