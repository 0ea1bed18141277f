// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "block_logs.hpp"
#include "log_filter.hpp"

#include "meta138/codec/json/writer.hpp"
#include "meta138/rpc/error.hpp"
#include "meta138/rpc/request.hpp"

#include <cstdint>

namespace meta138::rpc {

/// Both included.
struct BlockRange {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
};

/// The blocks that a filter without a block hash means, checked as eth_getLogs does: in order, not
/// beyond the head, no more than Settings::max_logs_range apart.
[[nodiscard]] RpcResult<BlockRange> find_range(const Request& request, const LogFilter& filter);

/// Writes the logs of these blocks that match as elements of an array that the caller has opened.
/// Gives up when the request is cancelled or there are more than Settings::max_logs_results.
[[nodiscard]] RpcResult<void> write_logs(const Request& request, LogCache& cache,
                                         const LogFilter& filter, const BlockRange& range,
                                         json::Writer& out);

/// eth_getLogs of the filter, whole.
[[nodiscard]] RpcResult<void> get_logs(const Request& request, LogCache& cache,
                                       const LogFilter& filter, json::Writer& out);

}  // namespace meta138::rpc
