// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chain/downstream.hpp"
#include "chain/fee_source.hpp"
#include "signing_gate.hpp"

#include "meta138/base/mutex.hpp"
#include "meta138/http/worker_threads.hpp"
#include "meta138/signer/nonce_journal.hpp"
#include "meta138/signer/nonce_queue.hpp"
#include "meta138/signer/transaction_request.hpp"
#include "meta138/telemetry/logging.hpp"
#include "meta138/telemetry/metrics.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <unordered_map>
#include <vector>

namespace meta138::signer {

/// A chain as the sender needs it; outlives it.
struct SenderChain {
    Downstream* downstream = nullptr;
    FeeSource* fees = nullptr;
};

/// What a caller wants sent, after the policy allowed it.
struct Submission {
    TransactionRequest request;
    Caller caller;
    Headers headers;  ///< Of the caller, for the node: a token.
    std::optional<RequestName> name{};
};

/// Runs a NonceQueue for each account and chain: signs, keeps the journal, sends, asks the node
/// what became of it. One thread of its own; submit() from any.
class TransactionSender {
public:
    using Outcome = decltype(Answer::outcome);
    using Done = std::move_only_function<void(const Outcome&)>;

    struct Parts {
        NonceQueueOptions options;
        NonceJournal& journal;
        SigningGate& gate;
        const KeyStore& keys;
        http::WorkerThreads& workers;
        std::map<std::uint64_t, SenderChain> chains;
        telemetry::Metrics& metrics;
        telemetry::Logger log;
    };

    /// Takes up what the journal holds.
    explicit TransactionSender(Parts parts);
    ~TransactionSender();
    TransactionSender(const TransactionSender&) = delete;
    TransactionSender& operator=(const TransactionSender&) = delete;

    /// `done` is called once, on some thread; not after stop().
    void submit(const NonceAccount& account, Submission submission, Done done);

    /// If a request of this name has been here, `done` gets that one's outcome, now or when there
    /// is one; else `otherwise` is called. Any thread; both are called on the sender's, once
    /// together.
    void find(const NonceAccount& account, const RequestName& name, Done done,
              std::move_only_function<void()> otherwise);

    /// Ends the thread; what has no outcome is for the next start. Afterwards events are ignored.
    void stop() META138_EXCLUDES(mutex_);

    /// Requests without an answer.
    [[nodiscard]] std::size_t unanswered() const noexcept { return unanswered_; }

private:
    struct Account;
    struct Pending;
    struct Gauges;
    using Task = std::move_only_function<void()>;

    void post(Task task) META138_EXCLUDES(mutex_);
    void run() META138_EXCLUDES(mutex_);
    void tick(QueueTime now);
    void restore();
    void update_gauges();

    // The thread's.
    Account& account_of(const NonceAccount& id);
    template <typename Event>
    void handle(Account& account, const Event& event);
    void carry_out(Account& account, NonceActions actions);
    void carry_out(Account& account, Sign action);
    void carry_out(Account& account, Send action);
    void carry_out(Account& account, const LookUp& action);
    void fetch_counts(Account& account);
    void release(Account& account, const Release& action, std::vector<Answer> answers);
    void answer(Account& account, Answer action);
    /// True, and `done` is taken: it is a repetition.
    bool repeats(Account& account, const RequestName& name, Done& done);
    void sign_filler(Account& account, const Sign& action);
    void set_timer(Account& account);

    // Any thread.
    void sign(const NonceAccount& id, const Sign& action, Transaction transaction, Caller caller,
              std::string event, std::optional<RequestName> name);
    void sign_failed(const NonceAccount& id, Ticket ticket, std::string reason);
    template <typename Event>
    void post_event(const NonceAccount& id, Event event);

    Parts parts_;
    std::atomic<std::size_t> unanswered_{0};
    std::map<NonceAccount, std::unique_ptr<Account>> accounts_;  // the thread's
    std::set<std::pair<QueueTime, NonceAccount>> timers_;        // the thread's
    std::map<std::uint64_t, std::unique_ptr<Gauges>> gauges_;    // the thread's
    RequestId last_request_ = 0;                                 // the thread's
    Mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<Task> tasks_ META138_GUARDED_BY(mutex_);
    bool is_stopping_ META138_GUARDED_BY(mutex_) = false;
    std::thread thread_;
};

}  // namespace meta138::signer
