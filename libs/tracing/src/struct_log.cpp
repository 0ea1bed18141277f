// SPDX-License-Identifier: Apache-2.0
#include "meta138/tracing/struct_log.hpp"

#include "meta138/codec/json/writer.hpp"
#include "meta138/evm/opcodes.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace meta138::tracing {

namespace {

/// Words of 32 bytes, the last filled up with zeros.
void write_memory(json::Writer& json, ByteView memory) {
    json.open_array();
    for (std::size_t at = 0; at < memory.size(); at += 32) {
        const auto rest = memory.subspan(at, std::min<std::size_t>(32, memory.size() - at));
        std::array<std::uint8_t, 32> word{};
        std::ranges::copy(rest, word.begin());
        json.hex(word);
    }
    json.close_array();
}

void write_storage(json::Writer& json, const std::map<uint256, uint256>& storage) {
    json.open_object();
    for (const auto& [key, value] : storage)
        json.key(to_hex(to_hash32(key).bytes)).hex(to_hash32(value).bytes);
    json.close_object();
}

void write(json::Writer& json, const StructLog& log) {
    json.open_object();
    json.key("pc").number(log.pc);
    json.key("op").string(opcode_name(log.opcode));
    json.key("gas").number(static_cast<std::uint64_t>(log.gas));
    json.key("gasCost").number(static_cast<std::uint64_t>(log.gas_cost));
    json.key("depth").number(static_cast<std::uint64_t>(log.depth));
    if (!log.error.empty()) json.key("error").string(log.error);
    if (log.stack) {
        json.key("stack").open_array();
        for (const auto& word : *log.stack) json.quantity(word);
        json.close_array();
    }
    if (!log.return_data.empty()) json.key("returnData").hex(log.return_data);
    if (!log.memory.empty()) write_memory(json.key("memory"), log.memory);
    if (!log.storage.empty()) write_storage(json.key("storage"), log.storage);
    if (log.refund != 0) json.key("refund").number(static_cast<std::uint64_t>(log.refund));
    json.close_object();
}

std::size_t json_size(const StructLog& log) {
    std::string text;
    json::Writer json{text};
    write(json, log);
    return text.size();
}

/// What stops an instruction before it runs.
bool is_refusal(evm::Status status) {
    return status == evm::Status::out_of_gas || status == evm::Status::stack_underflow ||
           status == evm::Status::stack_overflow || status == evm::Status::initcode_size_exceeded;
}

}  // namespace

std::string to_json(const StructLogTrace& trace) {
    std::string text;
    json::Writer json{text};
    json.open_object();
    json.key("gas").number(trace.gas);
    json.key("failed").boolean(trace.failed);
    json.key("returnValue").hex(trace.return_value);
    json.key("structLogs").open_array();
    for (const auto& log : trace.struct_logs) write(json, log);
    json.close_array();
    json.close_object();
    return text;
}

StructLogTracer::StructLogTracer(Fork fork, StructLogOptions options)
    : options_{options}, faults_{fork} {}

StructLogTrace StructLogTracer::finish(std::uint64_t gas_used) {
    trace_.gas = gas_used;
    return std::exchange(trace_, {});
}

void StructLogTracer::on_step(const evm::Step& step) {
    if (is_full_) return;
    if (!trace_.struct_logs.empty()) complete_last(step);
    if (is_full_) return;
    faults_.on_step(step);
    auto& log = trace_.struct_logs.emplace_back();
    log.pc = step.pc;
    log.opcode = step.opcode;
    log.gas = step.gas;
    log.depth = step.depth + 1;
    log.refund = step.refund;
    if (!options_.disable_stack) log.stack.emplace(step.stack.begin(), step.stack.end());
    if (options_.enable_memory) log.memory = to_bytes(step.memory);
    if (options_.enable_return_data) log.return_data = to_bytes(step.return_data);
    if (!options_.disable_storage) record_storage(step, log);
}

void StructLogTracer::on_step_charged(std::int64_t gas_cost, evm::Status status) {
    if (is_full_) return;
    auto& log = trace_.struct_logs.back();
    log.gas_cost = gas_cost;
    const auto& fault = faults_.on_step_charged(status);
    if (is_refusal(status)) log.error = fault;
    if (status != evm::Status::success) awaits_value_ = false;
}

void StructLogTracer::on_frame_end(const evm::Message& message, evm::Status status,
                                   std::int64_t /*gas_left*/, ByteView output) {
    if (message.depth != 0) return;
    trace_.failed = status != evm::Status::success;
    if (status == evm::Status::success || status == evm::Status::revert)
        trace_.return_value = to_bytes(output);
}

void StructLogTracer::complete_last(const evm::Step& next) {
    auto& last = trace_.struct_logs.back();
    if (std::exchange(awaits_value_, false)) {
        auto& storage = storage_[awaited_account_];
        storage[awaited_key_] = next.stack.back();
        last.storage = storage;
    }
    if (options_.limit == 0) return;
    json_size_ += json_size(last);
    is_full_ = json_size_ > options_.limit;
}

void StructLogTracer::record_storage(const evm::Step& step, StructLog& log) {
    const auto size = step.stack.size();
    const Address& account = step.message->recipient;
    if (step.opcode == evm::OP_SLOAD && size >= 1) {
        awaits_value_ = true;
        awaited_key_ = step.stack[size - 1];
        awaited_account_ = account;
    } else if (step.opcode == evm::OP_SSTORE && size >= 2) {
        auto& storage = storage_[account];
        storage[step.stack[size - 1]] = step.stack[size - 2];
        log.storage = storage;
    }
}

}  // namespace meta138::tracing
