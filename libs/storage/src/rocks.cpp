// SPDX-License-Identifier: Apache-2.0
#include "rocks.hpp"

#include "family_options.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>
#include <cstdarg>
#include <ranges>
#include <set>
#include <vector>

namespace meta138::storage {
namespace {

using schema::Family;

// Each open file costs a descriptor and some kilobytes; sockets need descriptors too.
constexpr int max_open_files = 256;
// One flushes while another compacts; both have little to do next to execution.
constexpr int max_background_jobs = 2;

/// RocksDB's own log would lie on the disk whose trouble it tells of, and Debian's RocksDB aborts
/// when it cannot write to it. What matters comes back as a status.
class NoLog final : public rocksdb::Logger {
public:
    using rocksdb::Logger::Logv;
    void Logv(const char*, va_list) override {}
};

/// RocksDB has a family of this name always.
std::string rocks_name(Family family) {
    return family == Family::metadata ? rocksdb::kDefaultColumnFamilyName
                                      : std::string{schema::name_of(family)};
}

auto all_families() {
    return std::views::iota(std::size_t{0}, schema::family_count) |
           std::views::transform([](std::size_t i) { return static_cast<Family>(i); });
}

rocksdb::Options database_options(const DatabaseOptions& options) {
    rocksdb::Options result;
    result.create_if_missing = !options.read_only;
    // Families reach the disk together: the log before that is obsolete at once, so that it stays
    // short and opening after a crash fast.
    result.atomic_flush = true;
    result.max_open_files = max_open_files;
    result.max_background_jobs = max_background_jobs;
    // Writing back all the time instead of in bursts that a block would wait for.
    result.bytes_per_sync = std::uint64_t{1} << 20;
    result.wal_bytes_per_sync = std::uint64_t{512} << 10;
    result.skip_stats_update_on_db_open = true;
    result.stats_dump_period_sec = 0;
    result.stats_persist_period_sec = 0;
    result.info_log = std::make_shared<NoLog>();
    return result;
}

bool is_full(const rocksdb::Status& status) {
    const auto text = status.ToString();
    return status.IsNoSpace() || text.find("No space left") != std::string::npos ||
           text.find("File too large") != std::string::npos ||
           text.find("Disk quota exceeded") != std::string::npos;
}
bool is_read_only(const rocksdb::Status& status) {
    const auto text = status.ToString();
    return text.find("Read-only file system") != std::string::npos ||
           text.find("Permission denied") != std::string::npos;
}

std::string advice_for(const rocksdb::Status& status) {
    if (is_full(status)) return "the disk is full: make room and start again; nothing is lost";
    if (is_read_only(status))
        return "the folder cannot be written: check its owner, its permissions and whether the "
               "disk is mounted read-only";
    if (status.IsCorruption())
        return "the files are damaged: check the disk, then restore a backup or delete the folder "
               "and synchronise again";
    return "check the disk";
}

}  // namespace

Rocks::Rocks(const DatabaseOptions& options)
    : place_{options.in_memory ? "in memory" : options.path.string()},
      read_only_{options.read_only},
      cache_{rocksdb::NewLRUCache(options.cache_bytes)},
      write_buffers_{std::make_shared<rocksdb::WriteBufferManager>(options.write_buffer_bytes)} {
    open(options);
}

Rocks::~Rocks() {
    for (auto* handle : handles_) database_->DestroyColumnFamilyHandle(handle);
}

void Rocks::open(const DatabaseOptions& options) {
    auto rocks_options = database_options(options);
    rocks_options.write_buffer_manager = write_buffers_;
    const auto path = options.in_memory ? std::string{"/database"} : options.path.string();
    if (options.in_memory) {
        memory_.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
        rocks_options.env = memory_.get();
    } else if (!options.read_only) {
        std::error_code error;
        std::filesystem::create_directories(options.path, error);
        if (error)
            throw IoError{fmt::format("cannot make the folder {} for the database: {}", path,
                                      error.message())};
    }
    // All at once and not as RocksDB would by itself: it would write its options for each.
    auto names = existing_families(rocks_options, path);
    std::vector<rocksdb::ColumnFamilyDescriptor> existing;
    std::vector<rocksdb::ColumnFamilyDescriptor> missing;
    for (const auto family : all_families()) {
        const bool exists = family == Family::metadata || names.contains(rocks_name(family));
        (exists ? existing : missing)
            .emplace_back(rocks_name(family),
                          family_options(family, cache_, options.write_buffer_bytes));
    }
    rocksdb::DB* database = nullptr;
    auto status =
        options.read_only
            ? rocksdb::DB::OpenForReadOnly(rocks_options, path, existing, &handles_, &database)
            : rocksdb::DB::Open(rocks_options, path, existing, &handles_, &database);
    if (!status.ok()) fail_to_open(status);
    database_.reset(database);
    if (!missing.empty()) {
        if (options.read_only) throw OpenError{fmt::format("there is no chain in {}", place_)};
        std::vector<rocksdb::ColumnFamilyHandle*> made;
        status = database_->CreateColumnFamilies(missing, &made);
        handles_.insert(handles_.end(), made.begin(), made.end());
        check(status, "make the tables");
    }
    for (const auto family : all_families())
        families_[static_cast<std::size_t>(family)] =
            *std::ranges::find(handles_, rocks_name(family), &rocksdb::ColumnFamilyHandle::GetName);
}

// A newer program may have families that this one does not know, and then RocksDB would not open.
std::set<std::string> Rocks::existing_families(const rocksdb::Options& options,
                                               const std::string& path) const {
    std::vector<std::string> names;
    if (!rocksdb::DB::ListColumnFamilies(options, path, &names).ok()) return {};  // none yet
    const auto is_known = [](const std::string& name) {
        return std::ranges::any_of(all_families(),
                                   [&](Family family) { return rocks_name(family) == name; });
    };
    const auto unknown = std::ranges::find_if_not(names, is_known);
    if (unknown != names.end())
        throw OpenError{fmt::format(
            "the database {} has data of a kind, {}, that this program does not know: a newer "
            "version made it; run that version, or choose another folder",
            place_, *unknown)};
    return {names.begin(), names.end()};
}

void Rocks::fail_to_open(const rocksdb::Status& status) const {
    const auto text = status.ToString();
    if (text.find("LOCK: Resource temporarily unavailable") != std::string::npos ||
        text.find("lock hold by current process") != std::string::npos)
        throw OpenError{fmt::format(
            "the database {} is open in another process, which holds a lock on its file LOCK: stop "
            "that process (`fuser {}/LOCK` names it). The file by itself means nothing: it stays "
            "when a process ends, and need not be deleted",
            place_, place_)};
    if (read_only_ && text.find("CURRENT: No such file") != std::string::npos)
        throw OpenError{fmt::format("there is no database in {}", place_)};
    throw IoError{
        fmt::format("cannot open the database {}: {}; {}", place_, text, advice_for(status))};
}

bool Rocks::get(Family family, ByteView key, const rocksdb::Snapshot* snapshot,
                rocksdb::PinnableSlice& row) const {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot;
    row.Reset();
    const auto status = database_->Get(options, (*this)[family], to_slice(key), &row);
    if (status.IsNotFound()) return false;
    check(status, "read");
    return true;
}

std::unique_ptr<rocksdb::Iterator> Rocks::iterate(Family family,
                                                  const rocksdb::Snapshot* snapshot) const {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot;
    return std::unique_ptr<rocksdb::Iterator>{database_->NewIterator(options, (*this)[family])};
}

void Rocks::fail(const rocksdb::Status& status, std::string_view doing) const {
    throw IoError{fmt::format("cannot {} in the database {}: {}; {}", doing, place_,
                              status.ToString(), advice_for(status))};
}

void Rocks::fail_on_row(Family family, ByteView key, std::string_view reason) const {
    throw IoError{fmt::format(
        "the database {} is damaged: the row {} of {} is {}; check the disk, then restore a backup "
        "or delete the folder and synchronise again",
        place_, to_hex(key), schema::name_of(family), reason)};
}

}  // namespace meta138::storage
