// SPDX-License-Identifier: Apache-2.0
#include "block_json.hpp"
#include "find_block.hpp"
#include "methods.hpp"
#include "next_block.hpp"
#include "receipt_json.hpp"

#include <algorithm>

namespace meta138::rpc {

namespace {

/// Of Otterscan's API (docs.otterscan.io, "JSON-RPC API"): the level its pages ask for.
constexpr std::uint64_t api_level = 8;
constexpr std::uint64_t max_page_size = 1000;

RpcResult<Number> get_api_level(const Request&) {
    return Number{api_level};
}

RpcResult<bool> has_code(const Request& request, Address address,
                         std::optional<BlockParameter> block) {
    TRY_LET(const auto state, find_state(request, block.value_or(BlockParameter{})));
    const auto account = state ? state->account(address) : std::nullopt;
    return account && account->code_hash != EMPTY_CODE_HASH;
}

/// What the block's transactions paid for gas, in wei.
uint256 total_fees(const blockchain::ChainView& view, const storage::StoredHeader& header) {
    const auto block = view.blocks().block(header.header.number);
    const auto receipts = view.blocks().receipts(header.header.number);
    uint256 fees;
    if (!block || !receipts) return fees;
    for (std::size_t i = 0; i < std::min(block->transactions.size(), receipts->size()); ++i)
        fees += effective_gas_price(block->transactions[i], header.header.base_fee_per_gas) *
                uint256{(*receipts)[i].gas_used};
    return fees;
}

/// A block's object with its transactions replaced by their number.
bool write_block_summary(json::Writer& out, const blockchain::ChainView& view,
                         const storage::StoredHeader& stored) {
    std::string text;
    json::Writer inner{text};
    if (!write_canonical_block(inner, view, stored.header.number, false)) return false;
    const auto begin = text.find("\"transactions\":[");
    const auto end = text.find(']', begin);
    text.replace(begin, end + 1 - begin,
                 "\"transactionCount\":" + std::to_string(stored.transaction_count));
    out.raw(text);
    return true;
}

RpcResult<void> write_block_details(const Request& request, std::optional<std::uint64_t> number,
                                    json::Writer& out) {
    const auto stored = number ? request.view->blocks().header(*number) : std::nullopt;
    if (!stored) {
        out.null();
        return {};
    }
    TRY(require_body(request, *number));
    const auto reward = request.view->rules_of(stored->header).block_reward.value_or(uint256{});
    out.open_object();
    out.key("block");
    if (!write_block_summary(out, *request.view, *stored)) out.null();
    out.key("issuance").open_object();
    out.key("blockReward").quantity(reward);
    out.key("uncleReward").quantity(0U);
    out.key("issuance").quantity(reward);
    out.close_object();
    out.key("totalFees").quantity(total_fees(*request.view, *stored));
    out.close_object();
    return {};
}

RpcResult<void> get_block_details(const Request& request, BlockNumberParameter block,
                                  json::Writer& out) {
    TRY_LET(const auto number, find_block(request, block));
    return write_block_details(request, number, out);
}

RpcResult<void> get_block_details_by_hash(const Request& request, BlockHash hash,
                                          json::Writer& out) {
    return write_block_details(request, request.view->blocks().block_number(hash.value), out);
}

/// Newest first: page 0 holds the last transactions of the block.
struct Page {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
};

Page page_of(std::uint64_t total, std::uint64_t page, std::uint64_t size) {
    const auto skipped = page > total / size ? total : std::min(total, page * size);
    const auto end = total - skipped;
    const auto count = std::min(size, end);
    return {end - count, count};
}

void write_page(const Request& request, const storage::StoredHeader& header, const Page& page,
                const std::vector<storage::StoredTransaction>& transactions,
                const std::vector<storage::StoredReceipt>& receipts, json::Writer& out) {
    TransactionPlace place{.block_hash = header.hash,
                           .block_number = header.header.number,
                           .block_timestamp = header.header.timestamp,
                           .index = 0,
                           .base_fee_per_gas = header.header.base_fee_per_gas};
    out.key("fullblock").open_object();
    out.key("number").quantity(header.header.number);
    out.key("hash").hex(header.hash.bytes);
    out.key("timestamp").quantity(header.header.timestamp);
    out.key("transactionCount").number(header.transaction_count);
    out.key("transactions").open_array();
    for (auto index = page.first; index < page.first + page.count; ++index) {
        const auto& stored = transactions[index];
        place.index = index;
        write_transaction(out, stored.transaction, transaction_hash(stored.transaction),
                          stored.sender, place);
    }
    out.close_array();
    out.close_object();
    out.key("receipts").open_array();
    for (auto index = page.first; index < page.first + page.count; ++index) {
        const auto& stored = transactions[index];
        place.index = index;
        write_receipt(out, {.receipt = receipts[index],
                            .transaction = stored.transaction,
                            .transaction_hash = transaction_hash(stored.transaction),
                            .sender = stored.sender,
                            .place = place,
                            .blob_base_fee = blob_base_fee_of(*request.view, header.header)});
    }
    out.close_array();
}

RpcResult<void> get_block_transactions(const Request& request, BlockNumberParameter block,
                                       std::uint64_t page, std::uint64_t size, json::Writer& out) {
    if (size == 0 || size > max_page_size) return fail(error::invalid_params, "page size");
    TRY_LET(const auto number, find_block(request, block));
    const auto& blocks = request.view->blocks();
    const auto header = number ? blocks.header(*number) : std::nullopt;
    const auto transactions = number ? blocks.transactions(*number) : std::nullopt;
    const auto receipts = number ? blocks.receipts(*number) : std::nullopt;
    if (!header || !transactions || !receipts || receipts->size() != transactions->size()) {
        out.null();
        return {};
    }
    out.open_object();
    write_page(request, *header, page_of(transactions->size(), page, size), *transactions,
               *receipts, out);
    out.close_object();
    return {};
}

/// The first retained block whose state has `property`; which all later states then have.
template <typename Property>
std::optional<std::uint64_t> find_first_block(const Request& request, const Property& property) {
    const auto& blocks = request.view->blocks();
    auto low = blocks.oldest_state();
    auto high = request.view->head().header.number;
    const auto has = [&](std::uint64_t number) {
        const auto state = blocks.state_at(number);
        return state && property(*state);
    };
    if (!has(high)) return std::nullopt;
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        if (has(middle)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

RpcResult<std::optional<Hash32>> get_transaction_by_sender_and_nonce(const Request& request,
                                                                     Address sender,
                                                                     std::uint64_t nonce) {
    const auto number = find_first_block(request, [&](const state::StateView& state) {
        const auto account = state.account(sender);
        return account && account->nonce > nonce;
    });
    const auto transactions = number ? request.view->blocks().transactions(*number) : std::nullopt;
    if (!transactions) return std::nullopt;
    for (const auto& stored : *transactions) {
        if (stored.sender == sender && stored.transaction.nonce == nonce)
            return transaction_hash(stored.transaction);
    }
    return std::nullopt;
}

}  // namespace

void add_otterscan_methods(MethodTable& table) {
    const auto add = [&table](std::string_view name, Cost cost, auto function) {
        table.add(name, Group::ots, cost, function);
    };
    add("ots_getApiLevel", Cost::cheap, get_api_level);
    add("ots_hasCode", Cost::cheap, has_code);
    add("ots_getBlockDetails", Cost::heavy, get_block_details);
    add("ots_getBlockDetailsByHash", Cost::heavy, get_block_details_by_hash);
    add("ots_getBlockTransactions", Cost::heavy, get_block_transactions);
    add("ots_getTransactionBySenderAndNonce", Cost::heavy, get_transaction_by_sender_and_nonce);
}

}  // namespace meta138::rpc
