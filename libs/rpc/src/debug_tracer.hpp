// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "call_object.hpp"

#include "meta138/codec/json/reader.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/evm/tracer.hpp"
#include "meta138/execution/transaction.hpp"
#include "meta138/rpc/error.hpp"
#include "meta138/rpc/parameters.hpp"
#include "meta138/state/state.hpp"
#include "meta138/tracing/call_tracer.hpp"
#include "meta138/tracing/flat_call_tracer.hpp"
#include "meta138/tracing/prestate_tracer.hpp"
#include "meta138/tracing/struct_log_writer.hpp"
#include "meta138/types/fork.hpp"
#include "meta138/types/transaction.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace meta138::rpc {

enum class TracerKind : std::uint8_t {
    struct_log,
    call,
    prestate,
    four_byte,
    flat_call,
    noop,
    mux
};

/// Options of the debug_trace methods: Besu's names, and go-ethereum's where Besu has none.
struct DebugTraceOptions {
    TracerKind kind = TracerKind::struct_log;
    tracing::StructLogWriterOptions struct_log;
    tracing::CallTracerOptions call;
    tracing::PrestateOptions prestate;
    tracing::FlatCallOptions flat_call;
    std::vector<std::string> mux_names;  ///< Of the tracers in `mux`.
    std::vector<DebugTraceOptions> mux;

    std::optional<StateOverrides> state_overrides;
    std::optional<BlockOverrides> block_overrides;
    std::optional<Hash32> transaction_hash;
    bool stack_in_file = false;
    bool memory_in_file = false;
};

template <>
struct Parameter<DebugTraceOptions> {
    static RpcResult<DebugTraceOptions> decode(json::Value value);
};

/// Where the traced transaction stands; a call stands nowhere.
struct DebugTracePlace {
    std::optional<Hash32> block_hash;
    std::uint64_t block_number = 0;
    std::optional<Hash32> transaction_hash;
    std::uint64_t position = 0;
    std::uint64_t first_log_index = 0;
    Address coinbase;  ///< Of its block.
};

/// A tracer of any kind for one transaction.
class DebugTracer {
public:
    virtual ~DebugTracer() = default;
    /// Before the transaction is applied. It may begin its value in `out`, and write it while the
    /// transaction runs.
    virtual evm::Tracer& begin(json::Writer& out, const Transaction& transaction,
                               const Address& sender) = 0;
    /// After it was applied: ends its one value. Fails when it would be too large.
    virtual RpcResult<void> finish(json::Writer& out, const Transaction& transaction,
                                   const execution::TransactionResult& result) = 0;
};

/// `state`, on which the transaction runs, and the options outlive the tracer.
[[nodiscard]] std::unique_ptr<DebugTracer> make_debug_tracer(const DebugTraceOptions& options,
                                                             const DebugTracePlace& place,
                                                             state::State& state, Fork fork);

}  // namespace meta138::rpc
