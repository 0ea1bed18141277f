// SPDX-License-Identifier: Apache-2.0
#include "subscription_hub.hpp"

#include "block_json.hpp"
#include "block_logs.hpp"
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
constexpr std::size_t heartbeat = 5;

/// Of a subscription that catches up, told before the events of others have their turn.
constexpr std::uint64_t past_blocks_at_once = 64;

/// Besu's names of the kinds in its metrics, and ours.
constexpr std::array<std::string_view, 6> kind_names{
    "NEW_BLOCK_HEADERS", "LOGS",     "NEW_PENDING_TRANSACTIONS", "DROPPED_PENDING_TRANSACTIONS",
    "SYNCING",           "HEARTBEAT"};

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

SubscriptionHub::SubscriptionHub(const Settings& settings, const Backend& backend,
                                 std::function<Time()> now)
    : settings_{settings},
      backend_{backend},
      metrics_{backend.metrics},
      now_{std::move(now)},
      last_view_{backend.view ? backend.view() : nullptr} {}

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
                                                    Topic topic,
                                                    std::optional<std::uint64_t> resume_from) {
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
        number, Subscription{std::move(sink), std::make_shared<const Topic>(std::move(topic)),
                             resume_from, false, false});
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
    std::vector<Resume> resumed;
    bool has_beat = false;
    {
        const MutexLock lock{mutex_};
        const auto found = by_sink_.find(sink_id);
        if (found == by_sink_.end()) return;
        for (const auto number : found->second) {
            auto& subscription = subscriptions_.at(number);
            if (std::exchange(subscription.has_answer, true)) continue;
            if (subscription.resume_from) {
                resumed.push_back({number, *subscription.resume_from, nullptr});
                continue;
            }
            subscription.is_active = true;
            if (subscription.topic->index() != heartbeat) continue;
            beats_.emplace(number, now_());
            has_beat = true;
        }
    }
    for (auto& resume : resumed) put(std::move(resume));
    if (!has_beat) return;
    {
        const MutexLock lock{queue_mutex_};
        is_poked_ = true;
    }
    changed_.notify_all();
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
    beats_.erase(number);
    subscriptions_.erase(found);
}

void SubscriptionHub::head_changed(const blockchain::HeadEvent& event) {
    put(event);
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
        if (const auto* head = std::get_if<blockchain::HeadEvent>(&event)) {
            // Also while nobody listens: whoever comes next starts from here.
            last_view_ = head->view;
            head_since_ = now_();
            if (!wanted(heads) && !wanted(logs)) return;
        } else if (auto* resume = std::get_if<Resume>(&event)) {
            resume->view = last_view_;
        }
        const bool may_wait_for_ever = std::holds_alternative<blockchain::HeadEvent>(event) ||
                                       std::holds_alternative<Resume>(event);
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
        bool may_beat = false;
        {
            const MutexLock lock{queue_mutex_};
            is_busy_ = false;
            if (queue_.empty()) changed_.notify_all();
            while (queue_.empty() && !is_stopping_ && !is_poked_ && !is_beat_due()) wait_for_work();
            if (is_stopping_) return;
            may_beat = is_poked_ || is_beat_due();
            is_poked_ = false;
            is_busy_ = true;
            if (!queue_.empty()) {
                event = std::move(queue_.front());
                queue_.pop_front();
            }
        }
        if (event) tell(*event);
        if (may_beat) beat();
    }
}

void SubscriptionHub::wait_for_work() {
    if (next_beat_)
        changed_.wait_for(queue_mutex_, *next_beat_ - now_());
    else
        changed_.wait(queue_mutex_);
}

bool SubscriptionHub::is_beat_due() const {
    return next_beat_ && now_() >= *next_beat_;
}

