// SPDX-License-Identifier: Apache-2.0
#include "block_json.hpp"
#include "find_block.hpp"
#include "methods.hpp"
#include "shared_cache.hpp"

#include "meta138/types/account.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <memory>
#include <string>

namespace meta138::rpc {

namespace {

using MaybeQuantity = RpcResult<std::optional<Quantity>>;

/// For the blocks that everybody asks for: those at the head.
constexpr std::size_t block_cache_bytes = std::size_t{16} << 20;

/// Block objects with hashes of transactions, and with whole ones, by the block's hash.
struct BlockCache {
    SharedCache<std::string> with_hashes{block_cache_bytes / 2};
    SharedCache<std::string> with_transactions{block_cache_bytes / 2};
};

RpcResult<void> write_block_or_null(const Request& request, BlockCache& cache,
                                    std::optional<std::uint64_t> number, bool full,
                                    json::Writer& out) {
    if (!number) {
        out.null();
        return {};
    }
    TRY(require_body(request, *number));
    auto& texts = full ? cache.with_transactions : cache.with_hashes;
    const auto& head = request.view->head();
    const auto hash = *number == head.header.number ? head.hash : request.view->block_hash(*number);
    if (const auto known = texts.find(hash)) {
        out.raw(*known);
        return {};
    }
    std::string text;
    json::Writer inner{text};
    if (!write_canonical_block(inner, *request.view, *number, full)) {
        out.null();
        return {};
    }
    out.raw(text);
    const auto bytes = text.size();
    texts.put(hash, std::make_shared<const std::string>(std::move(text)), bytes);
    return {};
}

/// A block off the canonical chain is shown too, without what only execution knows.
RpcResult<void> write_side_block(const Request& request, const Hash32& hash, bool full,
                                 json::Writer& out) {
    const auto block = request.view->blocks().side_block(hash);
    if (!block) {
        out.null();
        return {};
    }
    std::vector<Address> senders;
    if (full) {
        const auto fork = request.view->rules_of(block->header).fork;
        for (const auto& transaction : block->transactions)
            senders.push_back(recover_sender(transaction, fork).value_or(Address{}));
    }
    write_block(out,
                {.header = block->header,
                 .hash = hash,
                 .total_difficulty = std::nullopt,
                 .size = encode_block(*block).size(),
                 .transactions = block->transactions,
                 .senders = senders,
                 .ommers = block->ommers,
                 .withdrawals = block->withdrawals},
                full, request.view->consensus());
    return {};
}

/// A count that a canonical block's body has.
template <typename Count>
MaybeQuantity count_in_block(const Request& request, std::optional<std::uint64_t> number,
                             const Count& count) {
    if (!number) return std::nullopt;
    TRY(require_body(request, *number));
    return count(request.view->blocks(), *number);
}

std::optional<Quantity> count_transactions(const storage::Snapshot& blocks, std::uint64_t number) {
    const auto header = blocks.header(number);
    if (!header) return std::nullopt;
    return Quantity{header->transaction_count};
}

std::optional<Quantity> count_ommers(const storage::Snapshot& blocks, std::uint64_t number) {
    const auto header = blocks.header(number);
    if (!header) return std::nullopt;
    if (header->header.ommers_hash == EMPTY_OMMERS_HASH) return Quantity{0};
    const auto block = blocks.block(number);
    if (!block) return std::nullopt;
    return Quantity{block->ommers.size()};
}

MaybeQuantity get_transaction_count_by_hash(const Request& request, BlockHash hash) {
    return count_in_block(request, request.view->blocks().block_number(hash.value),
                          count_transactions);
}

MaybeQuantity get_transaction_count_by_number(const Request& request, BlockNumberParameter block) {
    TRY_LET(const auto number, find_block(request, block));
    return count_in_block(request, number, count_transactions);
}

MaybeQuantity get_uncle_count_by_hash(const Request& request, BlockHash hash) {
    return count_in_block(request, request.view->blocks().block_number(hash.value), count_ommers);
}

MaybeQuantity get_uncle_count_by_number(const Request& request, BlockNumberParameter block) {
    TRY_LET(const auto number, find_block(request, block));
    return count_in_block(request, number, count_ommers);
}

RpcResult<void> write_uncle(const Request& request, std::optional<std::uint64_t> number,
                            std::uint64_t index, json::Writer& out) {
    const auto block = number ? request.view->blocks().block(*number) : std::nullopt;
    if (!block || index >= block->ommers.size()) {
        out.null();
        return {};
    }
    const auto& ommer = block->ommers[index];
    write_ommer(out, ommer, request.view->consensus().block_hash(ommer));
    return {};
}

RpcResult<void> get_uncle_by_hash(const Request& request, BlockHash hash, OmmerIndex index,
                                  json::Writer& out) {
    return write_uncle(request, request.view->blocks().block_number(hash.value), index.value, out);
}

RpcResult<void> get_uncle_by_number(const Request& request, BlockNumberParameter block,
                                    OmmerIndex index, json::Writer& out) {
    TRY_LET(const auto number, find_block(request, block));
    return write_uncle(request, number, index.value, out);
}

RpcResult<Quantity> get_block_number(const Request& request) {
    return Quantity{request.view->head().header.number};
}

}  // namespace

void add_block_methods(MethodTable& table) {
    const auto cache = std::make_shared<BlockCache>();
    const auto add = [&table](std::string_view name, Cost cost, auto function) {
        table.add(name, Group::eth, cost, function);
    };
    add("eth_blockNumber", Cost::cheap, get_block_number);
    add("eth_getBlockByNumber", Cost::cheap,
        [cache](const Request& request, BlockNumberParameter block, FullTransactions full,
                json::Writer& out) -> RpcResult<void> {
            TRY_LET(const auto number, find_block(request, block));
            return write_block_or_null(request, *cache, number, full.value, out);
        });
    add("eth_getBlockByHash", Cost::cheap,
        [cache](const Request& request, BlockHash hash, FullTransactions full,
                json::Writer& out) -> RpcResult<void> {
            const auto number = request.view->blocks().block_number(hash.value);
            if (!number) return write_side_block(request, hash.value, full.value, out);
            return write_block_or_null(request, *cache, number, full.value, out);
        });
    add("eth_getBlockTransactionCountByHash", Cost::cheap, get_transaction_count_by_hash);
    add("eth_getBlockTransactionCountByNumber", Cost::cheap, get_transaction_count_by_number);
    add("eth_getUncleCountByBlockHash", Cost::cheap, get_uncle_count_by_hash);
    add("eth_getUncleCountByBlockNumber", Cost::cheap, get_uncle_count_by_number);
    add("eth_getUncleByBlockHashAndIndex", Cost::cheap, get_uncle_by_hash);
    add("eth_getUncleByBlockNumberAndIndex", Cost::cheap, get_uncle_by_number);
}

}  // namespace meta138::rpc
