// SPDX-License-Identifier: Apache-2.0
#include "meta138/storage/database.hpp"

#include "block_writer.hpp"
#include "commitment.hpp"
#include "database_snapshot.hpp"
#include "pruning.hpp"
#include "rocks.hpp"
#include "schema.hpp"
#include "versioned.hpp"

#include "meta138/base/assert.hpp"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/write_buffer_manager.h>

#include <atomic>
#include <mutex>
#include <utility>

namespace meta138::storage {

using schema::Family;

class Database::Implementation {
public:
    explicit Implementation(const DatabaseOptions& options)
        : rocks_{std::make_shared<Rocks>(options)},
          commitment_{*rocks_, options.trie_cache_bytes},
          retention_{options.retention},
          sync_{options.sync_every_block && !options.in_memory},
          log_ahead_{!options.in_memory} {
        check_version();
        publish();
    }
    ~Implementation() {
        if (rocks_->read_only() || !log_ahead_ || failed_) return;
        try {
            flush();                // so that the next start has no log to read
        } catch (const IoError&) {  // it will read the log
        }
    }
    Implementation(const Implementation&) = delete;
    Implementation& operator=(const Implementation&) = delete;

    std::shared_ptr<const Snapshot> snapshot() const {
        const std::scoped_lock lock{snapshot_mutex_};
        return snapshot_;
    }

    void initialize(const Block& genesis, const Hash32& hash, const state::StateDiff& alloc) {
        META138_ASSERT(!snapshot()->head());
        META138_ASSERT(genesis.header.number == 0 && genesis.transactions.empty());
        rocksdb::WriteBatch batch;
        put_mark(batch, schema::mark::genesis_hash, hash.bytes);
        write_block({.block = genesis, .hash = hash, .senders = {}, .receipts = {}, .diff = alloc},
                    nullptr, batch);
    }

    void append(const BlockRecord& record) {
        const auto parent = snapshot()->head();
        META138_ASSERT(parent && record.block.header.parent_hash == parent->hash);
        META138_ASSERT(record.block.header.number == parent->header.number + 1);
        rocksdb::WriteBatch batch;
        write_block(record, &*parent, batch);
    }

    void unwind() {
        const auto head = snapshot()->head();
        META138_ASSERT(head && head->header.number > snapshot()->oldest_state());
        const auto number = head->header.number;
        const auto block = snapshot()->block(number);
        META138_ASSERT(block);
        rocksdb::WriteBatch batch;
        remove_body(*rocks_, batch, *head);
        undo_changes(*rocks_, batch, number);
        remove(batch, Family::headers, schema::number_key(number).view());
        remove(batch, Family::block_numbers, head->hash.bytes);
        put_mark(batch, schema::mark::head_number, schema::number_key(number - 1).view());
        put(batch, Family::side_blocks, head->hash.bytes,
            schema::encode_side_block(number, *block));
        write(batch, "take a block off the chain");
        commitment_.forget();
    }

    void put_side_block(const Block& block, const Hash32& hash) {
        rocksdb::WriteBatch batch;
        put(batch, Family::side_blocks, hash.bytes,
            schema::encode_side_block(block.header.number, block));
        write(batch, "keep a block");
    }

    state::StateDiff patch_state(const state::StateDiff& diff);

    std::size_t prune(std::size_t max_blocks) {
        const std::scoped_lock one_at_a_time{prune_mutex_};
        std::size_t done = 0;
        for (; done < max_blocks; ++done) {
            refuse_after_failure();
            const auto seen = snapshot();
            const auto step = next_pruning_step(*seen, retention_);
            if (!step) break;
            rocksdb::WriteBatch batch;
            if (step->block) prune_block(*rocks_, batch, *seen, *step->block);
            if (step->state) prune_state(*rocks_, batch, *step->state);
            write(batch, "prune", Durability::lazy);
        }
        return done;
    }

    std::vector<Usage> disk_usage() const {
        std::vector<Usage> usage;
        for (std::size_t i = 0; i < schema::family_count; ++i) {
            const auto family = static_cast<Family>(i);
            std::uint64_t bytes = 0;
            rocks_->database().GetIntProperty((*rocks_)[family],
                                              rocksdb::DB::Properties::kTotalSstFilesSize, &bytes);
            usage.push_back({std::string{schema::name_of(family)}, bytes});
        }
        return usage;
    }

