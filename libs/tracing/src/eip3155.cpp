// SPDX-License-Identifier: Apache-2.0
#include "meta138/tracing/eip3155.hpp"

#include "meta138/codec/json/writer.hpp"

#include <utility>

namespace meta138::tracing {

namespace {

/// Everything up to the cost: `{"pc":0,"op":96,"gas":"0x5208"`.
void write_head(std::string& text, const evm::Step& step) {
    json::Writer json{text};
    json.open_object();
    json.key("pc").number(step.pc);
    json.key("op").number(step.opcode);
    json.key("gas").quantity(static_cast<std::uint64_t>(step.gas));
}

/// What stands between the cost and the error, with a comma in front.
void write_tail(std::string& text, const evm::Step& step, const Eip3155Options& options) {
    text += ',';
    json::Writer json{text};
    if (options.memory && !step.memory.empty()) json.key("memory").hex(step.memory);
    json.key("memSize").number(step.memory.size());
    json.key("stack");
    if (options.stack) {
        json.open_array();
        for (const auto& word : step.stack) json.quantity(word);
        json.close_array();
    } else {
        json.null();
    }
    if (options.return_data && !step.return_data.empty())
        json.key("returnData").hex(step.return_data);
    json.key("depth").number(static_cast<std::uint64_t>(step.depth) + 1);
    json.key("refund").number(static_cast<std::uint64_t>(step.refund));
    json.key("opName").string(opcode_name(step.opcode));
}

}  // namespace

Eip3155Tracer::Eip3155Tracer(Fork fork, Sink sink, Eip3155Options options)
    : sink_{std::move(sink)}, options_{options}, faults_{fork} {}

void Eip3155Tracer::on_step(const evm::Step& step) {
    faults_.on_step(step);
    head_.clear();
    tail_.clear();
    write_head(head_, step);
    write_tail(tail_, step, options_);
}

void Eip3155Tracer::on_step_charged(std::int64_t gas_cost, evm::Status status) {
    head_ += ',';
    json::Writer json{head_};
    json.key("gasCost").quantity(static_cast<std::uint64_t>(gas_cost));
    head_ += tail_;
    if (const auto& fault = faults_.on_step_charged(status); !fault.empty())
        json.key("error").string(fault);
    head_ += "}\n";
    sink_(head_);
}

void Eip3155Tracer::on_frame_end(const evm::Message& message, evm::Status status,
                                 std::int64_t gas_left, ByteView output) {
    const auto fault = faults_.on_frame_end(message, status);
    if (message.depth != 0 || !options_.summary) return;
    head_.clear();
    json::Writer json{head_};
    json.open_object();
    json.key("output").hex_digits(output);
    json.key("gasUsed").quantity(static_cast<std::uint64_t>(message.gas - gas_left));
    if (!fault.empty()) json.key("error").string(fault);
    json.close_object();
    head_ += '\n';
    sink_(head_);
}

}  // namespace meta138::tracing
