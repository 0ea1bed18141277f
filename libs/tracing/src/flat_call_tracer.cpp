// SPDX-License-Identifier: Apache-2.0
#include "meta138/tracing/flat_call_tracer.hpp"

#include "meta138/codec/json/writer.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace meta138::tracing {

namespace {

struct ParityError {
    std::string_view beginning;  ///< Of our words.
    std::string_view text;
};

// The first that fits counts.
constexpr std::array parity_errors{
    ParityError{"contract creation code storage out of gas", "Out of gas"},
    ParityError{"out of gas", "Out of gas"},
    ParityError{"max code size exceeded", "Out of gas"},
    ParityError{"invalid jump destination", "Bad jump destination"},
    ParityError{"execution reverted", "Reverted"},
    ParityError{"return data out of bounds", "Out of bounds"},
    ParityError{"stack limit reached", "Out of stack"},
    ParityError{"stack underflow", "Stack underflow"},
    ParityError{"invalid opcode", "Bad instruction"},
    ParityError{"invalid input length", "Built-in failed"},
};

std::string parity_error(const std::string& error) {
    const auto known = std::ranges::find_if(
        parity_errors, [&](const ParityError& row) { return error.starts_with(row.beginning); });
    return known == parity_errors.end() ? error : std::string{known->text};
}

bool is_creation(const CallFrame& frame) {
    return frame.type == FrameType::create || frame.type == FrameType::create2;
}

std::string lower_case(std::string_view text) {
    std::string result{text};
    for (auto& letter : result) letter = static_cast<char>(letter | 0x20);
    return result;
}

class Flattener {
public:
    explicit Flattener(FlatCallOptions options) : options_{options} {}

    void add(const CallFrame& frame) {
        const auto at = calls_.size();
        calls_.push_back(
            {.frame = &frame,
             .trace_address = address_,
             .subtraces = 0,
             .error = options_.convert_parity_errors ? parity_error(frame.error) : frame.error});
        std::size_t subtraces = 0;
        for (const auto& call : frame.calls) {
            if (is_hidden(call)) continue;
            address_.push_back(subtraces++);
            add(call);
            address_.pop_back();
        }
        calls_[at].subtraces = subtraces;
    }

    std::vector<FlatCall> take() { return std::move(calls_); }

private:
    [[nodiscard]] bool is_hidden(const CallFrame& frame) const {
        return !options_.include_precompiles && frame.is_precompile &&
               (frame.type == FrameType::call || frame.type == FrameType::staticcall);
    }

    FlatCallOptions options_;
    std::vector<FlatCall> calls_;
    std::vector<std::size_t> address_;
};

void write_selfdestruct(json::Writer& json, const CallFrame& frame) {
    json.key("address").hex(frame.from.bytes);
    json.key("balance").quantity(frame.value.value_or(0));
    if (frame.to) json.key("refundAddress").hex(frame.to->bytes);
}

void write_creation(json::Writer& json, const CallFrame& frame) {
    json.key("creationMethod").string(lower_case(to_string(frame.type)));
    json.key("from").hex(frame.from.bytes);
    json.key("gas").quantity(frame.gas);
    json.key("init").hex(frame.input);
    json.key("value").quantity(frame.value.value_or(0));
}

void write_call(json::Writer& json, const CallFrame& frame) {
    json.key("callType").string(lower_case(to_string(frame.type)));
    json.key("from").hex(frame.from.bytes);
    json.key("gas").quantity(frame.gas);
    json.key("input").hex(frame.input);
    if (frame.to) json.key("to").hex(frame.to->bytes);
    json.key("value").quantity(frame.value.value_or(0));
}

void write_result(json::Writer& json, const CallFrame& frame) {
    json.open_object();
    if (is_creation(frame)) {
        if (frame.to) json.key("address").hex(frame.to->bytes);
        json.key("code").hex(frame.output);
        json.key("gasUsed").quantity(frame.gas_used);
    } else {
        json.key("gasUsed").quantity(frame.gas_used);
        json.key("output").hex(frame.output);
    }
    json.close_object();
}

void write_hash(json::Writer& json, const std::optional<Hash32>& hash) {
    if (hash)
        json.hex(hash->bytes);
    else
        json.null();
}

/// Revert data may tell why; of other failures there is no result.
bool has_result(const CallFrame& frame) {
    return frame.type != FrameType::selfdestruct &&
           (frame.error.empty() || frame.error == "execution reverted");
}

void write(json::Writer& json, const FlatCall& call, const FlatCallContext& context) {
    const auto& frame = *call.frame;
    const bool is_selfdestruct = frame.type == FrameType::selfdestruct;
    json.open_object();
    json.key("action").open_object();
    if (is_selfdestruct)
        write_selfdestruct(json, frame);
    else if (is_creation(frame))
        write_creation(json, frame);
    else
        write_call(json, frame);
    json.close_object();
    write_hash(json.key("blockHash"), context.block_hash);
    json.key("blockNumber").number(context.block_number);
    if (!call.error.empty()) json.key("error").string(call.error);
    if (has_result(frame)) write_result(json.key("result"), frame);
    json.key("subtraces").number(call.subtraces);
    json.key("traceAddress").open_array();
    for (const auto index : call.trace_address) json.number(index);
    json.close_array();
    write_hash(json.key("transactionHash"), context.transaction_hash);
    json.key("transactionPosition").number(context.transaction_position);
    json.key("type").string(is_selfdestruct ? "suicide" : is_creation(frame) ? "create" : "call");
    json.close_object();
}

}  // namespace

std::vector<FlatCall> flatten(const CallFrame& root, FlatCallOptions options) {
    Flattener flattener{options};
    flattener.add(root);
    return flattener.take();
}

std::string to_json(std::span<const FlatCall> calls, const FlatCallContext& context) {
    std::string text;
    json::Writer json{text};
    json.open_array();
    for (const auto& call : calls) write(json, call, context);
    json.close_array();
    return text;
}

}  // namespace meta138::tracing
