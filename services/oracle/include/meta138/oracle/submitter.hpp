// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/oracle/fees.hpp"
#include "meta138/oracle/instant.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace meta138::oracle {

/// What an account is to do for one feed: a call of its aggregator that names the round it expects
/// to write, so that of two publishers' calls for a round at most one takes effect.
struct Transmission {
    std::string feed = {};
    Address aggregator = {};
    std::uint64_t round = 0;
    Bytes call_data = {};
    std::uint64_t gas_limit = 0;
    std::string description = {};  ///< For logs: `BTC / USD = 64250.12`.

    friend bool operator==(const Transmission&, const Transmission&) = default;
};

/// One signed form of a transaction: a replacement has the same nonce and other fees.
struct Attempt {
    Hash32 hash = {};
    Bytes raw = {};  ///< EIP-2718
    Fees fees = {};
    std::uint64_t round = 0;

    friend bool operator==(const Attempt&, const Attempt&) = default;
};

/// A nonce that may be used up: what the state file keeps. See docs/formats/oracle-state.md.
struct PendingTransaction {
    std::uint64_t nonce = 0;
    Transmission transmission = {};
    std::vector<Attempt> attempts = {};

    friend bool operator==(const PendingTransaction&, const PendingTransaction&) = default;
};

struct SubmitterSettings {
    FeeSettings fees = {};
    /// Without inclusion for so long after it was sent, a transaction is replaced.
    milliseconds stuck_after{15'000};
    /// Of one nonce; afterwards the last attempt is only sent again.
    unsigned max_replacements = 10;
    /// Blocks, the one with the transaction included; 1 where every block is final (QBFT).
    std::uint64_t confirmations = 1;
    /// Transactions of the account that wait for inclusion.
    std::size_t max_in_flight = 16;
    milliseconds first_backoff{500};
    milliseconds max_backoff{30'000};
};

// What the shell is to do, in the order given.

/// Write pending() to disk before anything that stands behind it is done.
struct Persist {};
/// Have a transaction signed, then call on_signed with this ticket.
struct Sign {
    std::uint64_t ticket = 0;
    std::uint64_t nonce = 0;
    Fees fees = {};
    Transmission transmission = {};
};
/// Hand a signed transaction to the chain, then call on_broadcast with its hash.
struct Broadcast {
    Hash32 hash = {};
    Bytes raw = {};
    std::uint64_t nonce = 0;
};

/// How the transaction of an update ended.
enum class Outcome : std::uint8_t {
    confirmed,           ///< The round is written, and final as far as the settings ask.
    skipped,             ///< Included, but the aggregator did nothing: the round was taken.
    reverted,            ///< Included, and the aggregator refused.
    superseded,          ///< Its nonce was used by a transaction that this process does not know.
    withdrawn,           ///< Not wanted any more before it was sent.
    refused_by_signer,   ///< Policy, unknown account.
    refused_by_chain,    ///< A node will never take it; `detail` says why.
    insufficient_funds,  ///< The account cannot pay.
};
[[nodiscard]] std::string_view to_string(Outcome outcome) noexcept;

struct Finished {
    Outcome outcome{};
    std::string feed = {};
    std::uint64_t round = 0;
    std::uint64_t nonce = 0;
    Hash32 hash = {};                  ///< Of the attempt that was included; else zero.
    std::uint64_t block = 0;           ///< As above.
    std::uint64_t gas_used = 0;        ///< As above.
    uint256 effective_gas_price = {};  ///< As above.
    std::string detail = {};
};

/// For logs and metrics. Nothing depends on it.
struct Notice {
    enum class Kind : std::uint8_t {
        signing_failed,    ///< Will be tried again; `detail`.
        sending_failed,    ///< Will be tried again; `detail`.
        sent,              ///< A node has it.
        replaced,          ///< Stuck or underpriced: signed again with higher fees.
        fee_cap_reached,   ///< It would have to be replaced, but the cap or the count forbids it.
        sent_again,        ///< The same transaction, to a node that may have forgotten it.
        removed_by_reorg,  ///< It was included in a block that is not canonical any more.
    };
    Kind kind{};
    std::string feed = {};
    std::uint64_t nonce = 0;
    Hash32 hash = {};
    Fees fees = {};
    std::string detail = {};
};

using Action = std::variant<Persist, Sign, Broadcast, Finished, Notice>;
using Actions = std::vector<Action>;

struct SigningError {
    bool is_final = false;  ///< Refused by policy or for lack of the key: asking again won't help.
    std::string detail = {};
};

struct BroadcastError {
    enum class Kind : std::uint8_t {
        unreachable,         ///< No answer: a node may or may not have it.
        busy,                ///< A node has no room at the moment, or asks to slow down.
        nonce_too_low,       ///< The nonce is used up.
        underpriced,         ///< Fees below what a node or the block asks.
        replaces_too_cheap,  ///< Another transaction with that nonce waits, and pays as much.
        insufficient_funds,
        rejected,  ///< Never valid.
    };
    Kind kind{};
    std::string detail = {};
};

/// Sorts a node's answer to eth_sendRawTransaction by its message, as Besu, go-ethereum, Nethermind
/// and this project word it. Absent: the node has the transaction already, which is success.
[[nodiscard]] std::optional<BroadcastError> classify_broadcast_error(std::int64_t code,
                                                                     std::string_view message);

/// What became of an included attempt.
struct Inclusion {
    enum class Effect : std::uint8_t { updated, skipped, reverted };
    Hash32 hash = {};
    std::uint64_t block = 0;
    Effect effect{};
    std::uint64_t gas_used = 0;
    uint256 effective_gas_price = {};
};

/// The account as one node shows it at one head.
struct AccountView {
    std::uint64_t head = 0;
    std::uint64_t nonce = 0;  ///< eth_getTransactionCount(account, latest)
    FeeMarket market = {};
    std::vector<Inclusion> inclusions = {};  ///< Of the attempts that Submitter::watched() names.
};

/// Gets updates into the chain for one account, one nonce after the other: signs, sends, replaces
/// what is stuck, follows what was included until it is final.
///
/// A plain state machine: events and a time in, actions out. At most one transaction is unsent at a
/// time, so a nonce is never left out; the account belongs to this process alone (somebody else's
/// transaction is survived, and reported as `superseded`). Times are of the steady clock. One
/// thread.
class Submitter {
public:
    /// `pending` is what a former run persisted last. `seed` is for the jitter of back-offs.
    Submitter(SubmitterSettings settings, std::vector<PendingTransaction> pending,
              std::uint64_t seed);

    /// The feed needs this update. For a feed that waits or is on its way this is what a
    /// replacement will say; otherwise it gets the next nonce.
    [[nodiscard]] Actions submit(Transmission transmission, milliseconds now);
    /// The feed needs no update any more: what is not sent yet never will be.
    [[nodiscard]] Actions withdraw(std::string_view feed, milliseconds now);

    [[nodiscard]] Actions on_signed(std::uint64_t ticket,
                                    std::expected<Attempt, SigningError> signed_transaction,
                                    milliseconds now);
    /// `error` is absent when a node has the transaction.
    [[nodiscard]] Actions on_broadcast(const Hash32& hash,
                                       const std::optional<BroadcastError>& error,
                                       milliseconds now);
    [[nodiscard]] Actions on_view(const AccountView& view, milliseconds now);
    [[nodiscard]] Actions on_time(milliseconds now);

    /// When on_time has something to do next; absent: only another event will cause anything.
    [[nodiscard]] std::optional<milliseconds> deadline() const;

    /// What must be on disk: nonces with signed transactions.
    [[nodiscard]] std::vector<PendingTransaction> pending() const;
    /// The hashes whose receipts AccountView::inclusions is about.
    [[nodiscard]] std::vector<Hash32> watched() const;
    /// Whether the feed waits or is on its way.
    [[nodiscard]] bool is_busy(std::string_view feed) const;
    /// Transactions that nobody has confirmed yet, the one that waits for its signature included.
    [[nodiscard]] std::size_t in_flight() const noexcept { return slots_.size(); }
    /// Updates that wait for a nonce.
    [[nodiscard]] std::size_t waiting() const noexcept { return queue_.size(); }

private:
    enum class Stage : std::uint8_t {
        to_sign,   // at `at`
        signing,   // asked the signer
        to_send,   // at `at`
        sending,   // asked a node
        sent,      // a node has it, since `at`
        included,  // in a block that may still be reorganised away
    };
    struct Slot {
        std::uint64_t nonce = 0;
        Transmission transmission;  // what the last attempt says, or the first one will
        std::vector<Attempt> attempts;
        Stage stage = Stage::to_sign;
        bool is_accepted = false;  // a node has said so
        bool may_be_out = false;   // a node has or may have an attempt: the nonce is taken
        bool may_replace = true;
        std::optional<Transmission> newer;  // what a replacement will say
        Fees fees;                          // of the attempt that is being signed
        std::uint64_t ticket = 0;
        milliseconds at{};
        unsigned failures = 0;
        unsigned replacements = 0;
        unsigned views_passed = 0;  // views in a row that show the nonce used up by another
        std::optional<Inclusion> inclusion;
    };
    using Slots = std::deque<Slot>;
    /// After a final refusal a feed waits, so that what is decided anew each second does not ask
    /// the signer or a node each second.
    struct Pause {
        milliseconds until{};
        unsigned failures = 0;
    };

    [[nodiscard]] milliseconds backoff(unsigned failures);
    [[nodiscard]] std::uint64_t next_nonce(milliseconds now);
    [[nodiscard]] bool may_open() const noexcept;
    [[nodiscard]] milliseconds paused_until(std::string_view feed) const;
    [[nodiscard]] bool may_be_stuck(const Slot& slot) const noexcept;
    void open_slots(Actions& out, milliseconds now);
    void ask_signature(Slot& slot, Actions& out);
    void send(Slot& slot, Actions& out);
    void replace(Slot& slot, Actions& out, milliseconds now);
    void retry_later(Slot& slot, Stage stage, milliseconds now);
    void keep_previous(Slot& slot, std::string detail, Actions& out, milliseconds now);
    void give_up(const Slot& slot, Outcome outcome, std::string detail, Actions& out,
                 milliseconds now);
    void refused(Slot& slot, const BroadcastError& error, Actions& out, milliseconds now);
    void follow(Slot& slot, const AccountView& view, Actions& out, milliseconds now);
    void finish(Actions& out, milliseconds now);
    void wake(Actions& out, milliseconds now);

    SubmitterSettings settings_;
    std::mt19937_64 random_;
    Slots slots_;  // by nonce; only the last may be one that no node has accepted
    std::deque<Transmission> queue_;  // one a feed
    std::map<std::string, Pause, std::less<>> pauses_;
    std::optional<AccountView> view_;
    std::uint64_t used_nonces_ = 0;  // all below were used up when this process last saw it
    std::optional<milliseconds> lagging_since_;  // since when views show fewer
    std::uint64_t next_ticket_ = 1;
};

}  // namespace meta138::oracle
