// SPDX-License-Identifier: Apache-2.0
#include "meta138/tracing/struct_log_writer.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/evm/opcodes.hpp"
#include "meta138/tracing/fault.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace meta138::tracing {

namespace {

/// Besu's ExceptionalHaltReason.
std::string_view halt_name(evm::Status status) {
    switch (status) {
        using enum evm::Status;
        case success:
        case revert: return {};
        case out_of_gas: return "INSUFFICIENT_GAS";
        case stack_underflow: return "INSUFFICIENT_STACK_ITEMS";
        case stack_overflow: return "TOO_MANY_STACK_ITEMS";
        case invalid_opcode: return "INVALID_OPERATION";
        case invalid_jump: return "INVALID_JUMP_DESTINATION";
        case out_of_bounds_read: return "INVALID_RETURN_DATA_BUFFER_ACCESS";
        case write_protection: return "ILLEGAL_STATE_CHANGE";
        case call_depth_exceeded: return "CALL_DEPTH_EXCEEDED";
        case insufficient_balance: return "INSUFFICIENT_BALANCE";
        case address_collision: return "ILLEGAL_STATE_CHANGE";
        case nonce_overflow: return "ILLEGAL_STATE_CHANGE";
        case precompile_failure: return "PRECOMPILE_ERROR";
        case initcode_size_exceeded:
        case code_size_exceeded: return "CODE_TOO_LARGE";
        case invalid_code_prefix: return "INVALID_CODE";
    }
    return {};
}

bool starts_frame(std::uint8_t opcode) {
    return opcode == evm::OP_CREATE || opcode == evm::OP_CREATE2 || opcode == evm::OP_CALL ||
           opcode == evm::OP_CALLCODE || opcode == evm::OP_DELEGATECALL ||
           opcode == evm::OP_STATICCALL;
}

/// What a region of memory extends it to, in bytes; as good as none when it cannot be paid for.
std::uint64_t end_of(const uint256& offset, const uint256& length) {
    if (length.is_zero() || !offset.fits_uint64() || !length.fits_uint64()) return 0;
    const auto end = offset + length;
    return end.fits_uint64() ? (end.low64() + 31) / 32 * 32 : 0;
}

/// The memory that an instruction makes whose frame does not go on at once.
std::uint64_t memory_after(const evm::Step& step) {
    const auto& stack = step.stack;
    const auto word = [&](std::size_t depth) { return stack[stack.size() - depth]; };
    const auto has = [&](std::size_t count) { return stack.size() >= count; };
    switch (step.opcode) {
        case evm::OP_RETURN:
        case evm::OP_REVERT: return has(2) ? end_of(word(1), word(2)) : 0;
        case evm::OP_CREATE:
        case evm::OP_CREATE2: return has(3) ? end_of(word(2), word(3)) : 0;
        case evm::OP_CALL:
        case evm::OP_CALLCODE:
            return has(7) ? std::max(end_of(word(4), word(5)), end_of(word(6), word(7))) : 0;
        case evm::OP_DELEGATECALL:
        case evm::OP_STATICCALL:
            return has(6) ? std::max(end_of(word(3), word(4)), end_of(word(5), word(6))) : 0;
        default: return 0;
    }
}

/// Words without leading zeros, as Besu writes them.
void write_memory(json::Writer& json, ByteView memory) {
    json.open_array();
    for (std::size_t at = 0; at + 32 <= memory.size(); at += 32)
        json.quantity(uint256_from_be(memory.subspan(at, 32)));
    json.close_array();
}

}  // namespace

StructLogWriter::StructLogWriter(json::Writer& out, StructLogWriterOptions options)
    : out_{out}, options_{std::move(options)} {
    pending_.stack.reserve(64);
    out_.open_object();
    out_.key("structLogs").open_array();
}

void StructLogWriter::finish(std::uint64_t gas_used) {
    out_.close_array();
    out_.key("gas").number(gas_used);
    out_.key("failed").boolean(has_failed_);
    out_.key("returnValue").hex(return_value_);
    out_.close_object();
}

void StructLogWriter::on_frame_begin(const evm::Message& /*message*/, ByteView /*code*/) {
    write_pending();
    frames_.emplace_back();
}

