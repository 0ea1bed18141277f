// SPDX-License-Identifier: Apache-2.0
#include "engine_methods.hpp"
#include "engine_payload.hpp"

#include "meta138/rpc/parameters.hpp"

#include <algorithm>

namespace meta138::rpc {

namespace {

constexpr std::size_t max_bodies = 1024;  // Besu; execution-apis shanghai.md asks for 32 at least

void write_body(const Request& request, std::optional<std::uint64_t> number, json::Writer& out) {
    const auto block = number ? request.view->blocks().block(*number) : std::nullopt;
    if (!block) {
        out.null();
        return;
    }
    out.open_object();
    out.key("transactions");
    write_raw_transactions(out, block->transactions);
    out.key("withdrawals");
    if (block->withdrawals)
        write_withdrawals(out, *block->withdrawals);
    else
        out.null();
    out.close_object();
}

RpcResult<void> by_hash(const Request& request, Arguments arguments, json::Writer& out) {
    const auto list = arguments.values.at(0);
    if (!list.is_array()) return fail(error::invalid_block_hash_params);
    if (list.size() > max_bodies) return fail(error::too_large_request);
    std::vector<Hash32> hashes;
    for (const auto element : list.elements()) {
        const auto hash = hash_of(element);
        if (!hash) return fail(error::invalid_block_hash_params);
        hashes.push_back(*hash);
    }
    out.open_array();
    for (const auto& hash : hashes)
        write_body(request, request.view->blocks().block_number(hash), out);
    out.close_array();
    return {};
}

RpcResult<void> by_range(const Request& request, Arguments arguments, json::Writer& out) {
    const auto start = integer_of(arguments.values.at(0));
    if (!start || *start == 0) return fail(error::invalid_block_number_params);
    const auto count = integer_of(arguments.values.at(1));
    if (!count || *count == 0) return fail(error::invalid_block_count_params);
    if (*count > max_bodies) return fail(error::too_large_request);
    out.open_array();
    const auto head = request.view->head().header.number;
    for (std::uint64_t i = 0; i < *count && *start <= head && i <= head - *start; ++i)
        write_body(request, *start + i, out);
    out.close_array();
    return {};
}

}  // namespace

void add_payload_body_methods(MethodTable& table) {
    table.add("engine_getPayloadBodiesByHashV1", Group::engine, Cost::heavy, by_hash);
    table.add("engine_getPayloadBodiesByRangeV1", Group::engine, Cost::heavy, by_range);
}

}  // namespace meta138::rpc
