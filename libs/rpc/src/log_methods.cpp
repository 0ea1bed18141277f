// SPDX-License-Identifier: Apache-2.0
#include "filter_store.hpp"
#include "find_logs.hpp"
#include "methods.hpp"

#include <memory>

namespace meta138::rpc {

namespace {

FilterStore::Position head_of(const Request& request) {
    const auto& head = request.view->head();
    return {head.header.number, head.hash};
}

RpcResult<std::string> new_filter(const Request& request, LogFilter filter) {
    return request.filters.add(
        FilterStore::Logs{.filter = std::move(filter), .read = head_of(request)});
}

RpcResult<std::string> new_block_filter(const Request& request) {
    return request.filters.add(FilterStore::Blocks{head_of(request)});
}

RpcResult<std::string> new_pending_transaction_filter(const Request& request) {
    return request.filters.add(FilterStore::Transactions{});
}

RpcResult<bool> uninstall_filter(const Request& request, FilterId id) {
    return request.filters.remove(id.value);
}

/// The first block that the reader of a filter has not seen: after a reorganisation the first of
/// the new branch.
std::uint64_t first_unread(const Request& request, FilterStore::Position read) {
    const auto& blocks = request.view->blocks();
    while (read.number > 0 && request.view->block_hash(read.number) != read.hash) {
        const auto old = blocks.side_block(read.hash);
        if (!old) break;
        read = {read.number - 1, old->header.parent_hash};
    }
    return read.number + 1;
}

void write_new_blocks(const Request& request, std::uint64_t first, json::Writer& out) {
    for (auto number = first; number <= request.view->head().header.number; ++number)
        out.hex(request.view->block_hash(number).bytes);
}

RpcResult<void> write_new_logs(const Request& request, LogCache& cache,
                               const FilterStore::Logs& logs, std::uint64_t first,
                               json::Writer& out) {
    BlockRange range{first, request.view->head().header.number};
    if (const auto* from = std::get_if<std::uint64_t>(&logs.filter.from.value))
        range.from = std::max(range.from, *from);
    if (const auto* to = std::get_if<std::uint64_t>(&logs.filter.to.value))
        range.to = std::min(range.to, *to);
    if (range.from > range.to) return {};
    return write_logs(request, cache, logs.filter, range, out);
}

RpcResult<void> get_filter_changes(const Request& request, LogCache& cache, const FilterId& id,
                                   json::Writer& out) {
    const auto filter = request.filters.find(id.value);
    if (!filter) return fail(error::filter_not_found);
    out.open_array();
    if (const auto* blocks = std::get_if<FilterStore::Blocks>(&*filter)) {
        write_new_blocks(request, first_unread(request, blocks->read), out);
        request.filters.advance(id.value, head_of(request));
    } else if (const auto* logs = std::get_if<FilterStore::Logs>(&*filter)) {
        TRY(write_new_logs(request, cache, *logs, first_unread(request, logs->read), out));
        request.filters.advance(id.value, head_of(request));
    } else if (const auto hashes = request.filters.take_transactions(id.value)) {
        for (const auto& hash : *hashes) out.hex(hash.bytes);
    }
    out.close_array();
    return {};
}

RpcResult<void> get_filter_logs(const Request& request, LogCache& cache, const FilterId& id,
                                json::Writer& out) {
    const auto filter = request.filters.find(id.value);
    const auto* const logs = filter ? std::get_if<FilterStore::Logs>(&*filter) : nullptr;
    if (logs == nullptr) return fail(error::logs_filter_not_found);
    return get_logs(request, cache, logs->filter, out);
}

}  // namespace

void add_log_methods(MethodTable& table) {
    const auto add = [&table](std::string_view name, Cost cost, auto function) {
        table.add(name, Group::eth, cost, function);
    };
    const auto cache = std::make_shared<LogCache>(log_cache_bytes);
    add("eth_getLogs", Cost::heavy,
        [cache](const Request& request, LogFilter filter, json::Writer& out) {
            return get_logs(request, *cache, filter, out);
        });
    add("eth_newFilter", Cost::cheap, new_filter);
    add("eth_newBlockFilter", Cost::cheap, new_block_filter);
    add("eth_newPendingTransactionFilter", Cost::cheap, new_pending_transaction_filter);
    add("eth_uninstallFilter", Cost::cheap, uninstall_filter);
    add("eth_getFilterChanges", Cost::heavy,
        [cache](const Request& request, FilterId id, json::Writer& out) {
            return get_filter_changes(request, *cache, id, out);
        });
    add("eth_getFilterLogs", Cost::heavy,
        [cache](const Request& request, FilterId id, json::Writer& out) {
            return get_filter_logs(request, *cache, id, out);
        });
}

}  // namespace meta138::rpc
