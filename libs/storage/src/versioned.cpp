// SPDX-License-Identifier: Apache-2.0
#include "versioned.hpp"

#include <algorithm>
#include <utility>

namespace meta138::storage {

using schema::Table;

namespace {

constexpr std::size_t number_size = 8;

/// The key of a history row without its number, if that is what begins there.
std::optional<ByteView> key_of_past(ByteView history_key) {
    if (history_key.size() < number_size) return std::nullopt;
    return history_key.first(history_key.size() - number_size);
}

bool starts_with(ByteView bytes, ByteView prefix) {
    return bytes.size() >= prefix.size() && equal(bytes.first(prefix.size()), prefix);
}

std::strong_ordering compare(ByteView a, ByteView b) {
    return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end());
}

schema::ChangedKeys read_changes(const Rocks& rocks, std::uint64_t number) {
    const auto key = schema::number_key(number);
    rocksdb::PinnableSlice row;
    if (!rocks.get(schema::Family::changes, key.view(), nullptr, row)) return {};
    return rocks.decoded(schema::decode_changes(to_view(row)), schema::Family::changes, key.view());
}

}  // namespace

bool TableReader::get(Table table, ByteView key, rocksdb::PinnableSlice& row) const {
    if (number_ && get_past(table, key, row)) return !row.empty();
    return rocks_->get(schema::current_family(table), key, snapshot_, row);
}

bool TableReader::get_past(Table table, ByteView key, rocksdb::PinnableSlice& row) const {
    auto& pool = (*pools_)[std::to_underlying(table)];
    auto past = pool.take();
    if (!past) past = rocks_->iterate(schema::history_family(table), snapshot_);
    past->Seek(to_slice(schema::history_key(key, *number_ + 1).view()));
    bool is_it = false;
    if (past->Valid()) {
        const auto found = key_of_past(to_view(past->key()));
        is_it = found && equal(*found, key);
        row.Reset();
        if (is_it) row.PinSelf(past->value());
    } else {
        rocks_->check(past->status(), "read");
    }
    pool.give_back(std::move(past));
    return is_it;
}

TableCursor::TableCursor(const TableReader& reader, Table table, ByteView prefix)
    : rocks_{&reader.rocks()},
      number_{reader.number()},
      prefix_{to_bytes(prefix)},
      current_{rocks_->iterate(schema::current_family(table), reader.snapshot())} {
    if (number_) past_ = rocks_->iterate(schema::history_family(table), reader.snapshot());
}

void TableCursor::seek(ByteView key) {
    current_->Seek(to_slice(key));
    if (past_) past_->Seek(to_slice(key));
    settle();
}

void TableCursor::next() {
    if (!from_past_) current_->Next();
    settle();
}

ByteView TableCursor::key() const noexcept {
    return from_past_ ? ByteView{past_key_} : to_view(current_->key());
}
ByteView TableCursor::row() const noexcept {
    return from_past_ ? ByteView{past_row_} : to_view(current_->value());
}

std::optional<ByteView> TableCursor::current_key() const {
    if (!current_->Valid()) {
        rocks_->check(current_->status(), "read");
        return std::nullopt;
    }
    const auto key = to_view(current_->key());
    return starts_with(key, prefix_) ? std::optional{key} : std::nullopt;
}

std::optional<ByteView> TableCursor::past_key() const {
    if (!past_) return std::nullopt;
    if (!past_->Valid()) {
        rocks_->check(past_->status(), "read");
        return std::nullopt;
    }
    const auto key = key_of_past(to_view(past_->key()));
    return key && starts_with(*key, prefix_) ? key : std::nullopt;
}

/// Both iterators stand at or after the place; finds the first row that the block had.
void TableCursor::settle() {
    for (;;) {
        from_past_ = false;
        const auto current = current_key();
        const auto past = past_key();
        valid_ = current || past;
        if (!valid_) return;
        if (!past || (current && compare(*current, *past) < 0)) return;
        if (settle_on(Bytes{past->begin(), past->end()})) return;
        if (passes_left_-- == 0) {
            valid_ = false;
            gave_up_ = true;
            return;
        }
    }
}

