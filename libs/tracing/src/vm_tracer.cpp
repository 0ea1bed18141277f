// SPDX-License-Identifier: Apache-2.0
#include "meta138/tracing/vm_tracer.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/evm/opcodes.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace meta138::tracing {

namespace {

bool is_call(std::uint8_t opcode) {
    return opcode == evm::OP_CALL || opcode == evm::OP_CALLCODE || opcode == evm::OP_DELEGATECALL ||
           opcode == evm::OP_STATICCALL;
}

bool starts_frame(std::uint8_t opcode) {
    return is_call(opcode) || opcode == evm::OP_CREATE || opcode == evm::OP_CREATE2;
}

/// Where on the stack, counted from the top, the offset and the length of the memory stand that an
/// instruction writes.
struct MemoryOperands {
    std::size_t offset = 0;
    std::size_t length = 0;  ///< Zero: see fixed_length.
    std::uint64_t fixed_length = 0;
};

std::optional<MemoryOperands> memory_operands(std::uint8_t opcode) {
    switch (opcode) {
        case evm::OP_MLOAD:
        case evm::OP_MSTORE: return MemoryOperands{.offset = 1, .fixed_length = 32};
        case evm::OP_MSTORE8: return MemoryOperands{.offset = 1, .fixed_length = 1};
        case evm::OP_CALLDATACOPY:
        case evm::OP_CODECOPY:
        case evm::OP_RETURNDATACOPY: return MemoryOperands{.offset = 1, .length = 3};
        case evm::OP_EXTCODECOPY: return MemoryOperands{.offset = 2, .length = 4};
        case evm::OP_CALL:
        case evm::OP_CALLCODE: return MemoryOperands{.offset = 6, .length = 7};
        case evm::OP_DELEGATECALL:
        case evm::OP_STATICCALL: return MemoryOperands{.offset = 5, .length = 6};
        default: return std::nullopt;
    }
}

/// Instructions that fail otherwise are not shown.
bool is_shown(evm::Status status) {
    return status == evm::Status::success || status == evm::Status::revert ||
           status == evm::Status::invalid_jump || status == evm::Status::out_of_gas ||
           status == evm::Status::write_protection;
}

/// Yellow Paper, appendix H.1: what memory of that many words costs.
std::int64_t memory_cost(std::uint64_t words) {
    return static_cast<std::int64_t>(3 * words + words * words / 512);
}

/// What a creation asks for before its init code runs, in Besu also of those who have less.
std::int64_t creation_cost(std::uint64_t memory_size, const uint256& offset,
                           const uint256& length) {
    constexpr std::int64_t G_create = 32000;
    constexpr std::uint64_t largest_end = std::uint64_t{1} << 32;
    if (length.is_zero()) return G_create;
    if (offset > largest_end || length > largest_end) return G_create;
    const auto words = (offset.low64() + length.low64() + 31) / 32;
    const auto words_before = memory_size / 32;
    if (words <= words_before) return G_create;
    return G_create + memory_cost(words) - memory_cost(words_before);
}

}  // namespace

void VmTracer::finish() {
    META138_ASSERT(frames_.empty());
    if (!std::exchange(has_begun_, false)) out_.raw(R"({"code":"0x","ops":[]})");
}

void VmTracer::on_frame_begin(const evm::Message& /*message*/, ByteView code) {
    has_begun_ = true;
    if (!frames_.empty()) begin_operation(frames_.back().pending);
    frames_.push_back({.code_size = code.size()});
    out_.open_object().key("code").hex(code);
    out_.key("ops").open_array();
}

void VmTracer::on_step(const evm::Step& step) {
    auto& frame = frames_.back();
    complete(frame, &step);
    if (step.pc >= frame.code_size) return;
    auto& pending = frame.pending;
    pending.is_there = true;
    pending.pc = step.pc;
    pending.opcode = step.opcode;
    pending.gas = step.gas;
    pending.calls = starts_frame(step.opcode);
    note_effects(step, pending);
}

