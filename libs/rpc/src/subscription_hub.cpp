// SPDX-License-Identifier: Apache-2.0
#include "subscription_hub.hpp"

#include "block_json.hpp"
#include "receipt_json.hpp"
#include "transaction_json.hpp"

#include "meta138/telemetry/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meta138::rpc {

namespace {

/// Events that may wait for the hub's thread; beyond it transactions are not told any more, heads
/// always are.
constexpr std::size_t max_queue = 65'536;

constexpr std::size_t heads = 0;
constexpr std::size_t logs = 1;
constexpr std::size_t pending = 2;
constexpr std::size_t dropped = 3;
constexpr std::size_t syncing = 4;

/// Besu's names of the kinds in its metrics.
constexpr std::array<std::string_view, 5> kind_names{"NEW_BLOCK_HEADERS", "LOGS",
                                                     "NEW_PENDING_TRANSACTIONS",
                                                     "DROPPED_PENDING_TRANSACTIONS", "SYNCING"};

std::string notification(std::uint64_t subscription, std::string_view result) {
    return fmt::format(
        R"({{"jsonrpc":"2.0","method":"eth_subscription","params":{{"subscription":"{:#x}","result":{}}}}})",
        subscription, result);
}

std::string block_text(const blockchain::ExecutedBlock& executed, const blockchain::ChainView& view,
                       bool full) {
    const auto stored = view.blocks().header(executed.block.header.number);
    std::string text;
    json::Writer out{text};
    const auto is_there = stored && stored->hash == executed.hash;
    write_block(out,
                {.header = executed.block.header,
                 .hash = executed.hash,
                 .total_difficulty = is_there ? shown_total_difficulty(view, stored->header,
                                                                       stored->total_difficulty)
                                              : std::nullopt,
                 .size = is_there ? stored->block_size : encode_block(executed.block).size(),
                 .transactions = executed.block.transactions,
                 .senders = executed.senders,
                 .ommers = executed.block.ommers,
                 .withdrawals = executed.block.withdrawals},
                full, view.consensus());
    return text;
}

bool is_in_range(const LogFilter& filter, std::uint64_t number) {
    const auto* from = std::get_if<std::uint64_t>(&filter.from.value);
    const auto* to = std::get_if<std::uint64_t>(&filter.to.value);
    return (from == nullptr || number >= *from) && (to == nullptr || number <= *to);
}

/// Calls `found` with the text of each log of the block that matches.
template <typename Found>
void for_each_log(const blockchain::ExecutedBlock& executed, const LogFilter& filter,
                  bool is_removed, const Found& found) {
    const auto& header = executed.block.header;
    if (!is_in_range(filter, header.number)) return;
    LogPlace place{.log_index = 0,
                   .block_number = header.number,
                   .block_timestamp = header.timestamp,
                   .transaction_index = 0,
                   .block_hash = executed.hash,
                   .transaction_hash = {},
                   .is_removed = is_removed};
    for (std::size_t index = 0; index < executed.receipts.size(); ++index) {
        bool has_hash = false;
        place.transaction_index = index;
        for (const auto& log : executed.receipts[index].logs) {
            if (filter.matches(log)) {
                if (!std::exchange(has_hash, true))
                    place.transaction_hash = transaction_hash(executed.block.transactions[index]);
                std::string text;
                json::Writer out{text};
                write_log(out, log, place);
                found(text);
            }
            ++place.log_index;
        }
    }
}

std::string sync_text(const std::optional<SyncProgress>& progress) {
    if (!progress) return "false";
    return fmt::format(
        R"({{"startingBlock":"{:#x}","currentBlock":"{:#x}","highestBlock":"{:#x}"}})",
        progress->starting_block, progress->current_block, progress->highest_block);
}

bool is_dropped(txpool::Removal removal) {
    return removal != txpool::Removal::included && removal != txpool::Removal::nonce_used;
}

}  // namespace

SubscriptionHub::SubscriptionHub(const Settings& settings, telemetry::Metrics* metrics)
    : settings_{settings}, metrics_{metrics} {}

SubscriptionHub::~SubscriptionHub() {
    std::thread thread;
    {
        const MutexLock lock{queue_mutex_};
        is_stopping_ = true;
        thread.swap(thread_);
    }
    changed_.notify_all();
    if (thread.joinable()) thread.join();
}

void SubscriptionHub::count(std::string_view what, const Topic& topic) {
    if (metrics_ == nullptr) return;
    metrics_
        ->counter(telemetry::Category::rpc, what, "Subscriptions by type",
                  {{"type", kind_names[topic.index()]}})
        .increment();
}

RpcResult<std::uint64_t> SubscriptionHub::subscribe(std::shared_ptr<NotificationSink> sink,
                                                    Topic topic) {
    {
        const MutexLock lock{queue_mutex_};
        if (!thread_.joinable() && !is_stopping_) thread_ = std::thread{[this] { work(); }};
    }
    count("subscription_subscribe", topic);
    const MutexLock lock{mutex_};
    auto& numbers = by_sink_[sink->id()];
    if (numbers.size() >= settings_.max_subscriptions_per_connection)
        return std::unexpected{RpcError{error::exceeds_rpc_max_block_range.code,
                                        "Too many subscriptions on this connection"}};
    const auto number = ++last_number_;
    numbers.push_back(number);
    ++active_[topic.index()];
    subscriptions_.emplace(
        number,
        Subscription{std::move(sink), std::make_shared<const Topic>(std::move(topic)), false});
    return number;
}

bool SubscriptionHub::unsubscribe(std::uint64_t sink_id, std::uint64_t subscription) {
    const MutexLock lock{mutex_};
    const auto found = subscriptions_.find(subscription);
    if (found == subscriptions_.end() || found->second.sink->id() != sink_id) return false;
    count("subscription_unsubscribe", *found->second.topic);
    std::erase(by_sink_[sink_id], subscription);
    erase(subscription);
    return true;
}

void SubscriptionHub::activate(std::uint64_t sink_id) {
    const MutexLock lock{mutex_};
    const auto found = by_sink_.find(sink_id);
    if (found == by_sink_.end()) return;
    for (const auto number : found->second) subscriptions_.at(number).is_active = true;
}

void SubscriptionHub::drop_connection(std::uint64_t sink_id) {
    const MutexLock lock{mutex_};
    const auto found = by_sink_.find(sink_id);
    if (found == by_sink_.end()) return;
    for (const auto number : found->second) erase(number);
    by_sink_.erase(found);
}

void SubscriptionHub::erase(std::uint64_t number) {
    const auto found = subscriptions_.find(number);
    --active_[found->second.topic->index()];
    subscriptions_.erase(found);
}

void SubscriptionHub::head_changed(const blockchain::HeadEvent& event) {
    if (wanted(heads) || wanted(logs)) put(event);
}

void SubscriptionHub::transaction_added(const txpool::SharedTransaction& transaction) {
    if (wanted(pending)) put(Added{transaction});
}

void SubscriptionHub::transaction_removed(const txpool::SharedTransaction& transaction,
                                          txpool::Removal removal) {
    if (wanted(dropped) && is_dropped(removal)) put(Dropped{transaction->hash});
}

void SubscriptionHub::sync_changed(const std::optional<SyncProgress>& progress) {
    if (wanted(syncing)) put(SyncChange{progress});
}

void SubscriptionHub::put(Event event) {
    {
        const MutexLock lock{queue_mutex_};
        const bool may_wait_for_ever = std::holds_alternative<blockchain::HeadEvent>(event);
        if (queue_.size() >= max_queue && !may_wait_for_ever) {
            if (metrics_ != nullptr)
                metrics_
                    ->counter(telemetry::Category::meta138, "rpc_notifications_dropped",
                              "Events that came while too many waited")
                    .increment();
            return;
        }
        queue_.push_back(std::move(event));
    }
    changed_.notify_all();
}

void SubscriptionHub::work() {
    while (true) {
        std::optional<Event> event;
        {
            const MutexLock lock{queue_mutex_};
            is_busy_ = false;
            if (queue_.empty()) changed_.notify_all();
            while (queue_.empty() && !is_stopping_) changed_.wait(queue_mutex_);
            if (is_stopping_) return;
            event = std::move(queue_.front());
            queue_.pop_front();
            is_busy_ = true;
        }
        tell(*event);
    }
}

void SubscriptionHub::flush() {
    const MutexLock lock{queue_mutex_};
    while (!queue_.empty() || is_busy_) changed_.wait(queue_mutex_);
}

std::size_t SubscriptionHub::size() const {
    const MutexLock lock{mutex_};
    return subscriptions_.size();
}

std::vector<SubscriptionHub::Listener> SubscriptionHub::listeners(std::size_t kind) const {
    std::vector<Listener> result;
    const MutexLock lock{mutex_};
    for (const auto& [number, subscription] : subscriptions_) {
        if (subscription.is_active && subscription.topic->index() == kind)
            result.push_back({number, subscription.sink, subscription.topic});
    }
    std::ranges::sort(result, {}, &Listener::number);
    return result;
}

void SubscriptionHub::tell(const Event& event) {
    if (const auto* head = std::get_if<blockchain::HeadEvent>(&event)) {
        tell_head(*head);
    } else if (const auto* added = std::get_if<Added>(&event)) {
        const auto& pooled = *added->transaction;
        std::string hash;
        json::Writer{hash}.hex(pooled.hash.bytes);
        std::string whole;
        for (const auto& listener : listeners(pending)) {
            const bool full = std::get<NewPendingTransactions>(*listener.topic).full;
            if (full && whole.empty()) {
                json::Writer out{whole};
                write_pending_notification(out, pooled.transaction, pooled.hash, pooled.sender);
            }
            send(listener, full ? whole : hash);
        }
    } else if (const auto* gone = std::get_if<Dropped>(&event)) {
        std::string hash;
        json::Writer{hash}.hex(gone->hash.bytes);
        for (const auto& listener : listeners(dropped)) send(listener, hash);
    } else if (const auto* sync = std::get_if<SyncChange>(&event)) {
        const auto text = sync_text(sync->progress);
        for (const auto& listener : listeners(syncing)) send(listener, text);
    }
}

void SubscriptionHub::send(const Listener& listener, std::string_view result) {
    if (!listener.sink->send(notification(listener.number, result)))
        drop_connection(listener.sink->id());  // it is closed, perhaps before it subscribed
}

void SubscriptionHub::tell_head(const blockchain::HeadEvent& event) {
    const auto log_listeners = listeners(logs);
    const auto tell_logs = [&](const blockchain::ExecutedBlock& block, bool is_removed) {
        for (const auto& listener : log_listeners) {
            for_each_log(block, std::get<LogFilter>(*listener.topic), is_removed,
                         [&](const std::string& text) { send(listener, text); });
        }
    };
    for (const auto& block : event.removed_blocks) {
        if (block) tell_logs(*block, true);
    }
    const auto head_listeners = listeners(heads);
    for (const auto& block : event.added) {
        std::array<std::string, 2> texts;
        for (const auto& listener : head_listeners) {
            const bool full = std::get<NewHeads>(*listener.topic).full_transactions;
            auto& text = texts[full ? 1 : 0];
            if (text.empty()) text = block_text(*block, *event.view, full);
            send(listener, text);
        }
        tell_logs(*block, false);
    }
}

}  // namespace meta138::rpc
