// SPDX-License-Identifier: Apache-2.0
// The methods of Otterscan that run transactions again.
#include "find_block.hpp"
#include "receipt_json.hpp"
#include "trace_blocks.hpp"
#include "trace_methods.hpp"
#include "trace_replay.hpp"
#include "transaction_json.hpp"

#include "meta138/base/try.hpp"
#include "meta138/tracing/parity_tracer.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace meta138::rpc {

namespace {

using tracing::FrameType;

bool is_creation(const tracing::ParityTrace& trace) {
    return trace.type == FrameType::create || trace.type == FrameType::create2;
}

/// What moved ether, or made or removed a contract, below the transaction's own call.
RpcResult<void> get_internal_operations(const Request& request, TransactionHash hash,
                                        json::Writer& out) {
    out.open_array();
    TRY(write_transaction_traces(request, hash.value, [&](const TracePlace& place) {
        const auto& trace = place.trace;
        const bool is_transfer = trace.type == FrameType::call && !trace.value.is_zero();
        const bool is_shown =
            is_transfer || is_creation(trace) || trace.type == FrameType::selfdestruct;
        if (trace.trace_address.empty() || !is_shown || trace.status != evm::Status::success)
            return true;
        const std::uint64_t type = trace.type == FrameType::selfdestruct ? 1
                                   : trace.type == FrameType::create     ? 2
                                   : trace.type == FrameType::create2    ? 3
                                                                         : 0;
        out.open_object();
        out.key("type").number(type);
        out.key("from").hex(trace.from.bytes);
        out.key("to").hex(trace.to.bytes);
        out.key("value").quantity(trace.value);
        out.close_object();
        return true;
    }));
    out.close_array();
    return {};
}

/// What a transaction reverted with; empty when it did not.
RpcResult<void> get_transaction_error(const Request& request, TransactionHash hash,
                                      json::Writer& out) {
    Bytes data;
    TRY(write_transaction_traces(request, hash.value, [&](const TracePlace& place) {
        data = to_bytes(place.context.revert_reason);
        return false;
    }));
    out.hex(data);
    return {};
}

RpcResult<void> trace_transaction(const Request& request, TransactionHash hash, json::Writer& out) {
    out.open_array();
    TRY(write_transaction_traces(request, hash.value, [&](const TracePlace& place) {
        const auto& trace = place.trace;
        out.open_object();
        out.key("type").string(to_string(trace.type));
        out.key("depth").number(std::uint64_t{trace.trace_address.size()});
        out.key("from").hex(trace.from.bytes);
        out.key("to").hex(trace.to.bytes);
        if (trace.type == FrameType::staticcall || trace.type == FrameType::delegatecall)
            out.key("value").null();
        else
            out.key("value").quantity(trace.value);
        out.key("input").hex(trace.input);
        out.key("output").hex(trace.output);
        out.close_object();
        return true;
    }));
    out.close_array();
    return {};
}

// ots_getContractCreator

/// Whether the account has code after the block; absent when the state is not retained.
std::optional<bool> has_code(const Request& request, const Address& address, std::uint64_t number) {
    const auto state = request.view->blocks().state_at(number);
    if (!state) return std::nullopt;
    const auto account = state->account(address);
    return account && account->code_hash != EMPTY_CODE_HASH;
}

/// The first retained block after which the account has its code.
RpcResult<std::optional<std::uint64_t>> find_creation_block(const Request& request,
                                                            const Address& address) {
    auto high = request.view->head().header.number;
    if (!has_code(request, address, high).value_or(false)) return std::nullopt;
    auto low = request.view->blocks().oldest_state();
    if (has_code(request, address, low).value_or(true)) return low;
    while (low + 1 < high) {
        const auto middle = low + (high - low) / 2;
        const auto has = has_code(request, address, middle);
        if (!has) return fail(error::world_state_unavailable);
        (*has ? high : low) = middle;
    }
    return high;
}

RpcResult<void> get_contract_creator(const Request& request, Address address, json::Writer& out) {
    TRY_LET(const auto number, find_creation_block(request, address));
    if (!number || *number == 0) {
        out.null();
        return {};
    }
    TRY_LET(const auto block, load_replay_block(request, *number));
    if (!block) return fail(error::block_not_found);
    Replayer replayer{request, *block};
    tracing::ParityTracer tracer{block->rules.fork, max_held_trace_bytes};
    for (const auto& transaction : block->block.transactions) {
        tracer.reset();
        TRY(replayer.run_next(&tracer));
        for (const auto& trace : tracer.traces()) {
            if (!is_creation(trace) || trace.to != address) continue;
            out.open_object();
            out.key("hash").hex(transaction_hash(transaction).bytes);
            out.key("creator").hex(trace.from.bytes);
            out.close_object();
            return {};
        }
    }
    out.null();
    return {};
}

// ots_searchTransactionsBefore and ots_searchTransactionsAfter

/// Otterscan's own limit of a page.
constexpr std::uint64_t max_page_size = 25;

bool concerns(const std::vector<tracing::ParityTrace>& traces, const Address& address) {
    return std::ranges::any_of(traces, [&](const tracing::ParityTrace& trace) {
        return trace.from == address || trace.to == address;
    });
}

/// The transactions of the block that the address has to do with, oldest first.
RpcResult<std::vector<storage::TransactionLocation>> find_in_block(const Request& request,
                                                                   std::uint64_t number,
                                                                   const Address& address) {
    std::vector<storage::TransactionLocation> found;
    const auto header = request.view->blocks().header(number);
    if (number == 0 || !header || header->transaction_count == 0) return found;
    TRY_LET(const auto block, load_replay_block(request, number));
    if (!block) return fail(error::block_not_found);
    Replayer replayer{request, *block};
    tracing::ParityTracer tracer{block->rules.fork, max_held_trace_bytes};
    for (std::uint32_t i = 0; i < block->block.transactions.size(); ++i) {
        tracer.reset();
        TRY(replayer.run_next(&tracer));
        if (concerns(tracer.traces(), address)) found.push_back({number, i});
    }
    return found;
}

void write_found(const Request& request, const std::vector<storage::TransactionLocation>& found,
                 bool is_first_page, bool is_last_page, json::Writer& out) {
    const auto& blocks = request.view->blocks();
    std::string transactions;
    std::string receipts;
    json::Writer transactions_out{transactions};
    json::Writer receipts_out{receipts};
    transactions_out.open_array();
    receipts_out.open_array();
    for (const auto& at : found) {
        const auto stored = blocks.transaction(at);
        const auto receipt = blocks.receipt(at);
        const auto header = blocks.header(at.block_number);
        if (!stored || !receipt || !header) continue;
        const auto hash = transaction_hash(stored->transaction);
        const TransactionPlace place{.block_hash = header->hash,
                                     .block_number = at.block_number,
                                     .block_timestamp = header->header.timestamp,
                                     .index = at.index,
                                     .base_fee_per_gas = header->header.base_fee_per_gas};
        write_transaction(transactions_out, stored->transaction, hash, stored->sender, place);
        std::string text;
        json::Writer one{text};
        write_receipt(one, {.receipt = *receipt,
                            .transaction = stored->transaction,
                            .transaction_hash = hash,
                            .sender = stored->sender,
                            .place = place,
                            .blob_base_fee = std::nullopt});
        text.pop_back();
        receipts_out.raw(text + ",\"timestamp\":" + std::to_string(header->header.timestamp) + "}");
    }
    transactions_out.close_array();
    receipts_out.close_array();
    out.open_object();
    out.key("txs").raw(transactions);
    out.key("receipts").raw(receipts);
    out.key("firstPage").boolean(is_first_page);
    out.key("lastPage").boolean(is_last_page);
    out.close_object();
}

/// Newest first, from before the block `from` (0: from the head) on; whole blocks, until the page
/// is full.
RpcResult<void> search_before(const Request& request, Address address, std::uint64_t from,
                              std::uint64_t page_size, json::Writer& out) {
    const auto head = request.view->head().header.number;
    const auto wanted = std::min(page_size, max_page_size);
    auto number = from == 0 || from > head ? head + 1 : from;
    const auto oldest =
        std::max(request.view->blocks().oldest_state() + 1, request.view->blocks().oldest_block());
    std::vector<storage::TransactionLocation> found;
    while (number > oldest && found.size() < wanted) {
        if (request.is_cancelled()) return fail(error::timeout);
        TRY_LET(auto here, find_in_block(request, --number, address));
        found.insert(found.end(), here.rbegin(), here.rend());
    }
    write_found(request, found, from == 0, number <= oldest, out);
    return {};
}

/// The same after the block `from`, still newest first.
RpcResult<void> search_after(const Request& request, Address address, std::uint64_t from,
                             std::uint64_t page_size, json::Writer& out) {
    const auto head = request.view->head().header.number;
    const auto wanted = std::min(page_size, max_page_size);
    auto number = std::max(from, request.view->blocks().oldest_state());
    std::vector<storage::TransactionLocation> found;
    while (number < head && found.size() < wanted) {
        if (request.is_cancelled()) return fail(error::timeout);
        TRY_LET(const auto here, find_in_block(request, ++number, address));
        found.insert(found.end(), here.begin(), here.end());
    }
    std::ranges::reverse(found);
    write_found(request, found, number >= head, from == 0, out);
    return {};
}

}  // namespace

void add_otterscan_trace_methods(MethodTable& table) {
    const auto add = [&table](std::string_view name, auto function) {
        table.add(name, Group::ots, Cost::trace, cancellable(function));
    };
    add("ots_getInternalOperations", get_internal_operations);
    add("ots_getTransactionError", get_transaction_error);
    add("ots_traceTransaction", trace_transaction);
    add("ots_getContractCreator", get_contract_creator);
    add("ots_searchTransactionsBefore", search_before);
    add("ots_searchTransactionsAfter", search_after);
}

}  // namespace meta138::rpc
