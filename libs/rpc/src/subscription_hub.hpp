// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log_filter.hpp"

#include "meta138/base/mutex.hpp"
#include "meta138/blockchain/chain.hpp"
#include "meta138/rpc/backend.hpp"
#include "meta138/rpc/error.hpp"
#include "meta138/rpc/request.hpp"
#include "meta138/rpc/settings.hpp"
#include "meta138/txpool/pool_transaction.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

namespace meta138::rpc {

/// What eth_subscribe may ask for.
struct NewHeads {
    bool full_transactions = false;
};
struct NewPendingTransactions {
    bool full = false;
};
struct DroppedPendingTransactions {};
struct Syncing {};
/// That the node lives, and how old its head is: a head that stands still is no silence.
struct Heartbeat {
    std::chrono::seconds interval{10};
};
using Topic = std::variant<NewHeads, LogFilter, NewPendingTransactions, DroppedPendingTransactions,
                           Syncing, Heartbeat>;

/// Who wants to hear of what, and the thread that tells them.
///
/// Events come in by the chain's thread and the pool's, which only put them into a bounded queue;
/// messages are written and handed to the connections on a thread of the hub's own, which begins
/// with the first subscription. A connection that does not keep up is its sink's to close.
///
/// A subscription to heads or logs may begin in the past: then blocks of the chain are told first,
/// a few at a time between the events of others, and after them exactly what follows.
class SubscriptionHub {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// `backend` outlives the hub. `now` is a steady clock.
    SubscriptionHub(const Settings& settings, const Backend& backend, std::function<Time()> now);
    ~SubscriptionHub();
    SubscriptionHub(const SubscriptionHub&) = delete;
    SubscriptionHub& operator=(const SubscriptionHub&) = delete;

    /// The subscription's number. It hears nothing before activate(): its owner must have its
    /// answer first. `resume_from`, of heads and logs: the first block that it is told.
    [[nodiscard]] RpcResult<std::uint64_t> subscribe(
        std::shared_ptr<NotificationSink> sink, Topic topic,
        std::optional<std::uint64_t> resume_from = std::nullopt);
    /// False: there is none of that number on that connection.
    bool unsubscribe(std::uint64_t sink_id, std::uint64_t subscription);
    void activate(std::uint64_t sink_id);
    void drop_connection(std::uint64_t sink_id);

    void head_changed(const blockchain::HeadEvent& event);
    void transaction_added(const txpool::SharedTransaction& transaction);
    void transaction_removed(const txpool::SharedTransaction& transaction, txpool::Removal removal);
    void sync_changed(const std::optional<SyncProgress>& progress);

    /// Returns when everything that came in before, and the heartbeats due, have been handed over.
    /// For tests.
    void flush();
    [[nodiscard]] std::size_t size() const;

private:
    struct Added {
        txpool::SharedTransaction transaction;
    };
    struct Dropped {
        Hash32 hash;
    };
    struct SyncChange {
        std::optional<SyncProgress> progress;
    };
    /// Of a subscription that catches up: the next block to be told, and the chain as of the last
    /// head that was put into the queue before this.
    struct Resume {
        std::uint64_t subscription = 0;
        std::uint64_t next = 0;
        std::shared_ptr<const blockchain::ChainView> view;
    };
    using Event = std::variant<blockchain::HeadEvent, Added, Dropped, SyncChange, Resume>;

    struct Subscription {
        std::shared_ptr<NotificationSink> sink;
        std::shared_ptr<const Topic> topic;
        std::optional<std::uint64_t> resume_from;
        bool has_answer = false;
        bool is_active = false;
    };
    struct Listener {
        std::uint64_t number = 0;
        std::shared_ptr<NotificationSink> sink;
        std::shared_ptr<const Topic> topic;
    };

    void put(Event event);
    void work();
    void wait_for_work() META138_REQUIRES(queue_mutex_);
    [[nodiscard]] bool is_beat_due() const META138_REQUIRES(queue_mutex_);
    void tell(const Event& event);
    void tell(const Added& added);
    void tell(const Dropped& gone);
    void tell(const SyncChange& change);
    void tell(const blockchain::HeadEvent& event);
    void tell(const Resume& resume);
    /// False: its connection is closed.
    bool send(const Listener& listener, std::string_view result);
    bool tell_past_block(const Listener& listener, const blockchain::ChainView& view,
                         std::uint64_t number);
    void beat();
    [[nodiscard]] std::string beat_text() const;
    [[nodiscard]] std::vector<Listener> listeners(std::size_t kind) const;
    [[nodiscard]] std::optional<Listener> find(std::uint64_t number) const;
    void count(std::string_view what, const Topic& topic);
    [[nodiscard]] bool wanted(std::size_t kind) const noexcept {
        return active_[kind].load(std::memory_order_relaxed) != 0;
    }
    void erase(std::uint64_t number) META138_REQUIRES(mutex_);

    static constexpr std::size_t kinds = std::variant_size_v<Topic>;

    const Settings& settings_;
    const Backend& backend_;
    telemetry::Metrics* const metrics_;
    const std::function<Time()> now_;
    std::array<std::atomic<std::size_t>, kinds> active_{};

    mutable Mutex mutex_;
    std::uint64_t last_number_ META138_GUARDED_BY(mutex_) = 0;
    std::unordered_map<std::uint64_t, Subscription> subscriptions_ META138_GUARDED_BY(mutex_);
    std::unordered_map<std::uint64_t, std::vector<std::uint64_t>> by_sink_
        META138_GUARDED_BY(mutex_);
    std::map<std::uint64_t, Time> beats_ META138_GUARDED_BY(mutex_);  // when each is due

    mutable Mutex queue_mutex_;
    std::condition_variable_any changed_;
    std::deque<Event> queue_ META138_GUARDED_BY(queue_mutex_);
    bool is_busy_ META138_GUARDED_BY(queue_mutex_) = false;
    bool is_poked_ META138_GUARDED_BY(queue_mutex_) = false;  // look at the clock
    std::optional<Time> next_beat_ META138_GUARDED_BY(queue_mutex_);
    std::shared_ptr<const blockchain::ChainView> last_view_ META138_GUARDED_BY(queue_mutex_);
    std::optional<Time> head_since_ META138_GUARDED_BY(queue_mutex_);
    bool is_stopping_ META138_GUARDED_BY(queue_mutex_) = false;
    std::thread thread_ META138_GUARDED_BY(queue_mutex_);
};

}  // namespace meta138::rpc
