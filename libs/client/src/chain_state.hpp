// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "head_stream.hpp"
#include "reply.hpp"

#include "meta138/base/mutex.hpp"
#include "meta138/client/chain.hpp"
#include "meta138/codec/json/reader.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace meta138::client {

/// A watcher of heads.
struct HeadWatch::State {
    explicit State(std::function<void(const Head&)> on_head) : on_head_{std::move(on_head)} {}

    void tell(const Head& head) {
        const std::lock_guard lock{mutex_};
        if (!has_ended_) on_head_(head);
    }
    /// No call begins after that, and none runs, unless it is the caller.
    void end() {
        const std::lock_guard lock{mutex_};
        has_ended_ = true;
    }

private:
    std::recursive_mutex mutex_;  // a callback may end its own watch
    bool has_ended_ = false;
    const std::function<void(const Head&)> on_head_;
};

/// Health of the endpoints, and who asks which when. Any thread.
struct Chain::State {
    using Clock = std::chrono::steady_clock;

    explicit State(ChainOptions given);
    ~State();
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    const ChainOptions options;
    std::vector<std::string> names;  // constant after construction

    /// Asks one endpoint after the other for an answer to `body`.
    http::PendingRequest send(std::string body, bool repeatable, const CallOptions& call,
                              std::unique_ptr<Reply> reply);

    /// Endpoints to ask, in that order.
    [[nodiscard]] std::vector<std::size_t> order(const CallOptions& call) const
        META138_EXCLUDES(mutex_);
    [[nodiscard]] http::ClientRequest request(std::size_t endpoint, const std::string& body,
                                              const CallOptions& call, bool repeatable) const;
    void note_answer(std::size_t endpoint) META138_EXCLUDES(mutex_);
    void note_failure(std::size_t endpoint, const CallError& error) META138_EXCLUDES(mutex_);

    void add_watch(const std::shared_ptr<HeadWatch::State>& watch) META138_EXCLUDES(mutex_);
    [[nodiscard]] std::vector<EndpointStatus> statuses() const META138_EXCLUDES(mutex_);

    /// Of the io thread.
    json::Parser parser;

private:
    struct Record {
        EndpointHealth reported = EndpointHealth::healthy;
        std::uint64_t answers = 0;
        std::uint64_t failures = 0;
        std::string last_error = {};
    };

    [[nodiscard]] static Failover::Time now();
    /// Endpoints whose health is another than was reported.
    [[nodiscard]] std::vector<EndpointStatus> take_changes() META138_REQUIRES(mutex_);
    [[nodiscard]] EndpointStatus status(std::size_t endpoint) const META138_REQUIRES(mutex_);
    void tell(const std::vector<EndpointStatus>& changes) const;
    void run_timer(const std::stop_token& stop) META138_EXCLUDES(mutex_);
    void probe(std::size_t endpoint);
    void note_head(std::size_t endpoint, std::uint64_t number) META138_EXCLUDES(mutex_);
    void poll_head() META138_EXCLUDES(mutex_);
    void poll_number() META138_EXCLUDES(mutex_);
    void finish_poll() META138_EXCLUDES(mutex_);
    void on_polled(const Head& head) META138_EXCLUDES(mutex_);
    void tell_watchers(const Head& head) META138_EXCLUDES(mutex_);
    /// Opens, replaces or ends the stream of heads as watchers and endpoints want it.
    void tend_stream() META138_EXCLUDES(mutex_);
    [[nodiscard]] std::optional<std::size_t> choose_stream() const META138_REQUIRES(mutex_);
    void open_stream(std::size_t endpoint) META138_EXCLUDES(mutex_);

    mutable Mutex mutex_;
    std::condition_variable_any changed_;
    Failover failover_ META138_GUARDED_BY(mutex_);
    std::vector<Record> records_ META138_GUARDED_BY(mutex_);
    std::vector<std::weak_ptr<HeadWatch::State>> watches_ META138_GUARDED_BY(mutex_);
    Failover::Time poll_at_ META138_GUARDED_BY(mutex_){};
    bool is_polling_ META138_GUARDED_BY(mutex_) = false;
    Hash32 last_head_ META138_GUARDED_BY(mutex_);
    std::uint64_t last_number_ META138_GUARDED_BY(mutex_) = 0;
    std::optional<std::uint64_t> polled_number_ META138_GUARDED_BY(mutex_);
    bool is_streaming_ META138_GUARDED_BY(mutex_) = false;  // heads have come through the stream
    bool stream_has_ended_ META138_GUARDED_BY(mutex_) = false;
    Failover::Time stream_at_ META138_GUARDED_BY(mutex_){};  // when a stream may be opened
    Failover::Time stream_backoff_ META138_GUARDED_BY(mutex_){};

public:
    // The last members: what runs on their threads uses those above.
    std::unique_ptr<http::Client> http;

private:
    // Of the timer's thread.
    std::unique_ptr<HeadStream> stream_;
    std::optional<std::size_t> stream_endpoint_;
    std::jthread timer_;
};

}  // namespace meta138::client
