// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rocks.hpp"
#include "schema.hpp"

#include "meta138/base/bytes.hpp"

#include <rocksdb/write_batch.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <unordered_set>
#include <vector>

// The four tables with a past (schema.hpp), seen at one block, and changed by one.

namespace meta138::storage {

/// An iterator for whoever needs one next: making one costs as much as several searches. Any
/// thread.
class IteratorPool {
public:
    IteratorPool() = default;
    ~IteratorPool() { delete kept_.load(); }
    IteratorPool(const IteratorPool&) = delete;
    IteratorPool& operator=(const IteratorPool&) = delete;

    /// Null when none is there.
    std::unique_ptr<rocksdb::Iterator> take() noexcept {
        return std::unique_ptr<rocksdb::Iterator>{kept_.exchange(nullptr)};
    }
    void give_back(std::unique_ptr<rocksdb::Iterator> iterator) noexcept {
        const std::unique_ptr<rocksdb::Iterator> other{kept_.exchange(iterator.release())};
    }

private:
    std::atomic<rocksdb::Iterator*> kept_ = nullptr;
};

/// Rows as a block left them. Any thread.
class TableReader {
public:
    /// Of the newest block that `snapshot` sees; null: now.
    TableReader(const Rocks& rocks, const rocksdb::Snapshot* snapshot) noexcept
        : rocks_{&rocks}, snapshot_{snapshot} {}
    /// Of block `number`, which the snapshot sees, and which is not its head.
    TableReader(const Rocks& rocks, const rocksdb::Snapshot* snapshot, std::uint64_t number)
        : rocks_{&rocks}, snapshot_{snapshot}, number_{number}, pools_{std::make_shared<Pools>()} {}

    bool get(schema::Table table, ByteView key, rocksdb::PinnableSlice& row) const;

    [[nodiscard]] const Rocks& rocks() const noexcept { return *rocks_; }
    [[nodiscard]] const rocksdb::Snapshot* snapshot() const noexcept { return snapshot_; }
    [[nodiscard]] const std::optional<std::uint64_t>& number() const noexcept { return number_; }

private:
    using Pools = std::array<IteratorPool, schema::table_count>;

    /// What the key had, if it has changed since the block.
    bool get_past(schema::Table table, ByteView key, rocksdb::PinnableSlice& row) const;

    const Rocks* rocks_;
    const rocksdb::Snapshot* snapshot_;
    std::optional<std::uint64_t> number_;
    std::shared_ptr<Pools> pools_;  // of the histories; null at the head
};

/// The rows of a table whose keys begin with `prefix`, ascending, as a block left them. For the
/// tables whose keys have one size.
class TableCursor {
public:
    TableCursor(const TableReader& reader, schema::Table table, ByteView prefix);

    /// Ends the walk once it has passed by so many keys that the block did not have: gave_up().
    void give_up_after(std::uint64_t passed_by) noexcept { passes_left_ = passed_by; }
    [[nodiscard]] bool gave_up() const noexcept { return gave_up_; }

    /// To the first row whose key is not below `key`, which begins with the prefix.
    void seek(ByteView key);
    void next();
    [[nodiscard]] bool valid() const noexcept { return valid_; }
    /// Valid until the cursor moves.
    [[nodiscard]] ByteView key() const noexcept;
    [[nodiscard]] ByteView row() const noexcept;

private:
    void settle();
    [[nodiscard]] std::optional<ByteView> current_key() const;
    [[nodiscard]] std::optional<ByteView> past_key() const;
    bool settle_on(ByteView key);

    const Rocks* rocks_;
    std::optional<std::uint64_t> number_;
    Bytes prefix_;
    std::unique_ptr<rocksdb::Iterator> current_;
    std::unique_ptr<rocksdb::Iterator> past_;  // null at the head
    std::uint64_t passes_left_ = std::numeric_limits<std::uint64_t>::max();
    bool valid_ = false;
    bool gave_up_ = false;
    bool from_past_ = false;
    Bytes past_key_;  // of the row, when it is from the past
    Bytes past_row_;
};

/// Puts what a block changes into a batch, with its past.
class TableWriter {
public:
    /// The changes become part of block `number`. Those of the genesis block have no past.
    TableWriter(const Rocks& rocks, rocksdb::WriteBatch& batch, std::uint64_t number);
    /// The same for a block that has been written before.
    static TableWriter amend(const Rocks& rocks, rocksdb::WriteBatch& batch, std::uint64_t number);

    /// No bytes stand for no row. Each key once. Does nothing when `after` is `before`.
    void change(schema::Table table, ByteView key, ByteView before, ByteView after);
    /// To be called at the end: writes the list of what changed.
    void finish();

private:
    const Rocks* rocks_;
    rocksdb::WriteBatch* batch_;
    std::uint64_t number_;
    schema::ChangedKeys changed_;
    std::array<std::size_t, schema::table_count> amended_{};  // keys that the block had before
};

/// Puts everything back to what it was before block `number`, the head.
void undo_changes(const Rocks& rocks, rocksdb::WriteBatch& batch, std::uint64_t number);
/// Forgets what was before block `number`, which is the oldest whose past is there.
void forget_past(const Rocks& rocks, rocksdb::WriteBatch& batch, std::uint64_t number);

}  // namespace meta138::storage