    std::vector<Usage> memory_usage() const {
        std::uint64_t readers = 0;
        rocks_->database().GetAggregatedIntProperty(
            rocksdb::DB::Properties::kEstimateTableReadersMem, &readers);
        return {
            {"block_cache", rocks_->cache().GetUsage()},
            {"write_buffers", rocks_->write_buffers().memory_usage()},
            {"table_readers", readers},
            {"tries", trie_bytes_.load(std::memory_order_relaxed)},
        };
    }

    void flush() {
        refuse_after_failure();
        std::vector<rocksdb::ColumnFamilyHandle*> families;
        for (std::size_t i = 0; i < schema::family_count; ++i)
            families.push_back((*rocks_)[static_cast<Family>(i)]);
        guard("write to the disk", [&] {
            rocks_->check(rocks_->database().Flush(rocksdb::FlushOptions{}, families),
                          "write to the disk");
        });
    }

    Commitment& commitment() noexcept { return commitment_; }

private:
    enum class Durability : std::uint8_t { as_options_say, lazy };

    void check_version();

    void write_block(const BlockRecord& record, const StoredHeader* parent,
                     rocksdb::WriteBatch& batch) {
        TableWriter tables{*rocks_, batch, record.block.header.number};
        write_block_rows(*rocks_, batch, record, parent);
        write_state(record.diff, tables, batch);
        write(batch, fmt::format("write block {}", record.block.header.number));
    }

    void write_state(const state::StateDiff& diff, TableWriter& tables,
                     rocksdb::WriteBatch& batch) {
        refuse_after_failure();
        rocksdb::PinnableSlice known;
        for (const auto& code : diff.codes)
            if (!rocks_->get(Family::codes, code->hash.bytes, nullptr, known))
                put(batch, Family::codes, code->hash.bytes, code->bytes);
        // From here on the tries in memory are ahead of the disk, until the batch is written.
        commitment_.commit(diff, tables);
        tables.finish();
        trie_bytes_.store(commitment_.memory_bytes(), std::memory_order_relaxed);
    }

    void put(rocksdb::WriteBatch& batch, Family family, ByteView key, ByteView row) {
        rocks_->check(batch.Put((*rocks_)[family], to_slice(key), to_slice(row)), "write");
    }
    void remove(rocksdb::WriteBatch& batch, Family family, ByteView key) {
        rocks_->check(batch.Delete((*rocks_)[family], to_slice(key)), "write");
    }
    void put_mark(rocksdb::WriteBatch& batch, std::string_view name, ByteView value) {
        put(batch, Family::metadata, as_bytes(name), value);
    }

    void write(rocksdb::WriteBatch& batch, std::string_view doing,
               Durability durability = Durability::as_options_say) {
        refuse_after_failure();
        rocksdb::WriteOptions options;
        options.sync = sync_ && durability == Durability::as_options_say;
        options.disableWAL = !log_ahead_;
        guard(doing, [&] {
            rocks_->check(rocks_->database().Write(options, &batch), doing);
            publish();
        });
    }

    template <typename Action>
    void guard(std::string_view, Action&& action) {
        try {
            action();
        } catch (...) {
            failed_ = true;
            throw;
        }
    }

    // What is in memory may differ from the disk now, and RocksDB may refuse from here on too.
    void refuse_after_failure() const {
        if (failed_)
            throw IoError{fmt::format(
                "the database {} takes no changes since writing to it failed: start again when "
                "the cause is removed",
                rocks_->place())};
        if (rocks_->read_only())
            throw IoError{fmt::format("the database {} is open for reading only", rocks_->place())};
    }

    void publish() {
        const std::scoped_lock one_at_a_time{publish_mutex_};
        auto fresh = std::make_shared<const DatabaseSnapshot>(rocks_);
        const std::scoped_lock lock{snapshot_mutex_};
        snapshot_.swap(fresh);
    }

