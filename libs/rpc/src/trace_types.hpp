// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/codec/json/writer.hpp"
#include "meta138/execution/transaction.hpp"
#include "meta138/rpc/parameters.hpp"
#include "meta138/state/state.hpp"
#include "meta138/tracing/parity_tracer.hpp"
#include "meta138/tracing/state_diff_tracer.hpp"
#include "meta138/tracing/tracer_group.hpp"
#include "meta138/tracing/vm_tracer.hpp"
#include "meta138/types/fork.hpp"
#include "meta138/types/transaction.hpp"

#include <optional>

namespace meta138::rpc {

/// What is asked for: ["trace", "vmTrace", "stateDiff"], in any letter case.
struct TraceTypes {
    bool trace = false;
    bool vm_trace = false;
    bool state_diff = false;
};

template <>
struct Parameter<TraceTypes> {
    static RpcResult<TraceTypes> decode(json::Value value);
};

/// The tracers that some types need, for one transaction after the other.
class TypedTracer {
public:
    /// Writes to `out`. It and `state`, on which the transactions run, outlive this object.
    TypedTracer(const TraceTypes& types, state::State& state, Fork fork, json::Writer& out);
    TypedTracer(const TypedTracer&) = delete;
    TypedTracer& operator=(const TypedTracer&) = delete;

    /// Before the transaction is applied: its value begins with the vmTrace, if asked for, which is
    /// written while it runs.
    evm::Tracer& begin(const Transaction& transaction, const Address& sender,
                       const Address& coinbase);

    /// How a result is shown that has ended.
    struct Shape {
        /// trace_replay: with the transaction's hash, the revert data by itself, and how contracts
        /// were created.
        std::optional<Hash32> transaction_hash;
    };
    /// {"output":…,"stateDiff":…,"trace":[…],"transactionHash":…,"vmTrace":…}. The next
    /// transaction may begin.
    void finish(const execution::TransactionResult& result, const Shape& shape);
    /// Something was cut off.
    [[nodiscard]] bool is_full() const noexcept { return frames_.is_full(); }

private:
    void write_traces(const execution::TransactionResult& result, const Shape& shape);

    TraceTypes types_;
    json::Writer& out_;
    tracing::ParityTracer frames_;
    tracing::VmTracer vm_;
    tracing::StateDiffTracer differences_;
    tracing::TracerGroup group_;
};

}  // namespace meta138::rpc
