// SPDX-License-Identifier: Apache-2.0
#include "filter_store.hpp"

#include <utility>

namespace meta138::rpc {

namespace {

/// How often filters that nobody reads are looked for, as in Besu.
constexpr std::chrono::seconds sweep_interval{10};

bool waits_for_transactions(const FilterStore::Filter& filter) {
    return std::holds_alternative<FilterStore::Transactions>(filter);
}

}  // namespace

FilterStore::FilterStore(const Settings& settings, std::function<Clock::time_point()> now,
                         std::function<std::string()> make_id)
    : settings_{settings}, now_{std::move(now)}, make_id_{std::move(make_id)} {}

RpcResult<std::string> FilterStore::add(Filter filter) {
    const MutexLock lock{mutex_};
    drop_expired();
    if (filters_.size() >= settings_.max_filters)
        return std::unexpected{RpcError{error::exceeds_rpc_max_block_range.code,
                                        "Too many filters: uninstall some, or use subscriptions"}};
    auto id = make_id_();
    if (waits_for_transactions(filter)) ++transaction_filters_;
    const auto [entry, is_new] = filters_.insert_or_assign(id, Entry{std::move(filter), now_()});
    return entry->first;
}

bool FilterStore::remove(std::string_view id) {
    const MutexLock lock{mutex_};
    const auto found = filters_.find(std::string{id});
    if (found == filters_.end()) return false;
    erase(found->first);
    return true;
}

std::optional<FilterStore::Filter> FilterStore::find(std::string_view id) {
    const MutexLock lock{mutex_};
    const auto* const entry = use(id);
    if (entry == nullptr) return std::nullopt;
    if (waits_for_transactions(entry->filter)) return Transactions{};
    return entry->filter;
}

void FilterStore::advance(std::string_view id, const Position& read) {
    const MutexLock lock{mutex_};
    auto* const entry = use(id);
    if (entry == nullptr) return;
    if (auto* blocks = std::get_if<Blocks>(&entry->filter)) blocks->read = read;
    if (auto* logs = std::get_if<Logs>(&entry->filter)) logs->read = read;
}

std::optional<std::vector<Hash32>> FilterStore::take_transactions(std::string_view id) {
    const MutexLock lock{mutex_};
    auto* const entry = use(id);
    if (entry == nullptr) return std::nullopt;
    auto* const transactions = std::get_if<Transactions>(&entry->filter);
    if (transactions == nullptr) return std::nullopt;
    return std::exchange(transactions->waiting, {});
}

void FilterStore::transaction_added(const Hash32& hash) {
    if (transaction_filters_.load(std::memory_order_relaxed) == 0) return;
    const MutexLock lock{mutex_};
    for (auto& [id, entry] : filters_) {
        auto* const transactions = std::get_if<Transactions>(&entry.filter);
        // Whoever lets so many wait has lost interest: the rest is dropped.
        if (transactions != nullptr && transactions->waiting.size() < settings_.max_filter_entries)
            transactions->waiting.push_back(hash);
    }
}

std::size_t FilterStore::size() const {
    const MutexLock lock{mutex_};
    return filters_.size();
}

void FilterStore::drop_expired() {
    const auto now = now_();
    if (now < next_sweep_) return;
    next_sweep_ = now + sweep_interval;
    std::erase_if(filters_, [&](const auto& item) {
        const bool expired = item.second.used + settings_.filter_expiry <= now;
        if (expired && waits_for_transactions(item.second.filter)) --transaction_filters_;
        return expired;
    });
}

void FilterStore::erase(const std::string& id) {
    const auto found = filters_.find(id);
    if (waits_for_transactions(found->second.filter)) --transaction_filters_;
    filters_.erase(found);
}

FilterStore::Entry* FilterStore::use(std::string_view id) {
    drop_expired();
    const auto found = filters_.find(std::string{id});
    if (found == filters_.end()) return nullptr;
    const auto now = now_();
    if (found->second.used + settings_.filter_expiry <= now) {
        erase(found->first);
        return nullptr;
    }
    found->second.used = now;
    return &found->second;
}

}  // namespace meta138::rpc
