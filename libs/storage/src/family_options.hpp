// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "schema.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/options.h>

#include <memory>

namespace meta138::storage {

/// How RocksDB keeps a family: block size, filter, compression.
[[nodiscard]] rocksdb::ColumnFamilyOptions family_options(
    schema::Family family, const std::shared_ptr<rocksdb::Cache>& cache,
    std::size_t write_buffer_bytes);

}  // namespace meta138::storage