    std::shared_ptr<const Rocks> rocks_;
    Commitment commitment_;
    Retention retention_;
    bool sync_;
    bool log_ahead_;
    std::atomic<bool> failed_ = false;
    std::atomic<std::size_t> trie_bytes_ = 0;
    std::mutex prune_mutex_;
    std::mutex publish_mutex_;
    mutable std::mutex snapshot_mutex_;
    std::shared_ptr<const DatabaseSnapshot> snapshot_;
};

void Database::Implementation::check_version() {
    const auto name = as_bytes(schema::mark::schema_version);
    const auto ours = schema::Key{}.append_index(schema::version);
    rocksdb::PinnableSlice row;
    if (!rocks_->get(Family::metadata, name, nullptr, row)) {
        if (rocks_->read_only()) return;
        rocksdb::WriteBatch batch;
        put_mark(batch, schema::mark::schema_version, ours.view());
        rocksdb::WriteOptions options;
        options.sync = sync_;
        rocks_->check(rocks_->database().Write(options, &batch), "start");
        return;
    }
    if (equal(to_view(row), ours.view())) return;
    std::uint32_t theirs = 0;
    for (const auto byte : to_view(row)) theirs = theirs << 8 | byte;
    throw OpenError{fmt::format(
        "the database {} has schema version {}, and this program knows {}: {}, or choose another "
        "folder",
        rocks_->place(), theirs, schema::version,
        theirs > schema::version ? "a newer version made it; run that version"
                                 : "an older version made it; export the chain with that version "
                                   "and import it here")};
}

state::StateDiff Database::Implementation::patch_state(const state::StateDiff& diff) {
    const auto now = snapshot();
    const auto head = now->head();
    META138_ASSERT(head);
    const auto view = now->state_at(head->header.number);
    state::StateDiff inverse;
    for (const auto& change : diff.accounts) {
        state::AccountDiff back{.address = change.address,
                                .account = view->account(change.address),
                                .storage_cleared = false,
                                .storage = {}};
        if (back.account) {
            if (!change.account || change.storage_cleared) {
                back.storage_cleared = true;
                constexpr std::size_t all = static_cast<std::size_t>(-1);
                for (const auto& slot :
                     now->slots(head->header.number, change.address, Hash32{}, all))
                    back.storage.push_back({.key = slot.key, .value = slot.value});
            } else {
                for (const auto& slot : change.storage)
                    back.storage.push_back(
                        {.key = slot.key, .value = view->storage(change.address, slot.key)});
            }
        }
        inverse.accounts.push_back(std::move(back));
    }
    rocksdb::WriteBatch batch;
    auto tables = TableWriter::amend(*rocks_, batch, head->header.number);
    write_state(diff, tables, batch);
    write(batch, "change the state");
    return inverse;
}

Database::Database(std::unique_ptr<Implementation> implementation)
    : implementation_{std::move(implementation)} {}
Database::~Database() = default;

std::unique_ptr<Database> Database::open(const DatabaseOptions& options) {
    return std::unique_ptr<Database>{new Database{std::make_unique<Implementation>(options)}};
}
std::shared_ptr<const Snapshot> Database::snapshot() const {
    return implementation_->snapshot();
}
void Database::initialize(const Block& genesis, const Hash32& hash, const state::StateDiff& alloc) {
    implementation_->initialize(genesis, hash, alloc);
}
state::StateCommitment& Database::commitment() noexcept {
    return implementation_->commitment();
}
void Database::append(const BlockRecord& record) {
    implementation_->append(record);
}
void Database::unwind() {
    implementation_->unwind();
}
void Database::put_side_block(const Block& block, const Hash32& hash) {
    implementation_->put_side_block(block, hash);
}
state::StateDiff Database::patch_state(const state::StateDiff& diff) {
    return implementation_->patch_state(diff);
}
std::size_t Database::prune(std::size_t max_blocks) {
    return implementation_->prune(max_blocks);
}
std::vector<Database::Usage> Database::disk_usage() const {
    return implementation_->disk_usage();
}
std::vector<Database::Usage> Database::memory_usage() const {
    return implementation_->memory_usage();
}
void Database::flush() {
    implementation_->flush();
}

}  // namespace meta138::storage
