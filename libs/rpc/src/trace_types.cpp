// SPDX-License-Identifier: Apache-2.0
#include "trace_types.hpp"

#include "trace_cancellation.hpp"

#include <algorithm>
#include <cctype>
#include <string>

namespace meta138::rpc {

RpcResult<TraceTypes> Parameter<TraceTypes>::decode(json::Value value) {
    if (!value.is_array()) return fail(error::invalid_trace_type_params);
    TraceTypes types;
    for (const auto element : value.elements()) {
        const auto text = element.string();
        if (!text) return fail(error::invalid_trace_type_params);
        std::string name{*text};
        std::ranges::transform(name, name.begin(), [](unsigned char letter) {
            return static_cast<char>(std::tolower(letter));
        });
        if (name == "trace")
            types.trace = true;
        else if (name == "vmtrace")
            types.vm_trace = true;
        else if (name == "statediff")
            types.state_diff = true;
        else
            return fail(error::invalid_trace_type_params);
    }
    return types;
}

TypedTracer::TypedTracer(const TraceTypes& types, state::State& state, Fork fork, json::Writer& out)
    : types_{types}, out_{out}, frames_{fork, max_held_trace_bytes}, vm_{out}, differences_{state} {
    group_.add(frames_);  // it also knows the output
    if (types.vm_trace) group_.add(vm_);
    if (types.state_diff) group_.add(differences_);
}

evm::Tracer& TypedTracer::begin(const Transaction& transaction, const Address& sender,
                                const Address& coinbase) {
    frames_.reset();
    if (types_.state_diff) differences_.begin(transaction, sender, coinbase);
    out_.open_object();
    if (types_.vm_trace) out_.key("vmTrace");
    return group_;
}

void TypedTracer::finish(const execution::TransactionResult& result, const Shape& shape) {
    const bool is_replay = shape.transaction_hash.has_value();
    const bool is_revert = result.status == evm::Status::revert;
    if (types_.vm_trace) vm_.finish();
    if (is_revert && is_replay) {
        out_.key("output").hex({});
        if (!result.output.empty()) out_.key("revertReason").hex(result.output);
    } else {
        out_.key("output").hex(frames_.output());
    }
    out_.key("stateDiff");
    if (types_.state_diff)
        differences_.write(out_);
    else
        out_.null();
    out_.key("trace").open_array();
    if (types_.trace) write_traces(result, shape);
    out_.close_array();
    if (shape.transaction_hash) out_.key("transactionHash").hex(shape.transaction_hash->bytes);
    if (!types_.vm_trace) out_.key("vmTrace").null();
    out_.close_object();
}

void TypedTracer::write_traces(const execution::TransactionResult& result, const Shape& shape) {
    tracing::ParityTraceContext context;
    if (shape.transaction_hash)
        context.creation_method = frames_.has_create2() ? "create2" : "create";
    if (result.status == evm::Status::revert) context.revert_reason = result.output;
    for (const auto& trace : frames_.traces()) tracing::write_parity_trace(out_, trace, context);
}

}  // namespace meta138::rpc