/// `key` has a past, which stands before or at it. False when the block had no such row.
bool TableCursor::settle_on(ByteView key) {
    past_->Seek(to_slice(schema::history_key(key, *number_ + 1).view()));
    const auto found = past_key();
    const bool is_past = found && equal(*found, key);
    if (is_past) {
        past_key_.assign(key.begin(), key.end());
        const auto row = to_view(past_->value());
        past_row_.assign(row.begin(), row.end());
        // Past the key's newest row.
        constexpr auto last = std::numeric_limits<std::uint64_t>::max();
        past_->Seek(to_slice(schema::history_key(key, last).view()));
    }
    const auto current = current_key();
    const bool is_current = current && equal(*current, key);
    if (!is_past) return is_current;
    if (is_current) current_->Next();
    from_past_ = !past_row_.empty();
    return from_past_;
}

TableWriter::TableWriter(const Rocks& rocks, rocksdb::WriteBatch& batch, std::uint64_t number)
    : rocks_{&rocks}, batch_{&batch}, number_{number} {}

TableWriter TableWriter::amend(const Rocks& rocks, rocksdb::WriteBatch& batch,
                               std::uint64_t number) {
    TableWriter writer{rocks, batch, number};
    writer.changed_ = read_changes(rocks, number);
    for (std::size_t i = 0; i < schema::table_count; ++i)
        writer.amended_[i] = writer.changed_[i].size();
    return writer;
}

void TableWriter::change(Table table, ByteView key, ByteView before, ByteView after) {
    if (equal(before, after)) return;
    auto* current = (*rocks_)[schema::current_family(table)];
    rocks_->check(after.empty() ? batch_->Delete(current, to_slice(key))
                                : batch_->Put(current, to_slice(key), to_slice(after)),
                  "change the state");
    if (number_ == 0) return;  // nothing is before the genesis block

    const auto i = std::to_underlying(table);
    auto& keys = changed_[i];
    const auto earlier_end = keys.begin() + static_cast<std::ptrdiff_t>(amended_[i]);
    const auto less = [](const Bytes& a, ByteView b) { return compare(a, b) < 0; };
    const auto earlier = std::lower_bound(keys.begin(), earlier_end, key, less);
    if (earlier != earlier_end && equal(*earlier, key)) return;  // its past is there
    keys.emplace_back(key.begin(), key.end());
    rocks_->check(batch_->Put((*rocks_)[schema::history_family(table)],
                              to_slice(schema::history_key(key, number_).view()), to_slice(before)),
                  "keep the past of the state");
}

void TableWriter::finish() {
    if (std::ranges::all_of(changed_, [](const auto& keys) { return keys.empty(); })) return;
    for (auto& keys : changed_) std::ranges::sort(keys);
    rocks_->check(batch_->Put((*rocks_)[schema::Family::changes],
                              to_slice(schema::number_key(number_).view()),
                              to_slice(ByteView{schema::encode_changes(changed_)})),
                  "list what changed");
}

void undo_changes(const Rocks& rocks, rocksdb::WriteBatch& batch, std::uint64_t number) {
    const auto changed = read_changes(rocks, number);
    for (std::size_t i = 0; i < schema::table_count; ++i) {
        const auto table = static_cast<Table>(i);
        const auto history = schema::history_family(table);
        auto* current = rocks[schema::current_family(table)];
        for (const auto& key : changed[i]) {
            const auto past = schema::history_key(key, number);
            rocksdb::PinnableSlice before;
            if (!rocks.get(history, past.view(), nullptr, before))
                rocks.fail_on_row(history, past.view(), "missing");
            rocks.check(before.empty() ? batch.Delete(current, to_slice(ByteView{key}))
                                       : batch.Put(current, to_slice(ByteView{key}), before),
                        "undo a block");
            rocks.check(batch.Delete(rocks[history], to_slice(past.view())), "undo a block");
        }
    }
    rocks.check(
        batch.Delete(rocks[schema::Family::changes], to_slice(schema::number_key(number).view())),
        "undo a block");
}

void forget_past(const Rocks& rocks, rocksdb::WriteBatch& batch, std::uint64_t number) {
    const auto changed = read_changes(rocks, number);
    bool any = false;
    for (std::size_t i = 0; i < schema::table_count; ++i) {
        auto* history = rocks[schema::history_family(static_cast<Table>(i))];
        for (const auto& key : changed[i]) {
            any = true;
            rocks.check(batch.Delete(history, to_slice(schema::history_key(key, number).view())),
                        "prune");
        }
    }
    if (any)
        rocks.check(batch.Delete(rocks[schema::Family::changes],
                                 to_slice(schema::number_key(number).view())),
                    "prune");
}

}  // namespace meta138::storage
