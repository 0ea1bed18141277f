// SPDX-License-Identifier: Apache-2.0
#include "log_index.hpp"

#include "database_snapshot.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <vector>

namespace meta138::storage {
namespace {

using schema::Family;
using schema::LogKind;

LogKind topic_kind(std::size_t position) {
    return static_cast<LogKind>(std::to_underlying(LogKind::topic0) + position);
}

/// Ascending numbers of blocks.
class Numbers {
public:
    virtual ~Numbers() = default;
    /// The first that is not below `from`, which never descends.
    virtual std::optional<std::uint64_t> seek(std::uint64_t from) = 0;
};

/// Of the blocks that have one entry.
class EntryNumbers final : public Numbers {
public:
    EntryNumbers(const Rocks& rocks, const rocksdb::Snapshot* snapshot, const schema::Key& prefix)
        : rocks_{&rocks}, prefix_{prefix}, rows_{rocks.iterate(Family::log_index, snapshot)} {}

    std::optional<std::uint64_t> seek(std::uint64_t from) override {
        if (number_ && *number_ >= from) return number_;
        if (ended_) return std::nullopt;
        // The next row is probably it, and costs less than a search.
        if (number_ && from == *number_ + 1)
            rows_->Next();
        else
            rows_->Seek(to_slice(schema::Key{prefix_}.append_number(from).view()));
        number_.reset();
        if (rows_->Valid() && rows_->key().starts_with(to_slice(prefix_.view()))) {
            const auto key = to_view(rows_->key());
            number_ = rocks_->decoded(schema::decode_number(key.subspan(prefix_.view().size())),
                                      Family::log_index, key);
        } else {
            rocks_->check(rows_->status(), "read");
            ended_ = true;
        }
        return number_;
    }

private:
    const Rocks* rocks_;
    schema::Key prefix_;
    std::unique_ptr<rocksdb::Iterator> rows_;
    std::optional<std::uint64_t> number_;
    bool ended_ = false;
};

/// Of the blocks that have any of some entries: a heap, the least number on top.
class AnyNumbers final : public Numbers {
public:
    explicit AnyNumbers(std::vector<std::unique_ptr<EntryNumbers>> entries)
        : entries_{std::move(entries)} {
        for (auto& entry : entries_) heap_.push_back({.number = 0, .entry = entry.get()});
    }

    std::optional<std::uint64_t> seek(std::uint64_t from) override {
        while (!heap_.empty() && (heap_.front().number < from || !heap_.front().sought)) {
            std::ranges::pop_heap(heap_, later);
            const auto number = heap_.back().entry->seek(from);
            if (number) {
                heap_.back().number = *number;
                heap_.back().sought = true;
                std::ranges::push_heap(heap_, later);
            } else {
                heap_.pop_back();
            }
        }
        if (heap_.empty()) return std::nullopt;
        return heap_.front().number;
    }

private:
    struct Place {
        std::uint64_t number = 0;
        EntryNumbers* entry = nullptr;
        bool sought = false;
    };
    static bool later(const Place& a, const Place& b) {
        return std::pair{a.number, a.sought} > std::pair{b.number, b.sought};
    }

    std::vector<std::unique_ptr<EntryNumbers>> entries_;
    std::vector<Place> heap_;
};

}  // namespace

void for_each_log_key(std::uint64_t number, std::span<const Receipt> receipts,
                      const std::function<void(ByteView)>& on_key) {
    const auto less = [](const schema::Key& a, const schema::Key& b) {
        return std::ranges::lexicographical_compare(a.view(), b.view());
    };
    std::vector<schema::Key> keys;
    for (const auto& receipt : receipts) {
        for (const auto& log : receipt.logs) {
            keys.push_back(schema::log_prefix(LogKind::address, log.address.bytes));
            for (std::size_t i = 0; i < std::min<std::size_t>(log.topics.size(), 4); ++i)
                keys.push_back(schema::log_prefix(topic_kind(i), log.topics[i].bytes));
        }
    }
    if (keys.empty()) return;
    keys.push_back(schema::log_prefix(LogKind::any, {}));
    std::ranges::sort(keys, less);
    const auto duplicates = std::ranges::unique(
        keys, [](const auto& a, const auto& b) { return equal(a.view(), b.view()); });
    keys.erase(duplicates.begin(), duplicates.end());
    for (auto& key : keys) on_key(key.append_number(number).view());
}

// The leapfrog join: all take turns in going to the furthest place that one of them has reached.
void DatabaseSnapshot::find_log_blocks(const LogQuery& query,
                                       const std::function<bool(std::uint64_t)>& on_block) const {
    if (!head_) return;
    std::vector<std::unique_ptr<Numbers>> constraints;
    const auto add = [&](LogKind kind, const auto& values) {
        std::set<Bytes> prefixes;  // two values may begin alike
        for (const auto& value : values)
            prefixes.insert(to_bytes(schema::log_prefix(kind, value.bytes).view()));
        std::vector<std::unique_ptr<EntryNumbers>> entries;
        for (const auto& prefix : prefixes)
            entries.push_back(
                std::make_unique<EntryNumbers>(*rocks_, snapshot_, schema::Key{prefix}));
        constraints.push_back(std::make_unique<AnyNumbers>(std::move(entries)));
    };
    if (!query.addresses.empty()) add(LogKind::address, query.addresses);
    if (query.topics.size() > 4) return;  // no log has so many
    for (std::size_t i = 0; i < query.topics.size(); ++i)
        if (!query.topics[i].empty()) add(topic_kind(i), query.topics[i]);
    if (constraints.empty())
        constraints.push_back(std::make_unique<EntryNumbers>(*rocks_, snapshot_,
                                                             schema::log_prefix(LogKind::any, {})));

    const auto last = std::min(query.to_block, head_->header.number);
    std::uint64_t at = std::max(query.from_block, oldest_block_);
    std::size_t agreed = 0;
    for (std::size_t i = 0; at <= last; i = (i + 1) % constraints.size()) {
        const auto number = constraints[i]->seek(at);
        if (!number) return;
        agreed = *number == at ? agreed + 1 : 1;
        at = *number;
        if (agreed < constraints.size()) continue;
        if (at > last || !on_block(at)) return;
        ++at;
        agreed = 0;
    }
}

}  // namespace meta138::storage
