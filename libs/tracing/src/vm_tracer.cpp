// SPDX-License-Identifier: Apache-2.0
#include "meta138/tracing/vm_tracer.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/codec/json/writer.hpp"
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

constexpr std::string_view empty_trace = R"({"code":"0x","ops":[]})";

}  // namespace

std::string VmTracer::take_json() {
    META138_ASSERT(frames_.empty());
    size_ = 0;
    return root_.empty() ? std::string{empty_trace} : std::exchange(root_, {});
}

void VmTracer::on_frame_begin(const evm::Message& /*message*/, ByteView code) {
    auto& frame = frames_.emplace_back();
    frame.code_size = code.size();
    json::Writer json{frame.text};
    json.open_object().key("code").hex(is_full() ? ByteView{} : code);
    json.key("ops").open_array();
    size_ += frame.text.size();
}

void VmTracer::on_step(const evm::Step& step) {
    auto& frame = frames_.back();
    complete(frame, &step);
    if (step.pc >= frame.code_size || is_full()) return;
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
    auto& frame = frames_.back();
    complete(frame, nullptr);
    frame.text += "]}";
    auto text = std::move(frame.text);
    frames_.pop_back();
    if (frames_.empty())
        root_ = std::move(text);
    else
        frames_.back().pending.sub = std::move(text);
}

/// Writes the instruction that is under way; `next` is what follows it in its frame, if anything.
void VmTracer::complete(Frame& frame, const evm::Step* next) {
    auto pending = std::exchange(frame.pending, {});
    if (!pending.is_there || !is_shown(pending.status)) return;
    const auto size_before = frame.text.size();
    if (std::exchange(frame.has_operations, true)) frame.text += ',';
    json::Writer json{frame.text};
    json.open_object();
    json.key("cost").number(static_cast<std::uint64_t>(pending.cost));
    json.key("ex");
    if (pending.status == evm::Status::out_of_gas && frames_.size() > 1) {
        json.null();
    } else {
        const bool has_ended = pending.status != evm::Status::success;
        json.open_object();
        json.key("mem");
        if (next != nullptr && pending.writes_memory && !pending.length.is_zero() &&
            pending.offset + pending.length <= next->memory.size()) {
            json.open_object();
            json.key("data").hex(
                next->memory.subspan(pending.offset.low64(), pending.length.low64()));
            json.key("off").number(pending.offset.low64());
            json.close_object();
        } else {
            json.null();
        }
        json.key("push").open_array();
        if (next != nullptr && !has_ended) {
            const auto pushes =
                std::min<std::size_t>(evm::info_of(pending.opcode).pushes, next->stack.size());
            for (const auto& word : next->stack.last(pushes)) json.quantity(word);
        }
        json.close_array();
        json.key("store");
        if (pending.stores && !has_ended) {
            json.open_object();
            json.key("key").quantity(pending.key);
            json.key("val").quantity(pending.value);
            json.close_object();
        } else {
            json.null();
        }
        const auto used = next != nullptr && pending.calls ? next->gas : pending.gas - pending.cost;
        json.key("used").number(used);
        json.close_object();
    }
    json.key("pc").number(std::uint64_t{pending.pc});
    json.key("sub");
    if (!pending.sub.empty())
        json.raw(pending.sub);
    else
        json.null();
    json.close_object();
    size_ += frame.text.size() - size_before - pending.sub.size();
}

}  // namespace meta138::tracing
