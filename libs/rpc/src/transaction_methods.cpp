// SPDX-License-Identifier: Apache-2.0
#include "find_block.hpp"
#include "methods.hpp"
#include "next_block.hpp"
#include "receipt_json.hpp"
#include "transaction_json.hpp"

namespace meta138::rpc {

namespace {

TransactionPlace place_in(const storage::StoredHeader& block, std::uint64_t index) {
    return {.block_hash = block.hash,
            .block_number = block.header.number,
            .block_timestamp = block.header.timestamp,
            .index = index,
            .base_fee_per_gas = block.header.base_fee_per_gas};
}

/// False, and nothing written, if there is no such transaction.
bool write_mined(const Request& request, const storage::TransactionLocation& at,
                 json::Writer& out) {
    const auto& blocks = request.view->blocks();
    const auto header = blocks.header(at.block_number);
    const auto stored = blocks.transaction(at);
    if (!header || !stored) return false;
    write_transaction(out, stored->transaction, transaction_hash(stored->transaction),
                      stored->sender, place_in(*header, at.index));
    return true;
}

RpcResult<void> get_transaction_by_hash(const Request& request, Arguments arguments,
                                        json::Writer& out) {
    if (arguments.values.size() != 1) return fail(error::invalid_param_count);
    TRY_LET(const auto hash, Parameter<TransactionHash>::decode(arguments.values.at(0)));
    const auto pooled =
        request.backend.pool != nullptr ? request.backend.pool->find(hash.value) : nullptr;
    if (pooled) {
        write_pool_transaction(out, pooled->transaction, pooled->hash, pooled->sender);
        return {};
    }
    const auto at = request.view->blocks().find_transaction(hash.value);
    if (!at || !write_mined(request, *at, out)) out.null();
    return {};
}

RpcResult<void> write_at_index(const Request& request, std::optional<std::uint64_t> number,
                               std::uint64_t index, json::Writer& out) {
    if (!number) {
        out.null();
        return {};
    }
    TRY(require_body(request, *number));
    const auto header = request.view->blocks().header(*number);
    if (!header || index >= header->transaction_count ||
        !write_mined(request, {*number, static_cast<std::uint32_t>(index)}, out))
        out.null();
    return {};
}

RpcResult<void> get_transaction_by_block_hash(const Request& request, BlockHash hash,
                                              TransactionIndex index, json::Writer& out) {
    return write_at_index(request, request.view->blocks().block_number(hash.value), index.value,
                          out);
}

RpcResult<void> get_transaction_by_block_number(const Request& request, BlockNumberParameter block,
                                                TransactionIndex index, json::Writer& out) {
    TRY_LET(const auto number, find_block(request, block));
    return write_at_index(request, number, index.value, out);
}

RpcResult<void> get_transaction_receipt(const Request& request, TransactionHash hash,
                                        json::Writer& out) {
    const auto& blocks = request.view->blocks();
    const auto at = blocks.find_transaction(hash.value);
    const auto header = at ? blocks.header(at->block_number) : std::nullopt;
    const auto transaction = at ? blocks.transaction(*at) : std::nullopt;
    const auto receipt = at ? blocks.receipt(*at) : std::nullopt;
    if (!header || !transaction || !receipt) {
        out.null();
        return {};
    }
    write_receipt(out, {.receipt = *receipt,
                        .transaction = transaction->transaction,
                        .transaction_hash = hash.value,
                        .sender = transaction->sender,
                        .place = place_in(*header, at->index),
                        .blob_base_fee = blob_base_fee_of(*request.view, header->header)});
    return {};
}

RpcResult<void> get_block_receipts(const Request& request, BlockParameter block,
                                   json::Writer& out) {
    TRY_LET(const auto number, find_block(request, block));
    if (!number) {
        out.null();
        return {};
    }
    TRY(require_body(request, *number));
    const auto& blocks = request.view->blocks();
    const auto header = blocks.header(*number);
    const auto transactions = blocks.transactions(*number);
    const auto receipts = blocks.receipts(*number);
    if (!header || !transactions || !receipts || receipts->size() != transactions->size()) {
        out.null();
        return {};
    }
    const auto blob_fee = blob_base_fee_of(*request.view, header->header);
    out.open_array();
    for (std::size_t index = 0; index < transactions->size(); ++index) {
        const auto& stored = (*transactions)[index];
        write_receipt(out, {.receipt = (*receipts)[index],
                            .transaction = stored.transaction,
                            .transaction_hash = transaction_hash(stored.transaction),
                            .sender = stored.sender,
                            .place = place_in(*header, index),
                            .blob_base_fee = blob_fee});
    }
    out.close_array();
    return {};
}

}  // namespace

void add_transaction_methods(MethodTable& table) {
    const auto add = [&table](std::string_view name, Cost cost, auto function) {
        table.add(name, Group::eth, cost, function);
    };
    add("eth_getTransactionByHash", Cost::cheap, get_transaction_by_hash);
    add("eth_getTransactionByBlockHashAndIndex", Cost::cheap, get_transaction_by_block_hash);
    add("eth_getTransactionByBlockNumberAndIndex", Cost::cheap, get_transaction_by_block_number);
    add("eth_getTransactionReceipt", Cost::cheap, get_transaction_receipt);
    add("eth_getBlockReceipts", Cost::heavy, get_block_receipts);
}

}  // namespace meta138::rpc
