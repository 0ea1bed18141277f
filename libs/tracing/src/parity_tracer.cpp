// SPDX-License-Identifier: Apache-2.0
#include "meta138/tracing/parity_tracer.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/evm/precompiles.hpp"

#include <utility>

namespace meta138::tracing {

namespace {

FrameType type_of(evm::CallKind kind) {
    switch (kind) {
        case evm::CallKind::call: return FrameType::call;
        case evm::CallKind::callcode: return FrameType::callcode;
        case evm::CallKind::delegatecall: return FrameType::delegatecall;
        case evm::CallKind::staticcall: return FrameType::staticcall;
        case evm::CallKind::create: return FrameType::create;
        case evm::CallKind::create2: return FrameType::create2;
    }
    return FrameType::call;
}

std::string_view call_type(FrameType type) {
    switch (type) {
        case FrameType::call: return "call";
        case FrameType::callcode: return "callcode";
        case FrameType::delegatecall: return "delegatecall";
        case FrameType::staticcall: return "staticcall";
        case FrameType::create:
        case FrameType::create2:
        case FrameType::selfdestruct: break;
    }
    return {};
}

bool is_creation(const ParityTrace& trace) {
    return trace.type == FrameType::create || trace.type == FrameType::create2;
}

/// Whether nothing ran: the gas went back.
bool is_refused(evm::Status status) {
    return status == evm::Status::call_depth_exceeded ||
           status == evm::Status::insufficient_balance || status == evm::Status::nonce_overflow;
}

void write_action(json::Writer& json, const ParityTrace& trace, std::string_view creation_method) {
    json.key("action").open_object();
    if (trace.type == FrameType::selfdestruct) {
        json.key("address").hex(trace.from.bytes);
        json.key("balance").quantity(trace.value);
        json.key("refundAddress").hex(trace.to.bytes);
    } else if (is_creation(trace)) {
        if (!creation_method.empty()) json.key("creationMethod").string(creation_method);
        json.key("from").hex(trace.from.bytes);
        json.key("gas").quantity(trace.gas);
        json.key("init").hex(trace.input);
        json.key("value").quantity(trace.value);
    } else {
        json.key("callType").string(call_type(trace.type));
        json.key("from").hex(trace.from.bytes);
        json.key("gas").quantity(trace.gas);
        json.key("input").hex(trace.input);
        json.key("to").hex(trace.to.bytes);
        json.key("value").quantity(trace.value);
    }
    json.close_object();
}

void write_outcome(json::Writer& json, const ParityTrace& trace) {
    if (trace.status != evm::Status::success) {
        json.key("error").string(parity_error(trace.status));
        return;
    }
    json.key("result");
    if (trace.type == FrameType::selfdestruct) return json.null();
    json.open_object();
    if (is_creation(trace)) {
        json.key("address").hex(trace.to.bytes);
        json.key("code").hex(trace.output);
        json.key("gasUsed").quantity(trace.gas_used);
    } else {
        json.key("gasUsed").quantity(trace.gas_used);
        json.key("output").hex(trace.output);
    }
    json.close_object();
}

}  // namespace

std::string_view parity_error(evm::Status status) noexcept {
    switch (status) {
        using enum evm::Status;
        case success: return {};
        case revert: return "Reverted";
        case out_of_gas: return "Out of gas";
        case stack_underflow: return "Stack underflow";
        case stack_overflow: return "Out of stack";
        case invalid_opcode: return "Bad instruction";
        case invalid_jump: return "Bad jump destination";
        case out_of_bounds_read: return "Out of bounds";
        case write_protection: return "Illegal state change";
        case call_depth_exceeded: return "Call depth exceeded";
        case insufficient_balance: return "Insufficient balance";
        case address_collision: return "Illegal state change";
        case nonce_overflow: return "Nonce overflow";
        case precompile_failure: return "Precompile error";
        case initcode_size_exceeded:
        case code_size_exceeded: return "Code is too large";
        case invalid_code_prefix: return "Code is invalid";
    }
    return {};
}

void ParityTracer::reset() {
    META138_ASSERT(open_.empty());
    traces_.clear();
    output_.clear();
    has_create2_ = false;
    size_ = 0;
}

void ParityTracer::on_frame_begin(const evm::Message& message, ByteView /*code*/) {
    ParityTrace trace;
    trace.type = type_of(message.kind);
    trace.from = message.kind == evm::CallKind::delegatecall ? message.recipient : message.sender;
    trace.to = is_create(message.kind) || message.depth == 0 ? message.recipient : steps_.called();
    trace.gas = static_cast<std::uint64_t>(message.gas);
    if (!is_full()) trace.input = to_bytes(message.input);
    trace.value = message.value;
    if (!open_.empty()) {
        const auto& caller = open_trace();
        trace.trace_address = caller.trace_address;
        trace.trace_address.push_back(caller.subtraces);
    }
    has_create2_ = has_create2_ || message.kind == evm::CallKind::create2;
    size_ += sizeof trace + message.input.size();
    open_.push_back(traces_.size());
    traces_.push_back(std::move(trace));
}

void ParityTracer::on_step(const evm::Step& step) {
    steps_.on_step(step);
}

void ParityTracer::on_selfdestruct(const Address& address, const Address& beneficiary,
                                   const uint256& balance) {
    auto& caller = open_trace();
    ParityTrace trace;
    trace.type = FrameType::selfdestruct;
    trace.from = address;
    trace.to = beneficiary;
    trace.value = balance;
    trace.trace_address = caller.trace_address;
    trace.trace_address.push_back(caller.subtraces++);
    size_ += sizeof trace;
    traces_.push_back(std::move(trace));
}

void ParityTracer::on_frame_end(const evm::Message& message, evm::Status status,
                                std::int64_t gas_left, ByteView output) {
    auto& trace = open_trace();
    const auto at = open_.back();
    open_.pop_back();
    if (open_.empty()) output_ = to_bytes(output);
    const bool is_precompile = !is_create(message.kind) && !message.is_delegated &&
                               evm::is_precompile(message.code_address, fork_);
    if (!open_.empty()) {
        if (is_precompile || is_refused(status)) {
            traces_.resize(at);
            return;
        }
        ++open_trace().subtraces;
    }
    trace.status = status;
    trace.gas_used = static_cast<std::uint64_t>(message.gas - gas_left);
    if (status != evm::Status::success) return;
    if (!is_full()) trace.output = to_bytes(output);
    size_ += output.size();
}

ParityTrace& ParityTracer::open_trace() {
    META138_ASSERT(!open_.empty());
    return traces_[open_.back()];
}

void write_parity_trace(json::Writer& json, const ParityTrace& trace,
                        const ParityTraceContext& context) {
    json.open_object();
    write_action(json, trace, context.creation_method);
    if (context.has_block) {
        json.key("blockHash").hex(context.block_hash.bytes);
        json.key("blockNumber").number(context.block_number);
    }
    write_outcome(json, trace);
    if (trace.trace_address.empty() && !context.revert_reason.empty())
        json.key("revertReason").hex(context.revert_reason);
    json.key("subtraces").number(std::uint64_t{trace.subtraces});
    json.key("traceAddress").open_array();
    for (const auto index : trace.trace_address) json.number(std::uint64_t{index});
    json.close_array();
    if (context.has_block) {
        json.key("transactionHash").hex(context.transaction_hash.bytes);
        json.key("transactionPosition").number(context.transaction_position);
    }
    json.key("type").string(trace.type == FrameType::selfdestruct ? "suicide"
                            : is_creation(trace)                  ? "create"
                                                                  : "call");
    json.close_object();
}

void write_reward_trace(json::Writer& json, const Address& author, std::string_view type,
                        const uint256& value, const Hash32& block_hash,
                        std::uint64_t block_number) {
    json.open_object();
    json.key("action").open_object();
    json.key("author").hex(author.bytes);
    json.key("rewardType").string(type);
    json.key("value").quantity(value);
    json.close_object();
    json.key("blockHash").hex(block_hash.bytes);
    json.key("blockNumber").number(block_number);
    json.key("result").null();
    json.key("subtraces").number(std::uint64_t{0});
    json.key("traceAddress").open_array().close_array();
    json.key("transactionHash").null();
    json.key("transactionPosition").null();
    json.key("type").string("reward");
    json.close_object();
}

}  // namespace meta138::tracing
