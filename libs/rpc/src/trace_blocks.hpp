// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/rpc/error.hpp"
#include "meta138/rpc/request.hpp"
#include "meta138/tracing/parity_tracer.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

namespace meta138::rpc {

/// A trace of a mined transaction, and what stands around it.
struct TracePlace {
    const tracing::ParityTrace& trace;
    const tracing::ParityTraceContext& context;

    void write(json::Writer& out) const { tracing::write_parity_trace(out, trace, context); }
};

/// Which traces trace_filter writes. The counts go down with what was written.
struct TraceSelection {
    std::vector<Address> from;  ///< Empty: any.
    std::vector<Address> to;    ///< Empty: any.
    std::uint64_t skip = 0;
    std::uint64_t count = std::numeric_limits<std::uint64_t>::max();
};

/// Writes the traces of a block's transactions, and of what it paid, as elements of an array: all,
/// or those that are selected. The block is not the genesis block.
RpcResult<void> write_block_traces(const Request& request, std::uint64_t number,
                                   std::optional<std::reference_wrapper<TraceSelection>> selection,
                                   json::Writer& out);

/// Calls `on_trace` with the traces of a transaction in order, until it returns false. None when
/// there is no such transaction.
RpcResult<void> write_transaction_traces(const Request& request, const Hash32& hash,
                                         const std::function<bool(const TracePlace&)>& on_trace);

}  // namespace meta138::rpc