void StructLogWriter::on_step(const evm::Step& step) {
    if (options_.enable_memory && pending_.is_there && pending_.depth == step.depth &&
        !starts_frame(pending_.opcode))
        pending_.memory.assign(step.memory.begin(), step.memory.end());
    pending_.refund = step.refund;
    write_pending();
    const bool is_shown =
        is_selected(step.opcode) && (options_.max_steps == 0 || steps_ < options_.max_steps);
    pending_.is_there = is_shown;
    pending_.opcode = step.opcode;
    pending_.account = step.message->recipient;
    const auto size = step.stack.size();
    if (step.opcode == evm::OP_SSTORE && size >= 2) {
        pending_.key = step.stack[size - 1];
        pending_.value = step.stack[size - 2];
    }
    if (step.opcode == evm::OP_REVERT && size >= 2) {
        // What the memory already has; the rest is zeros.
        const auto end = end_of(step.stack[size - 1], step.stack[size - 2]);
        pending_.revert_data.clear();
        if (end != 0 && end <= step.memory.size()) {
            const auto data =
                step.memory.subspan(step.stack[size - 1].low64(), step.stack[size - 2].low64());
            pending_.revert_data.assign(data.begin(), data.end());
        }
    }
    if (!is_shown) return;
    ++steps_;
    pending_.pc = step.pc;
    pending_.depth = step.depth;
    pending_.gas = step.gas;
    pending_.refund = step.refund;
    if (!options_.disable_stack) pending_.stack.assign(step.stack.begin(), step.stack.end());
    if (options_.enable_memory) {
        pending_.memory.assign(step.memory.begin(), step.memory.end());
        pending_.memory_needed = memory_after(step);
    }
}

bool StructLogWriter::is_selected(std::uint8_t opcode) {
    if (options_.opcodes.empty()) return true;
    const bool is_named = options_.opcodes[opcode];
    if (!is_named && !follows_selected_) return false;
    follows_selected_ = is_named;
    return true;
}

void StructLogWriter::on_step_charged(std::int64_t gas_cost, evm::Status status) {
    pending_.cost = gas_cost;
    pending_.status = status;
    if (status == evm::Status::success && pending_.opcode == evm::OP_SSTORE &&
        !options_.disable_storage)
        frames_.back().storage[pending_.account][pending_.key] = pending_.value;
}

void StructLogWriter::on_frame_end(const evm::Message& message, evm::Status status,
                                   std::int64_t /*gas_left*/, ByteView output) {
    if (pending_.is_there && pending_.opcode == evm::OP_REVERT && status == evm::Status::revert)
        pending_.revert_data = to_bytes(output);
    write_pending();
    auto frame = std::move(frames_.back());
    frames_.pop_back();
    if (message.depth == 0) {
        has_failed_ = status != evm::Status::success;
        if (status == evm::Status::success) return_value_ = to_bytes(output);
        return;
    }
    if (status != evm::Status::success) return;
    for (auto& [address, storage] : frame.storage) {
        auto& target = frames_.back().storage[address];
        for (const auto& [key, value] : storage) target[key] = value;
    }
}

void StructLogWriter::write_pending() {
    if (!std::exchange(pending_.is_there, false)) return;
    out_.open_object();
    out_.key("pc").number(std::uint64_t{pending_.pc});
    out_.key("op").string(evm::info_of(pending_.opcode).name.empty()
                              ? "INVALID"
                              : evm::info_of(pending_.opcode).name);
    out_.key("gas").number(pending_.gas);
    out_.key("gasCost").number(pending_.cost);
    out_.key("depth").number(std::int64_t{pending_.depth} + 1);
    if (pending_.refund != 0) out_.key("refund").number(pending_.refund);
    if (!options_.disable_stack) {
        out_.key("stack").open_array();
        for (const auto& word : pending_.stack) out_.quantity(word);
        out_.close_array();
    }
    if (options_.enable_memory) {
        const bool succeeded =
            pending_.status == evm::Status::success || pending_.status == evm::Status::revert;
        if (succeeded && pending_.memory.size() < pending_.memory_needed)
            pending_.memory.resize(pending_.memory_needed);
        if (!pending_.memory.empty()) write_memory(out_.key("memory"), pending_.memory);
    }
    const auto& stored = frames_.back().storage;
    if (const auto found = stored.find(pending_.account); found != stored.end()) {
        out_.key("storage").open_object();
        for (const auto& [key, value] : found->second)
            out_.key(to_hex(to_hash32(key).bytes)).hex(to_hash32(value).bytes);
        out_.close_object();
    }
    if (pending_.opcode == evm::OP_REVERT && pending_.status == evm::Status::revert)
        out_.key("reason").hex(pending_.revert_data);
    if (const auto name = halt_name(pending_.status); !name.empty()) out_.key("error").string(name);
    out_.close_object();
}

}  // namespace meta138::tracing
