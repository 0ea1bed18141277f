// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load_ledger.hpp"
#include "load_signed.hpp"

#include "meta138/base/mutex.hpp"
#include "meta138/http/client.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace meta138::op {

/// Sends transactions in batches over a few connections to each URL, in their order, and again
/// those that a node refuses. All functions on one thread.
class LoadSender {
public:
    using Clock = std::chrono::steady_clock;

    /// `ledger` outlives this object.
    LoadSender(const TrafficOptions& options, LoadLedger& ledger, Clock::time_point start);

    void add_signed(std::vector<SignedTransaction> transactions);
    /// Transactions that are signed and were not queued yet.
    [[nodiscard]] std::size_t unused() const noexcept { return signed_.size() - queued_; }

    /// The next signed transaction is to be sent, and was due at that time.
    void queue_next(LoadLedger::Time due);
    /// To be sent again.
    void queue_again(std::size_t index);
    /// Takes note of answers, and sends what may be sent.
    void advance();
    /// Waits for an answer, no longer than `most`.
    void wait(std::chrono::milliseconds most);
    [[nodiscard]] std::size_t queued() const noexcept;

private:
    struct Queued {
        std::uint32_t index = 0;
        LoadLedger::Time due{};
        LoadLedger::Time not_before{};
    };
    struct Lane {
        std::string url = {};
        std::deque<Queued> queue = {};
        std::deque<Queued> again = {};
        std::size_t under_way = 0;
        LoadLedger::Time flushed{};
    };
    struct Answer {
        std::size_t lane = 0;
        std::vector<Queued> batch;
        http::ClientResult result;
    };

    [[nodiscard]] LoadLedger::Time now() const { return Clock::now() - start_; }
    [[nodiscard]] Lane& lane_of(std::size_t index);
    void flush(std::size_t lane);
    [[nodiscard]] std::vector<Queued> take_batch(Lane& lane) const;
    void send(std::size_t lane, std::vector<Queued> batch);
    void take_answers() META138_EXCLUDES(mutex_);
    void on_answer(const Answer& answer);
    void on_refused(Lane& lane, Queued transaction, std::string_view message);

    const TrafficOptions& options_;
    LoadLedger& ledger_;
    const Clock::time_point start_;
    std::vector<Lane> lanes_;
    std::vector<std::string> signed_;
    std::size_t queued_ = 0;

    Mutex mutex_;
    std::condition_variable_any changed_;
    std::vector<Answer> answers_ META138_GUARDED_BY(mutex_);
    http::Client http_;  // the last member: its callbacks use those above
};

}  // namespace meta138::op
