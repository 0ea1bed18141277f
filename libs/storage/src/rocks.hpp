// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "schema.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/storage/database.hpp"

#include <rocksdb/db.h>

#include <array>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::storage {

inline rocksdb::Slice to_slice(ByteView bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline rocksdb::Slice to_slice(std::string_view text) noexcept {
    return {text.data(), text.size()};
}
inline ByteView to_view(const rocksdb::Slice& slice) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(slice.data()), slice.size()};
}

/// RocksDB, opened with all families of the schema. Its reads and writes may be called from any
/// thread.
class Rocks {
public:
    /// Throws OpenError and IoError.
    explicit Rocks(const DatabaseOptions& options);
    ~Rocks();
    Rocks(const Rocks&) = delete;
    Rocks& operator=(const Rocks&) = delete;

    [[nodiscard]] rocksdb::DB& database() const noexcept { return *database_; }
    [[nodiscard]] rocksdb::ColumnFamilyHandle* operator[](schema::Family family) const noexcept {
        return families_[static_cast<std::size_t>(family)];
    }
    [[nodiscard]] const std::string& place() const noexcept { return place_; }
    [[nodiscard]] bool read_only() const noexcept { return read_only_; }

    /// Whether there is such a row, as of `snapshot`, or now if that is null.
    bool get(schema::Family family, ByteView key, const rocksdb::Snapshot* snapshot,
             rocksdb::PinnableSlice& row) const;
    /// From `snapshot`, or now if that is null; not positioned yet. check() its status at its end.
    [[nodiscard]] std::unique_ptr<rocksdb::Iterator> iterate(
        schema::Family family, const rocksdb::Snapshot* snapshot) const;

    /// Throws IoError unless the status is good. `doing` says what failed: "write a block".
    void check(const rocksdb::Status& status, std::string_view doing) const {
        if (!status.ok()) [[unlikely]]
            fail(status, doing);
    }
    [[noreturn]] void fail(const rocksdb::Status& status, std::string_view doing) const;
    /// A row that the disk has changed.
    [[noreturn]] void fail_on_row(schema::Family family, ByteView key,
                                  std::string_view reason) const;
    /// The value of a row; throws IoError when it has none.
    template <typename T>
    T decoded(schema::Decoded<T> value, schema::Family family, ByteView key) const {
        if (!value) [[unlikely]]
            fail_on_row(family, key, value.error().reason);
        return *std::move(value);
    }

    [[nodiscard]] rocksdb::WriteBufferManager& write_buffers() const noexcept {
        return *write_buffers_;
    }
    [[nodiscard]] rocksdb::Cache& cache() const noexcept { return *cache_; }

private:
    void open(const DatabaseOptions& options);
    [[noreturn]] void fail_to_open(const rocksdb::Status& status) const;
    [[nodiscard]] std::set<std::string> existing_families(const rocksdb::Options& options,
                                                          const std::string& path) const;

    std::string place_;  // for people
    bool read_only_;
    std::unique_ptr<rocksdb::Env> memory_;
    std::shared_ptr<rocksdb::Cache> cache_;
    std::shared_ptr<rocksdb::WriteBufferManager> write_buffers_;
    std::unique_ptr<rocksdb::DB> database_;
    std::vector<rocksdb::ColumnFamilyHandle*> handles_;  // all of them, ours to destroy
    std::array<rocksdb::ColumnFamilyHandle*, schema::family_count> families_{};
};

}  // namespace meta138::storage
