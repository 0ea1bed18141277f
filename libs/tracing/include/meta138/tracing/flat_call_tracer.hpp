// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/tracing/call_tracer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace meta138::tracing {

struct FlatCallOptions {
    bool convert_parity_errors = false;  ///< "Out of gas" and the like in place of our words.
    bool include_precompiles = false;    ///< Calls and staticcalls of precompiled contracts.
};

/// One frame of a call trace, away from those around it.
struct FlatCall {
    const CallFrame* frame = nullptr;        ///< Within the tree.
    std::vector<std::size_t> trace_address;  ///< The way from the outermost frame.
    std::size_t subtraces = 0;               ///< How many of its calls are in the list.
    std::string error;
};

/// The frames of the tree that CallTracer made, each before those it called: Parity's traces, as
/// go-ethereum's flatCallTracer and trace_transaction have them. The tree outlives the list.
[[nodiscard]] std::vector<FlatCall> flatten(const CallFrame& root, FlatCallOptions options = {});

/// Where the traced transaction is; a pending one has no hashes.
struct FlatCallContext {
    std::optional<Hash32> block_hash;
    std::uint64_t block_number = 0;
    std::optional<Hash32> transaction_hash;
    std::uint64_t transaction_position = 0;
};

/// [{"action":{…},"blockHash":…,"result":{…},"subtraces":0,"traceAddress":[],"type":"call"},…]
[[nodiscard]] std::string to_json(std::span<const FlatCall> calls, const FlatCallContext& context);

}  // namespace meta138::tracing
