// SPDX-License-Identifier: Apache-2.0
#include "debug_tracer.hpp"

#include "meta138/base/try.hpp"
#include "meta138/evm/opcodes.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

namespace meta138::rpc {

namespace {

constexpr std::array<std::pair<std::string_view, TracerKind>, 6> tracers{{
    {"callTracer", TracerKind::call},
    {"prestateTracer", TracerKind::prestate},
    {"4byteTracer", TracerKind::four_byte},
    {"flatCallTracer", TracerKind::flat_call},
    {"noopTracer", TracerKind::noop},
    {"muxTracer", TracerKind::mux},
}};

std::optional<TracerKind> tracer_of(std::string_view name) {
    if (name.empty()) return TracerKind::struct_log;
    const auto* const found =
        std::ranges::find(tracers, name, [](const auto& row) { return row.first; });
    if (found == tracers.end()) return std::nullopt;
    return found->second;
}

bool flag(json::Value options, std::string_view name, bool otherwise = false) {
    return options.find(name).boolean().value_or(otherwise);
}

std::string lower_case(std::string_view text) {
    std::string result{text};
    std::ranges::transform(result, result.begin(), [](unsigned char letter) {
        return static_cast<char>(std::tolower(letter));
    });
    return result;
}

/// The opcodes with these names; those that do not exist are nobody's.
std::vector<bool> opcodes_of(json::Value names) {
    std::vector<bool> opcodes;
    if (names.size() == 0) return opcodes;
    opcodes.resize(256);
    for (const auto element : names.elements()) {
        const auto name = lower_case(element.string().value_or(""));
        for (std::size_t opcode = 0; opcode < 256; ++opcode) {
            const auto& info = evm::info_of(static_cast<std::uint8_t>(opcode));
            if (!info.name.empty() && lower_case(info.name) == name) opcodes[opcode] = true;
        }
    }
    return opcodes;
}

tracing::StructLogWriterOptions struct_log_options_of(json::Value options) {
    tracing::StructLogWriterOptions result;
    result.disable_stack = flag(options, "disableStack");
    result.disable_storage = flag(options, "disableStorage");
    // Off by default, as in Besu since 26.3; geth's name and Besu's older one both turn it on.
    result.enable_memory = flag(options, "enableMemory") || !flag(options, "disableMemory", true);
    result.opcodes = opcodes_of(options.find("opcodes"));
    return result;
}

RpcResult<void> read_tracer_config(json::Value config, DebugTraceOptions& options) {
    options.call.only_top_call = flag(config, "onlyTopCall");
    options.call.with_log = flag(config, "withLog");
    options.prestate.diff_mode = flag(config, "diffMode");
    options.prestate.disable_code = flag(config, "disableCode");
    options.prestate.disable_storage = flag(config, "disableStorage");
    options.prestate.include_empty = flag(config, "includeEmpty");
    options.flat_call.convert_parity_errors = flag(config, "convertParityErrors");
    options.flat_call.include_precompiles = flag(config, "includePrecompiles");
    if (options.kind != TracerKind::mux) return {};
    for (const auto [name, member] : config.members()) {
        DebugTraceOptions inner;
        const auto kind = tracer_of(name);
        if (!kind || *kind == TracerKind::struct_log || *kind == TracerKind::mux)
            return fail(error::invalid_transaction_trace_params);
        inner.kind = *kind;
        TRY(read_tracer_config(member, inner));
        options.mux_names.emplace_back(name);
        options.mux.push_back(std::move(inner));
    }
    return {};
}

}  // namespace

RpcResult<DebugTraceOptions> Parameter<DebugTraceOptions>::decode(json::Value value) {
    DebugTraceOptions options;
    if (value.is_missing()) return options;
    if (!value.is_object()) return fail(error::invalid_transaction_trace_params);
    const auto tracer = value.find("tracer");
    const auto name = tracer.string();
    if (!tracer.is_missing() && !name) return fail(error::invalid_transaction_trace_params);
    const auto kind = tracer_of(name.value_or(""));
    if (!kind) return fail(error::invalid_transaction_trace_params);
    options.kind = *kind;
    options.struct_log = struct_log_options_of(value);
    options.memory_in_file = !flag(value, "disableMemory");
    options.stack_in_file = !flag(value, "disableStack");
    TRY(read_tracer_config(value.find("tracerConfig"), options));
    if (const auto hash = value.find("txHash"); !hash.is_missing()) {
        options.transaction_hash = hash_of(hash);
        if (!options.transaction_hash) return fail(error::invalid_transaction_trace_params);
    }
    TRY_LET(auto accounts,
            Parameter<std::optional<StateOverrides>>::decode(value.find("stateOverrides")));
    TRY_LET(auto block,
            Parameter<std::optional<BlockOverrides>>::decode(value.find("blockOverrides")));
    options.state_overrides = std::move(accounts);
    options.block_overrides = std::move(block);
    return options;
}

}  // namespace meta138::rpc
