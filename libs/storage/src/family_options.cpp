// SPDX-License-Identifier: Apache-2.0
#include "family_options.hpp"

#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

namespace meta138::storage {
namespace {

using schema::Family;

struct Traits {
    bool filter = false;  ///< Asked for single keys, of which many may be absent.
    std::size_t block_size = std::size_t{4} << 10;
    rocksdb::CompressionType compression = rocksdb::kLZ4Compression;
    rocksdb::CompressionType bottommost = rocksdb::kLZ4Compression;
};

constexpr std::size_t large_block = std::size_t{16} << 10;

Traits traits_of(Family family) {
    switch (family) {
        case Family::metadata: return {};
        // Read one by one and in ranges; seldom once they are old.
        case Family::headers:
        case Family::bodies:
        case Family::side_blocks:
        case Family::transactions:
        case Family::receipts: return {.block_size = large_block, .bottommost = rocksdb::kZSTD};
        // Hashes do not compress. Most look-ups come from outside, and half of those miss.
        case Family::block_numbers:
        case Family::transaction_index:
            return {.filter = true,
                    .compression = rocksdb::kNoCompression,
                    .bottommost = rocksdb::kNoCompression};
        // What execution waits for: small blocks, and a filter because new slots are absent.
        case Family::accounts:
        case Family::storage:
        case Family::account_trie:
        case Family::storage_trie: return {.filter = true};
        case Family::codes:
            return {.filter = true, .block_size = large_block, .bottommost = rocksdb::kZSTD};
        // Written in bulk, read by seeking, and the largest of all.
        case Family::accounts_history:
        case Family::storage_history:
        case Family::account_trie_history:
        case Family::storage_trie_history:
        case Family::changes: return {.block_size = large_block, .bottommost = rocksdb::kZSTD};
        // Keys alone, which share long prefixes with their neighbours; scanned.
        case Family::log_index: return {.block_size = large_block};
    }
    __builtin_unreachable();
}

}  // namespace

rocksdb::ColumnFamilyOptions family_options(Family family,
                                            const std::shared_ptr<rocksdb::Cache>& cache,
                                            std::size_t write_buffer_bytes) {
    const auto traits = traits_of(family);
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.block_size = traits.block_size;
    table.format_version = 5;
    // Within the cache, so that memory does not grow with the database.
    table.cache_index_and_filter_blocks = true;
    table.pin_l0_filter_and_index_blocks_in_cache = true;
    if (traits.filter) table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10, false));

    rocksdb::ColumnFamilyOptions options;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    options.compression = traits.compression;
    options.bottommost_compression = traits.bottommost;
    options.level_compaction_dynamic_level_bytes = true;
    // All families together are held to this by the write buffer manager.
    options.write_buffer_size = write_buffer_bytes;
    // Families that are hardly written take hardly any memory.
    options.arena_block_size = std::size_t{64} << 10;
    return options;
}

}  // namespace meta138::storage
