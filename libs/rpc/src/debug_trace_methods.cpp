// SPDX-License-Identifier: Apache-2.0
#include "call_simulation.hpp"
#include "debug_methods.hpp"
#include "debug_tracer.hpp"
#include "find_block.hpp"
#include "trace_replay.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/tracing/eip3155.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace meta138::rpc {

namespace {

/// Runs the next transaction and writes what its tracer has seen.
RpcResult<void> write_next_trace(Replayer& replayer, const DebugTraceOptions& options,
                                 json::Writer& out) {
    const auto& block = replayer.block();
    const auto at = replayer.position();
    const auto& transaction = block.block.transactions[at];
    const DebugTracePlace place{
        .block_hash = block.hash,
        .block_number = block.block.header.number,
        .transaction_hash = transaction_hash(transaction),
        .position = at,
        .first_log_index = replayer.log_count(),
        .coinbase = block.block.header.coinbase,
    };
    const auto tracer = make_debug_tracer(options, place, replayer.state(), block.rules.fork);
    auto& observer = tracer->begin(out, transaction, block.senders[at]);
    TRY_LET(const auto result, replayer.run_next(&observer));
    TRY(tracer->finish(out, transaction, result));
    return pass_on(replayer.request());
}

/// [{"txHash":…,"result":…},…]
RpcResult<void> write_block_trace(const Request& request, const ReplayBlock& block,
                                  const DebugTraceOptions& options, json::Writer& out) {
    Replayer replayer{request, block};
    out.open_array();
    for (const auto& transaction : block.block.transactions) {
        out.open_object();
        out.key("txHash").hex(transaction_hash(transaction).bytes);
        out.key("result");
        TRY(write_next_trace(replayer, options, out));
        out.close_object();
    }
    out.close_array();
    return {};
}

RpcResult<void> trace_block_at(const Request& request, std::optional<std::uint64_t> number,
                               const DebugTraceOptions& options, json::Writer& out) {
    // Besu answers null for an unknown block; execution-apis wants an error.
    if (!number) return fail(error::block_not_found);
    if (*number == 0) return std::unexpected{RpcError{-32000, "genesis is not traceable"}};
    TRY_LET(const auto block, load_replay_block(request, *number));
    if (!block) return fail(error::block_not_found);
    return write_block_trace(request, *block, options, out);
}

RpcResult<void> trace_block_by_number(const Request& request, BlockParameter where,
                                      DebugTraceOptions options, json::Writer& out) {
    TRY_LET(const auto number, find_block(request, where));
    return trace_block_at(request, number, options, out);
}

RpcResult<void> trace_block_by_hash(const Request& request, BlockHash hash,
                                    DebugTraceOptions options, json::Writer& out) {
    return trace_block_at(request, request.view->blocks().block_number(hash.value), options, out);
}

RpcResult<void> trace_block(const Request& request, json::Value encoded, DebugTraceOptions options,
                            json::Writer& out) {
    const auto bytes = lenient_bytes_of(encoded);
    if (!bytes) return fail(error::invalid_block_params);
    auto decoded = decode_block(*bytes);
    if (!decoded) return fail(error::invalid_block_params);
    TRY_LET(const auto block, make_replay_block(request, *std::move(decoded)));
    if (!block) return fail(error::parent_block_not_found);
    return write_block_trace(request, *block, options, out);
}

RpcResult<void> trace_transaction(const Request& request, TransactionHash hash,
                                  DebugTraceOptions options, json::Writer& out) {
    const auto location = request.view->blocks().find_transaction(hash.value);
    if (!location) {
        out.null();
        return {};
    }
    TRY_LET(const auto block, load_replay_block(request, location->block_number));
    if (!block) return fail(error::block_not_found);
    Replayer replayer{request, *block};
    TRY(replayer.skip_to(location->index));
    return write_next_trace(replayer, options, out);
}

/// Besu lets such a call do nearly everything.
constexpr execution::SimulationLicense trace_call_license{
    .future_nonce = true,
    .underpriced = true,
    .unfunded_gas = true,
    .unfunded_value = true,
    .sender_with_code = true,
    .any_gas_limit = true,
    .beyond_block_limits = true,
};

RpcResult<void> trace_call(const Request& request, CallObject call,
                           std::optional<BlockParameter> where, DebugTraceOptions options,
                           json::Writer& out) {
    TRY_LET(const auto number, find_block(request, where.value_or(BlockParameter{})));
    if (!number) return fail(error::block_not_found);
    TRY_LET(auto block, load_call_block(request, *number));
    if (options.block_overrides) override_block(block, *options.block_overrides);
    StateLease state{*block.view};
    const auto* const overrides = options.state_overrides ? &*options.state_overrides : nullptr;
    // Before the tracer looks at accounts.
    if (overrides != nullptr) apply_overrides(*state, *overrides);
    DebugTracePlace place;
    place.block_number = block.header.number;
    place.coinbase = block.environment.context.coinbase;
    const auto tracer = make_debug_tracer(options, place, *state, block.rules.fork);
    Transaction probe;
    probe.to = call.to;
    probe.authorization_list = call.authorization_list;
    probe.nonce = call.nonce.value_or(state->nonce(call.sender()));
    CallRunner::Options run{.payment = CallPayment::free, .license = trace_call_license};
    run.tracer = &tracer->begin(out, probe, call.sender());
    CallRunner runner{request, block, *state, overrides, run};
    const auto transaction = runner.prepare(call);
    const auto result = runner.run(transaction, call.sender(), call.authorities);
    if (!result) {
        auto refusal = runner.refusal(result.error(), transaction, call.sender());
        return std::unexpected{RpcError{error::internal_error.code,
                                        std::string{error::internal_error.message},
                                        fmt::format("\"{}\"", refusal.message)}};
    }
    return tracer->finish(out, transaction, *result);
}

// Traces in files

/// Of a transaction: what it did, in Besu's last line.
std::string summary_line(const Transaction& transaction, const execution::TransactionResult& result,
                         std::chrono::nanoseconds duration) {
    return fmt::format(R"({{"output":"{}","gasUsed":"{:#x}","time":{}}})",
                       to_hex_digits(result.output),
                       std::min(result.max_gas_used, transaction.gas_limit), duration.count());
}

std::filesystem::path trace_file_of(const std::filesystem::path& folder, const Hash32& block,
                                    std::size_t index, const Hash32& transaction) {
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    return folder / fmt::format("block_{}-{}-{}-{}", to_hex(block.bytes).substr(0, 10), index,
                                to_hex(transaction.bytes).substr(0, 10), now.count());
}

RpcResult<void> write_trace_file(Replayer& replayer, const DebugTraceOptions& options,
                                 const std::filesystem::path& file) {
    const auto& block = replayer.block();
    const auto at = replayer.position();
    std::ofstream lines{file, std::ios::binary};
    if (!lines) return fail(error::internal_error, "cannot write " + file.string());
    tracing::Eip3155Tracer tracer{block.rules.fork,
                                  [&lines](std::string_view line) {
                                      lines.write(line.data(),
                                                  static_cast<std::streamsize>(line.size()));
                                  },
                                  {.stack = options.stack_in_file,
                                   .memory = options.memory_in_file,
                                   .return_data = true,
                                   .summary = false}};
    const auto start = std::chrono::steady_clock::now();
    TRY_LET(const auto result, replayer.run_next(&tracer));
    lines << summary_line(block.block.transactions[at], result,
                          std::chrono::steady_clock::now() - start)
          << '\n';
    lines.flush();
    if (!lines) return fail(error::internal_error, "cannot write " + file.string());
    return {};
}

RpcResult<void> write_trace_files(const Request& request, const ReplayBlock& block,
                                  const DebugTraceOptions& options, json::Writer& out) {
    const auto folder = request.backend.node.data_path / "traces";
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return fail(error::internal_error, "cannot make " + folder.string());
    Replayer replayer{request, block};
    out.open_array();
    for (std::size_t i = 0; i < block.block.transactions.size(); ++i) {
        const auto hash = transaction_hash(block.block.transactions[i]);
        if (options.transaction_hash && *options.transaction_hash != hash) {
            TRY(replayer.run_next(nullptr));
            continue;
        }
        const auto file = trace_file_of(folder, block.hash, i, hash);
        TRY(write_trace_file(replayer, options, file));
        out.string(file.string());
    }
    out.close_array();
    return {};
}

RpcResult<void> trace_block_to_file(const Request& request, BlockHash hash,
                                    DebugTraceOptions options, json::Writer& out) {
    const auto number = request.view->blocks().block_number(hash.value);
    if (!number || *number == 0) return fail(error::block_not_found);
    TRY_LET(const auto block, load_replay_block(request, *number));
    if (!block) return fail(error::block_not_found);
    return write_trace_files(request, *block, options, out);
}

RpcResult<void> trace_bad_block_to_file(const Request& request, BlockHash hash,
                                        DebugTraceOptions options, json::Writer& out) {
    if (!request.backend.bad_blocks) return fail(error::block_not_found);
    for (auto& bad : request.backend.bad_blocks()) {
        if (request.view->consensus().block_hash(bad.header) != hash.value) continue;
        TRY_LET(const auto block, make_replay_block(request, std::move(bad)));
        if (!block) return fail(error::parent_block_not_found);
        return write_trace_files(request, *block, options, out);
    }
    return fail(error::block_not_found);
}

}  // namespace

void add_debug_trace_methods(MethodTable& table) {
    const auto add = [&table](std::string_view name, auto function) {
        table.add(name, Group::debug, Cost::trace, cancellable(function));
    };
    add("debug_traceTransaction", trace_transaction);
    add("debug_traceBlock", trace_block);
    add("debug_traceBlockByHash", trace_block_by_hash);
    add("debug_traceBlockByNumber", trace_block_by_number);
    add("debug_traceCall", trace_call);
    add("debug_standardTraceBlockToFile", trace_block_to_file);
    add("debug_standardTraceBadBlockToFile", trace_bad_block_to_file);
}

}  // namespace meta138::rpc
