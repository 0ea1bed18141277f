// SPDX-License-Identifier: Apache-2.0
#include "debug_tracer.hpp"

#include "trace_cancellation.hpp"

#include "meta138/base/try.hpp"
#include "meta138/tracing/four_byte_tracer.hpp"
#include "meta138/tracing/tracer_group.hpp"

#include <utility>

namespace meta138::rpc {

namespace {

/// What the frames of a call tree may hold: written out it is twice as long.
constexpr std::size_t max_call_bytes = max_held_trace_bytes / 2;

/// Writes each step as it happens: the guard beside it lets them leave.
class StructLogs final : public DebugTracer {
public:
    explicit StructLogs(const tracing::StructLogWriterOptions& options) : options_{options} {}

    evm::Tracer& begin(json::Writer& out, const Transaction&, const Address&) override {
        return writer_.emplace(out, options_);
    }
    RpcResult<void> finish(json::Writer&, const Transaction&,
                           const execution::TransactionResult& result) override {
        writer_->finish(result.gas_used);
        return {};
    }

private:
    tracing::StructLogWriterOptions options_;
    std::optional<tracing::StructLogWriter> writer_;
};

class Calls final : public DebugTracer {
public:
    Calls(const DebugTraceOptions& options, const DebugTracePlace& place, Fork fork)
        : tracer_{fork, options_at(options, place)} {}

    evm::Tracer& begin(json::Writer&, const Transaction&, const Address&) override {
        return tracer_;
    }
    RpcResult<void> finish(json::Writer& out, const Transaction& transaction,
                           const execution::TransactionResult& result) override {
        if (tracer_.is_full()) return std::unexpected{trace_too_large(max_held_trace_bytes)};
        out.raw(to_json(tracer_.finish(transaction.gas_limit, result.gas_used)));
        return {};
    }

private:
    static tracing::CallTracerOptions options_at(const DebugTraceOptions& options,
                                                 const DebugTracePlace& place) {
        auto result = options.call;
        result.first_log_index = place.first_log_index;
        result.limit = max_call_bytes;
        return result;
    }

    tracing::CallTracer tracer_;
};

class FlatCalls final : public DebugTracer {
public:
    FlatCalls(const DebugTraceOptions& options, const DebugTracePlace& place, Fork fork)
        : options_{options.flat_call}, place_{place}, tracer_{fork, limited()} {}

    evm::Tracer& begin(json::Writer&, const Transaction&, const Address&) override {
        return tracer_;
    }
    RpcResult<void> finish(json::Writer& out, const Transaction& transaction,
                           const execution::TransactionResult& result) override {
        if (tracer_.is_full()) return std::unexpected{trace_too_large(max_held_trace_bytes)};
        const auto root = tracer_.finish(transaction.gas_limit, result.gas_used);
        out.raw(to_json(flatten(root, options_), {.block_hash = place_.block_hash,
                                                  .block_number = place_.block_number,
                                                  .transaction_hash = place_.transaction_hash,
                                                  .transaction_position = place_.position}));
        return {};
    }

private:
    static tracing::CallTracerOptions limited() {
        tracing::CallTracerOptions options;
        options.limit = max_call_bytes;
        return options;
    }

    tracing::FlatCallOptions options_;
    DebugTracePlace place_;
    tracing::CallTracer tracer_;
};

class Prestates final : public DebugTracer {
public:
    Prestates(const DebugTraceOptions& options, const DebugTracePlace& place, state::State& state,
              Fork fork)
        : coinbase_{place.coinbase}, tracer_{state, fork, options.prestate} {}

    evm::Tracer& begin(json::Writer&, const Transaction& transaction,
                       const Address& sender) override {
        tracer_.begin(transaction, sender, coinbase_);
        return tracer_;
    }
    RpcResult<void> finish(json::Writer& out, const Transaction&,
                           const execution::TransactionResult&) override {
        out.raw(to_json(tracer_.finish()));
        return {};
    }

private:
    Address coinbase_;
    tracing::PrestateTracer tracer_;
};

class FourBytes final : public DebugTracer {
public:
    explicit FourBytes(Fork fork) : tracer_{fork} {}

    evm::Tracer& begin(json::Writer&, const Transaction&, const Address&) override {
        return tracer_;
    }
    RpcResult<void> finish(json::Writer& out, const Transaction&,
                           const execution::TransactionResult&) override {
        out.raw(to_json(tracer_.counts()));
        return {};
    }

private:
    tracing::FourByteTracer tracer_;
};

class Noop final : public DebugTracer {
public:
    evm::Tracer& begin(json::Writer&, const Transaction&, const Address&) override {
        return tracer_;
    }
    RpcResult<void> finish(json::Writer& out, const Transaction&,
                           const execution::TransactionResult&) override {
        out.open_object().close_object();
        return {};
    }

private:
    evm::Tracer tracer_;
};

/// Several at once: {"callTracer":{…},"4byteTracer":{…}}.
class Mux final : public DebugTracer {
public:
    Mux(const DebugTraceOptions& options, const DebugTracePlace& place, state::State& state,
        Fork fork)
        : options_{options} {
        for (const auto& inner : options.mux)
            tracers_.push_back(make_debug_tracer(inner, place, state, fork));
    }

    evm::Tracer& begin(json::Writer& out, const Transaction& transaction,
                       const Address& sender) override {
        for (auto& tracer : tracers_) group_.add(tracer->begin(out, transaction, sender));
        return group_;
    }
    RpcResult<void> finish(json::Writer& out, const Transaction& transaction,
                           const execution::TransactionResult& result) override {
        out.open_object();
        for (std::size_t i = 0; i < tracers_.size(); ++i) {
            out.key(options_.mux_names[i]);
            TRY(tracers_[i]->finish(out, transaction, result));
        }
        out.close_object();
        return {};
    }

private:
    const DebugTraceOptions& options_;
    std::vector<std::unique_ptr<DebugTracer>> tracers_;
    tracing::TracerGroup group_;
};

}  // namespace

std::unique_ptr<DebugTracer> make_debug_tracer(const DebugTraceOptions& options,
                                               const DebugTracePlace& place, state::State& state,
                                               Fork fork) {
    switch (options.kind) {
        case TracerKind::struct_log: return std::make_unique<StructLogs>(options.struct_log);
        case TracerKind::call: return std::make_unique<Calls>(options, place, fork);
        case TracerKind::prestate: return std::make_unique<Prestates>(options, place, state, fork);
        case TracerKind::four_byte: return std::make_unique<FourBytes>(fork);
        case TracerKind::flat_call: return std::make_unique<FlatCalls>(options, place, fork);
        case TracerKind::noop: return std::make_unique<Noop>();
        case TracerKind::mux: return std::make_unique<Mux>(options, place, state, fork);
    }
    return nullptr;
}

}  // namespace meta138::rpc
