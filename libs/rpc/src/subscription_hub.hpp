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
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
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
using Topic =
    std::variant<NewHeads, LogFilter, NewPendingTransactions, DroppedPendingTransactions, Syncing>;

/// Who wants to hear of what, and the thread that tells them.
///
/// Events come in by the chain's thread and the pool's, which only put them into a bounded queue;
/// messages are written and handed to the connections on a thread of the hub's own, which begins
/// with the first subscription. A connection that does not keep up is its sink's to close.
class SubscriptionHub {
public:
    SubscriptionHub(const Settings& settings, telemetry::Metrics* metrics);
    ~SubscriptionHub();
    SubscriptionHub(const SubscriptionHub&) = delete;
    SubscriptionHub& operator=(const SubscriptionHub&) = delete;

    /// The subscription's number. It hears nothing before activate(): its owner must have its
    /// answer first.
    [[nodiscard]] RpcResult<std::uint64_t> subscribe(std::shared_ptr<NotificationSink> sink,
                                                     Topic topic);
    /// False: there is none of that number on that connection.
    bool unsubscribe(std::uint64_t sink_id, std::uint64_t subscription);
    void activate(std::uint64_t sink_id);
    void drop_connection(std::uint64_t sink_id);

    void head_changed(const blockchain::HeadEvent& event);
    void transaction_added(const txpool::SharedTransaction& transaction);
    void transaction_removed(const txpool::SharedTransaction& transaction, txpool::Removal removal);
    void sync_changed(const std::optional<SyncProgress>& progress);

    /// Returns when everything that came in before has been handed over. For tests.
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
    using Event = std::variant<blockchain::HeadEvent, Added, Dropped, SyncChange>;

    struct Subscription {
        std::shared_ptr<NotificationSink> sink;
        std::shared_ptr<const Topic> topic;
        bool is_active = false;
    };
    struct Listener {
        std::uint64_t number = 0;
        std::shared_ptr<NotificationSink> sink;
        std::shared_ptr<const Topic> topic;
    };

    void put(Event event);
    void work();
    void tell(const Event& event);
    void send(const Listener& listener, std::string_view result);
    void tell_head(const blockchain::HeadEvent& event);
    [[nodiscard]] std::vector<Listener> listeners(std::size_t kind) const;
    void count(std::string_view what, const Topic& topic);
    [[nodiscard]] bool wanted(std::size_t kind) const noexcept {
        return active_[kind].load(std::memory_order_relaxed) != 0;
    }
    void erase(std::uint64_t number) META138_REQUIRES(mutex_);

    static constexpr std::size_t kinds = std::variant_size_v<Topic>;

    const Settings& settings_;
    telemetry::Metrics* const metrics_;
    std::array<std::atomic<std::size_t>, kinds> active_{};

    mutable Mutex mutex_;
    std::uint64_t last_number_ META138_GUARDED_BY(mutex_) = 0;
    std::unordered_map<std::uint64_t, Subscription> subscriptions_ META138_GUARDED_BY(mutex_);
    std::unordered_map<std::uint64_t, std::vector<std::uint64_t>> by_sink_
        META138_GUARDED_BY(mutex_);

    Mutex queue_mutex_;
    std::condition_variable_any changed_;
    std::deque<Event> queue_ META138_GUARDED_BY(queue_mutex_);
    bool is_busy_ META138_GUARDED_BY(queue_mutex_) = false;
    bool is_stopping_ META138_GUARDED_BY(queue_mutex_) = false;
    std::thread thread_ META138_GUARDED_BY(queue_mutex_);
};

}  // namespace meta138::rpc
