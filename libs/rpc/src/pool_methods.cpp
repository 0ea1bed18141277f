// SPDX-License-Identifier: Apache-2.0
#include "methods.hpp"
#include "pending_filter.hpp"
#include "transaction_json.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <map>
#include <utility>

namespace meta138::rpc {

namespace {

using Entries = std::vector<txpool::PoolEntry>;

/// Answers of txpool_ without a limit in their request go no further.
constexpr std::size_t max_pool_results = 100'000;

RpcResult<const txpool::SharedPool*> pool_of(const Request& request) {
    if (request.backend.pool == nullptr) return fail(error::tx_pool_disabled);
    return request.backend.pool;
}

RpcResult<void> status(const Request& request, json::Writer& out) {
    TRY_LET(const auto* pool, pool_of(request));
    const auto counts = pool->status();
    out.open_object();
    out.key("pending").quantity(counts.pending);
    out.key("queued").quantity(counts.queued);
    out.close_object();
    return {};
}

RpcResult<void> besu_statistics(const Request& request, json::Writer& out) {
    TRY_LET(const auto* pool, pool_of(request));
    const auto counts = pool->status();
    out.open_object();
    // Besu's default pool, whose layers are bounded by bytes, says so.
    out.key("maxSize").number(-1);
    out.key("localCount").number(counts.local);
    out.key("remoteCount").number(counts.transactions - counts.local);
    out.close_object();
    return {};
}

/// Besu's Instant: UTC, with as many digits of the second as matter.
std::string to_iso_8601(txpool::Time time) {
    const auto millis =
        std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(millis);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                       fmt::gmtime(static_cast<std::time_t>(seconds.count())),
                       (millis - seconds).count());
}

RpcResult<void> besu_transactions(const Request& request, json::Writer& out) {
    TRY_LET(const auto* pool, pool_of(request));
    out.open_array();
    for (const auto& entry : pool->content(max_pool_results)) {
        out.open_object();
        out.key("hash").hex(entry.transaction->hash.bytes);
        out.key("isReceivedFromLocalSource").boolean(entry.transaction->is_local);
        out.key("addedToPoolAt").string(to_iso_8601(entry.transaction->added_at));
        out.close_object();
    }
    out.close_array();
    return {};
}

RpcResult<void> besu_pending_transactions(const Request& request,
                                          std::optional<std::uint64_t> limit, json::Value filter,
                                          json::Writer& out) {
    TRY_LET(const auto* pool, pool_of(request));
    TRY_LET(const auto conditions, decode_pending_filter(filter));
    std::size_t left = std::min<std::uint64_t>(limit.value_or(max_pool_results), max_pool_results);
    out.open_array();
    for (const auto& entry : pool->content(max_pool_results)) {
        if (left == 0) break;
        const auto& pooled = *entry.transaction;
        if (!conditions.matches(pooled)) continue;
        write_pending_transaction(out, pooled.transaction, pooled.hash, pooled.sender);
        --left;
    }
    out.close_array();
    return {};
}

void write_by_nonce(json::Writer& out, const Entries& entries) {
    out.open_object();
    for (const auto& entry : entries) {
        const auto& pooled = *entry.transaction;
        out.key(std::to_string(pooled.transaction.nonce));
        write_pool_transaction(out, pooled.transaction, pooled.hash, pooled.sender);
    }
    out.close_object();
}

RpcResult<void> content_from(const Request& request, Address address, json::Writer& out) {
    TRY_LET(const auto* pool, pool_of(request));
    const auto content = pool->content_from(address);
    out.open_object();
    out.key("pending");
    write_by_nonce(out, content ? content->pending : Entries{});
    out.key("queued");
    write_by_nonce(out, content ? content->queued : Entries{});
    out.close_object();
    return {};
}

/// All senders with what they have: first what is executable, then what is not.
struct WholeContent {
    std::map<Address, Entries> pending;
    std::map<Address, Entries> queued;
};

WholeContent whole_content(const txpool::SharedPool& pool) {
    WholeContent result;
    std::map<Address, bool> senders;
    for (const auto& entry : pool.content(max_pool_results))
        senders.emplace(entry.transaction->sender, true);
    for (const auto& [sender, unused] : senders) {
        auto content = pool.content_from(sender);
        if (!content) continue;
        if (!content->pending.empty()) result.pending.emplace(sender, std::move(content->pending));
        if (!content->queued.empty()) result.queued.emplace(sender, std::move(content->queued));
    }
    return result;
}

template <typename Write>
void write_content(json::Writer& out, const WholeContent& content, const Write& write) {
    const auto write_side = [&](std::string_view name, const std::map<Address, Entries>& side) {
        out.key(name).open_object();
        for (const auto& [sender, entries] : side) {
            out.key(to_hex(sender.bytes));
            write(entries);
        }
        out.close_object();
    };
    out.open_object();
    write_side("pending", content.pending);
    write_side("queued", content.queued);
    out.close_object();
}

RpcResult<void> content(const Request& request, json::Writer& out) {
    TRY_LET(const auto* pool, pool_of(request));
    write_content(out, whole_content(*pool),
                  [&](const Entries& entries) { write_by_nonce(out, entries); });
    return {};
}

/// go-ethereum's one-line summary of a transaction.
std::string summary_of(const Transaction& transaction) {
    const auto to = transaction.to ? to_hex(transaction.to->bytes) : "contract creation";
    return fmt::format("{}: {} wei + {} gas × {} wei", to, to_string(transaction.value),
                       transaction.gas_limit, to_string(transaction.max_fee_per_gas));
}

RpcResult<void> inspect(const Request& request, json::Writer& out) {
    TRY_LET(const auto* pool, pool_of(request));
    write_content(out, whole_content(*pool), [&](const Entries& entries) {
        out.open_object();
        for (const auto& entry : entries) {
            const auto& transaction = entry.transaction->transaction;
            out.key(std::to_string(transaction.nonce)).string(summary_of(transaction));
        }
        out.close_object();
    });
    return {};
}

void write_explanation(json::Writer& out, const txpool::PoolEntry& entry) {
    const auto& pooled = *entry.transaction;
    out.open_object();
    out.key("hash").hex(pooled.hash.bytes);
    out.key("from").hex(pooled.sender.bytes);
    out.key("nonce").quantity(pooled.transaction.nonce);
    out.key("executable").boolean(entry.waiting == txpool::Waiting::nothing);
    out.key("waitsFor").string(to_string(entry.waiting));
    out.key("explanation").string(explanation_of(entry.waiting));
    out.key("isLocal").boolean(pooled.is_local);
    out.key("addedToPoolAt").string(to_iso_8601(pooled.added_at));
    out.close_object();
}

/// txpool_explain: why a transaction is not in a block yet; null if it is not in the pool.
RpcResult<void> explain(const Request& request, TransactionHash hash, json::Writer& out) {
    TRY_LET(const auto* pool, pool_of(request));
    const auto entry = pool->find_entry(hash.value);
    if (entry) {
        write_explanation(out, *entry);
    } else {
        out.null();
    }
    return {};
}

/// txpool_explainFrom: the same for all of a sender's, with what the pool knows of its account.
RpcResult<void> explain_from(const Request& request, Address address, json::Writer& out) {
    TRY_LET(const auto* pool, pool_of(request));
    const auto content = pool->content_from(address);
    if (!content) {
        out.null();
        return {};
    }
    out.open_object();
    out.key("accountNonce").quantity(content->account.nonce);
    out.key("balance").quantity(content->account.balance);
    out.key("pendingNonce").quantity(content->pending_nonce);
    out.key("transactions").open_array();
    for (const auto& entry : content->pending) write_explanation(out, entry);
    for (const auto& entry : content->queued) write_explanation(out, entry);
    out.close_array();
    out.close_object();
    return {};
}

RpcResult<bool> remove_transaction(const Request& request, TransactionHash hash) {
    if (request.backend.pool == nullptr) return fail(error::tx_pool_disabled);
    return request.backend.pool->remove(hash.value);
}

RpcResult<Quantity> remove_sender(const Request& request, Address address) {
    if (request.backend.pool == nullptr) return fail(error::tx_pool_disabled);
    return Quantity{request.backend.pool->remove_sender(address)};
}

RpcResult<Quantity> clear(const Request& request) {
    if (request.backend.pool == nullptr) return fail(error::tx_pool_disabled);
    return Quantity{request.backend.pool->clear()};
}

}  // namespace

void add_pool_methods(MethodTable& table) {
    const auto add = [&table](std::string_view name, Cost cost, auto function) {
        table.add(name, Group::txpool, cost, function);
    };
    add("txpool_status", Cost::cheap, status);
    add("txpool_besuStatistics", Cost::cheap, besu_statistics);
    add("txpool_besuTransactions", Cost::heavy, besu_transactions);
    add("txpool_besuPendingTransactions", Cost::heavy, besu_pending_transactions);
    add("txpool_content", Cost::heavy, content);
    add("txpool_contentFrom", Cost::heavy, content_from);
    add("txpool_inspect", Cost::heavy, inspect);
    add("txpool_explain", Cost::cheap, explain);
    add("txpool_explainFrom", Cost::heavy, explain_from);
    // What takes transactions away from others is not for everybody who may look at the pool.
    table.add("admin_removeTransaction", Group::admin, Cost::cheap, remove_transaction);
    table.add("admin_removeTransactionsFrom", Group::admin, Cost::cheap, remove_sender);
    table.add("admin_clearTransactionPool", Group::admin, Cost::heavy, clear);
}

}  // namespace meta138::rpc