void SubscriptionHub::flush() {
    const MutexLock lock{queue_mutex_};
    if (!thread_.joinable()) return;
    is_poked_ = true;
    changed_.notify_all();
    while (!queue_.empty() || is_busy_ || is_poked_) changed_.wait(queue_mutex_);
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

std::optional<SubscriptionHub::Listener> SubscriptionHub::find(std::uint64_t number) const {
    const MutexLock lock{mutex_};
    const auto found = subscriptions_.find(number);
    if (found == subscriptions_.end()) return std::nullopt;
    return Listener{number, found->second.sink, found->second.topic};
}

void SubscriptionHub::tell(const Event& event) {
    std::visit([this](const auto& each) { tell(each); }, event);
}

void SubscriptionHub::tell(const Added& added) {
    const auto& pooled = *added.transaction;
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
}

void SubscriptionHub::tell(const Dropped& gone) {
    std::string hash;
    json::Writer{hash}.hex(gone.hash.bytes);
    for (const auto& listener : listeners(dropped)) send(listener, hash);
}

void SubscriptionHub::tell(const SyncChange& change) {
    const auto text = sync_text(change.progress);
    for (const auto& listener : listeners(syncing)) send(listener, text);
}

bool SubscriptionHub::send(const Listener& listener, std::string_view result) {
    if (listener.sink->send(notification(listener.number, result))) return true;
    drop_connection(listener.sink->id());  // it is closed, perhaps before it subscribed
    return false;
}

void SubscriptionHub::tell(const blockchain::HeadEvent& event) {
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

bool SubscriptionHub::tell_past_block(const Listener& listener, const blockchain::ChainView& view,
                                      std::uint64_t number) {
    if (const auto* topic = std::get_if<NewHeads>(listener.topic.get())) {
        std::string text;
        json::Writer out{text};
        return !write_canonical_block(out, view, number, topic->full_transactions) ||
               send(listener, text);
    }
    const auto& filter = std::get<LogFilter>(*listener.topic);
    const auto header = view.blocks().header(number);
    if (!header || !is_in_range(filter, number) || !filter.may_match(header->header.bloom))
        return true;
    const auto past = read_block_logs(view, *header);
    return std::ranges::all_of(past.entries, [&](const BlockLogs::Entry& entry) {
        return !filter.matches(entry.log) ||
               send(listener,
                    std::string_view{past.text}.substr(entry.begin, entry.end - entry.begin));
    });
}

// What is in the queue after a Resume is exactly what its view lacks, so nobody hears of a block
// twice, or not at all.
void SubscriptionHub::tell(const Resume& resume) {
    const auto listener = find(resume.subscription);
    if (!listener || !resume.view) return;
    const auto head = resume.view->head().header.number;
    const auto end = std::min(head + 1, resume.next + past_blocks_at_once);
    for (auto number = resume.next; number < end; ++number)
        if (!tell_past_block(*listener, *resume.view, number)) return;
    if (end <= head) {
        put(Resume{resume.subscription, end, nullptr});
        return;
    }
    const MutexLock lock{mutex_};
    const auto found = subscriptions_.find(resume.subscription);
    if (found != subscriptions_.end()) found->second.is_active = true;
}

std::string SubscriptionHub::beat_text() const {
    std::shared_ptr<const blockchain::ChainView> view;
    std::optional<Time> head_since;
    {
        const MutexLock lock{queue_mutex_};
        view = last_view_;
        head_since = head_since_;
    }
    std::string text;
    json::Writer out{text};
    out.open_object();
    if (view) {
        const auto& head = view->head();
        out.key("number").quantity(head.header.number);
        out.key("hash").hex(head.hash.bytes);
        out.key("timestamp").quantity(head.header.timestamp);
    }
    if (head_since)
        out.key("headAgeMs")
            .number(std::chrono::duration_cast<std::chrono::milliseconds>(now_() - *head_since)
                        .count());
    const auto progress = backend_.sync_progress ? backend_.sync_progress() : std::nullopt;
    out.key("syncing").boolean(progress.has_value());
    if (backend_.peers != nullptr) out.key("peerCount").quantity(backend_.peers->count());
    out.close_object();
    return text;
}

void SubscriptionHub::beat() {
    const auto now = now_();
    std::vector<Listener> due;
    std::optional<Time> next;
    {
        const MutexLock lock{mutex_};
        for (auto& [number, time] : beats_) {
            const auto& subscription = subscriptions_.at(number);
            if (time <= now) {
                due.push_back({number, subscription.sink, subscription.topic});
                time = now + std::get<Heartbeat>(*subscription.topic).interval;
            }
            next = std::min(next.value_or(time), time);
        }
    }
    {
        const MutexLock lock{queue_mutex_};
        next_beat_ = next;
    }
    if (due.empty()) return;
    const auto text = beat_text();
    for (const auto& listener : due) send(listener, text);
}

}  // namespace meta138::rpc
