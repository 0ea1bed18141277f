// SPDX-License-Identifier: Apache-2.0
#include "find_block.hpp"
#include "methods.hpp"

namespace meta138::rpc {

namespace {

/// Unlike elsewhere a number here must be hexadecimal, as execution-apis demands.
struct RawBlock {
    BlockParameter block;
};

RpcResult<std::uint64_t> find_raw_block(const Request& request, const RawBlock& raw) {
    TRY_LET(const auto number, find_block(request, raw.block));
    if (!number) return fail(error::block_not_found);
    TRY(require_body(request, *number));
    return *number;
}

}  // namespace

template <>
struct Parameter<RawBlock> {
    static RpcResult<RawBlock> decode(json::Value value) {
        const auto text = value.string();
        const bool is_decimal = (text && !text->empty() &&
                                 text->find_first_not_of("0123456789") == std::string_view::npos) ||
                                value.type() == json::Type::integer;
        if (is_decimal) return fail(error::invalid_block_params);
        TRY_LET(const auto block, Parameter<BlockParameter>::decode(value));
        return RawBlock{block};
    }
};

namespace {

RpcResult<Bytes> get_raw_block(const Request& request, RawBlock raw) {
    TRY_LET(const auto number, find_raw_block(request, raw));
    const auto block = request.view->blocks().block(number);
    if (!block) return fail(error::block_not_found);
    return encode_block(*block);
}

RpcResult<Bytes> get_raw_header(const Request& request, RawBlock raw) {
    TRY_LET(const auto number, find_block(request, raw.block));
    const auto header = number ? request.view->blocks().header(*number) : std::nullopt;
    if (!header) return fail(error::block_not_found);
    return encode_header(header->header);
}

RpcResult<std::vector<Bytes>> get_raw_receipts(const Request& request, RawBlock raw) {
    TRY_LET(const auto number, find_raw_block(request, raw));
    const auto receipts = request.view->blocks().receipts(number);
    if (!receipts) return fail(error::block_not_found);
    std::vector<Bytes> result;
    for (const auto& receipt : *receipts) result.push_back(encode_receipt(receipt.receipt));
    return result;
}

RpcResult<std::optional<Bytes>> get_raw_transaction(const Request& request, TransactionHash hash) {
    const auto& blocks = request.view->blocks();
    const auto at = blocks.find_transaction(hash.value);
    const auto stored = at ? blocks.transaction(*at) : std::nullopt;
    if (!stored) return std::nullopt;
    return encode_transaction(stored->transaction);
}

}  // namespace

void add_raw_methods(MethodTable& table) {
    table.add("debug_getRawBlock", Group::debug, Cost::heavy, get_raw_block);
    table.add("debug_getRawHeader", Group::debug, Cost::cheap, get_raw_header);
    table.add("debug_getRawReceipts", Group::debug, Cost::heavy, get_raw_receipts);
    table.add("debug_getRawTransaction", Group::debug, Cost::cheap, get_raw_transaction);
}

}  // namespace meta138::rpc
