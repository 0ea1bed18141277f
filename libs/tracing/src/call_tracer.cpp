// SPDX-License-Identifier: Apache-2.0
#include "meta138/tracing/call_tracer.hpp"

#include "revert_reason.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/codec/json/writer.hpp"
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

/// Notes how the frame ended.
void conclude(CallFrame& frame, evm::Status status, std::string fault, ByteView output) {
    frame.error = std::move(fault);
    const bool is_creation = frame.type == FrameType::create || frame.type == FrameType::create2;
    if (status != evm::Status::success && is_creation) frame.to = std::nullopt;
    if (status == evm::Status::success || status == evm::Status::revert)
        frame.output = to_bytes(output);
    if (status == evm::Status::revert) frame.revert_reason = revert_reason(output);
}

/// What a failed frame and those below it have logged never happened.
void drop_undone_logs(CallFrame& frame, bool is_undone) {
    is_undone = is_undone || !frame.error.empty();
    if (is_undone) frame.logs.clear();
    for (auto& call : frame.calls) drop_undone_logs(call, is_undone);
}

void write(json::Writer& json, const CallLog& log) {
    json.open_object();
    json.key("address").hex(log.log.address.bytes);
    json.key("topics").open_array();
    for (const auto& topic : log.log.topics) json.hex(topic.bytes);
    json.close_array();
    json.key("data").hex(log.log.data);
    json.key("index").quantity(log.index);
    json.key("position").quantity(log.position);
    json.close_object();
}

void write(json::Writer& json, const CallFrame& frame) {
    json.open_object();
    json.key("from").hex(frame.from.bytes);
    json.key("gas").quantity(frame.gas);
    json.key("gasUsed").quantity(frame.gas_used);
    if (frame.to) json.key("to").hex(frame.to->bytes);
    json.key("input").hex(frame.input);
    if (!frame.output.empty()) json.key("output").hex(frame.output);
    if (!frame.error.empty()) json.key("error").string(frame.error);
    if (!frame.revert_reason.empty()) json.key("revertReason").string(frame.revert_reason);
    if (!frame.calls.empty()) {
        json.key("calls").open_array();
        for (const auto& call : frame.calls) write(json, call);
        json.close_array();
    }
    if (!frame.logs.empty()) {
        json.key("logs").open_array();
        for (const auto& log : frame.logs) write(json, log);
        json.close_array();
    }
    if (frame.value) json.key("value").quantity(*frame.value);
    json.key("type").string(to_string(frame.type));
    json.close_object();
}

}  // namespace

std::string_view to_string(FrameType type) noexcept {
    switch (type) {
        case FrameType::call: return "CALL";
        case FrameType::callcode: return "CALLCODE";
        case FrameType::delegatecall: return "DELEGATECALL";
        case FrameType::staticcall: return "STATICCALL";
        case FrameType::create: return "CREATE";
        case FrameType::create2: return "CREATE2";
        case FrameType::selfdestruct: return "SELFDESTRUCT";
    }
    return {};
}

std::string to_json(const CallFrame& frame) {
    std::string text;
    json::Writer json{text};
    write(json, frame);
    return text;
}

CallTracer::CallTracer(Fork fork, CallTracerOptions options)
    : fork_{fork}, options_{options}, faults_{fork}, next_log_index_{options.first_log_index} {}

CallFrame CallTracer::finish(std::uint64_t gas_limit, std::uint64_t gas_used) {
    META138_ASSERT(open_.empty());
    root_.gas = gas_limit;
    root_.gas_used = gas_used;
    drop_undone_logs(root_, false);
    return std::exchange(root_, {});
}

void CallTracer::on_frame_begin(const evm::Message& message, ByteView /*code*/) {
    first_log_indices_.push_back(next_log_index_);
    if (options_.only_top_call && message.depth > 0) return;
    auto& frame = open_.emplace_back();
    frame.type = type_of(message.kind);
    frame.from = message.kind == evm::CallKind::delegatecall ? message.recipient : message.sender;
    // With EIP-7702 the code may be another's than the account's that was called.
    frame.to = is_create(message.kind) || message.depth == 0 ? message.recipient : faults_.called();
    frame.gas = static_cast<std::uint64_t>(message.gas);
    size_ += sizeof frame + message.input.size();
    if (!is_full()) frame.input = to_bytes(message.input);
    if (message.kind != evm::CallKind::staticcall) frame.value = message.value;
    frame.is_precompile = !is_create(message.kind) && !message.is_delegated &&
                          evm::is_precompile(message.code_address, fork_);
}

void CallTracer::on_step(const evm::Step& step) {
    faults_.on_step(step);
}

void CallTracer::on_step_charged(std::int64_t /*gas_cost*/, evm::Status status) {
    static_cast<void>(faults_.on_step_charged(status));
}

void CallTracer::on_log(const Log& log) {
    const auto index = next_log_index_++;
    if (!options_.with_log || first_log_indices_.size() != open_.size()) return;
    auto& frame = open_.back();
    frame.logs.push_back({.log = log, .index = index, .position = frame.calls.size()});
}

void CallTracer::on_selfdestruct(const Address& address, const Address& beneficiary,
                                 const uint256& balance) {
    if (options_.only_top_call) return;
    auto& frame = open_.back().calls.emplace_back();
    frame.type = FrameType::selfdestruct;
    frame.from = address;
    frame.to = beneficiary;
    frame.value = balance;
}

void CallTracer::on_frame_end(const evm::Message& message, evm::Status status,
                              std::int64_t gas_left, ByteView output) {
    auto fault = faults_.on_frame_end(message, status);
    if (status != evm::Status::success) next_log_index_ = first_log_indices_.back();
    first_log_indices_.pop_back();
    if (options_.only_top_call && message.depth > 0) return;
    auto frame = std::move(open_.back());
    open_.pop_back();
    frame.gas_used = static_cast<std::uint64_t>(message.gas - gas_left);
    size_ += output.size();
    conclude(frame, status, std::move(fault), is_full() ? ByteView{} : output);
    if (open_.empty())
        root_ = std::move(frame);
    else
        open_.back().calls.push_back(std::move(frame));
}

}  // namespace meta138::tracing