void VmTracer::note_effects(const evm::Step& step, Pending& pending) const {
    const auto size = step.stack.size();
    if (const auto operands = memory_operands(step.opcode);
        operands && size >= std::max(operands->offset, operands->length)) {
        pending.writes_memory = true;
        pending.offset = step.stack[size - operands->offset];
        pending.length = operands->length == 0 ? uint256{operands->fixed_length}
                                               : step.stack[size - operands->length];
    }
    if ((step.opcode == evm::OP_CREATE || step.opcode == evm::OP_CREATE2) && size >= 3)
        pending.creation_cost =
            creation_cost(step.memory.size(), step.stack[size - 2], step.stack[size - 3]);
    if (step.opcode == evm::OP_SSTORE && size >= 2) {
        pending.stores = true;
        pending.key = step.stack[size - 1];
        pending.value = step.stack[size - 2];
    }
}

void VmTracer::on_step_charged(std::int64_t gas_cost, evm::Status status) {
    auto& pending = frames_.back().pending;
    pending.cost = gas_cost;
    if (status == evm::Status::out_of_gas && pending.creation_cost > 0)
        pending.cost = std::max(gas_cost, pending.creation_cost);
    pending.status = status;
}

void VmTracer::on_frame_end(const evm::Message& /*message*/, evm::Status /*status*/,
                            std::int64_t /*gas_left*/, ByteView /*output*/) {
    complete(frames_.back(), nullptr);
    out_.close_array().close_object();
    frames_.pop_back();
}

/// The instruction has started a frame, which is written before what comes of it is known.
void VmTracer::begin_operation(Pending& pending) {
    out_.open_object();
    out_.key("pc").number(std::uint64_t{pending.pc});
    out_.key("sub");
    pending.has_sub = true;
}

/// Writes the instruction that is under way; `next` is what follows it in its frame, if anything.
void VmTracer::complete(Frame& frame, const evm::Step* next) {
    const auto pending = std::exchange(frame.pending, {});
    if (!pending.is_there || (!pending.has_sub && !is_shown(pending.status))) return;
    if (!pending.has_sub) out_.open_object();
    out_.key("cost").number(static_cast<std::uint64_t>(pending.cost));
    out_.key("ex");
    if (pending.status == evm::Status::out_of_gas && frames_.size() > 1)
        out_.null();
    else
        write_effects(pending, next);
    if (!pending.has_sub) {
        out_.key("pc").number(std::uint64_t{pending.pc});
        out_.key("sub").null();
    }
    out_.close_object();
}

void VmTracer::write_effects(const Pending& pending, const evm::Step* next) {
    const bool has_ended = pending.status != evm::Status::success;
    out_.open_object();
    out_.key("mem");
    if (next != nullptr && pending.writes_memory && !pending.length.is_zero() &&
        pending.offset + pending.length <= next->memory.size()) {
        out_.open_object();
        out_.key("data").hex(next->memory.subspan(pending.offset.low64(), pending.length.low64()));
        out_.key("off").number(pending.offset.low64());
        out_.close_object();
    } else {
        out_.null();
    }
    out_.key("push").open_array();
    if (next != nullptr && !has_ended) {
        const auto pushes =
            std::min<std::size_t>(evm::info_of(pending.opcode).pushes, next->stack.size());
        for (const auto& word : next->stack.last(pushes)) out_.quantity(word);
    }
    out_.close_array();
    out_.key("store");
    if (pending.stores && !has_ended) {
        out_.open_object();
        out_.key("key").quantity(pending.key);
        out_.key("val").quantity(pending.value);
        out_.close_object();
    } else {
        out_.null();
    }
    const auto used = next != nullptr && pending.calls ? next->gas : pending.gas - pending.cost;
    out_.key("used").number(used);
    out_.close_object();
}

}  // namespace meta138::tracing
