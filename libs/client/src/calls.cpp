// SPDX-License-Identifier: Apache-2.0
#include "meta138/client/calls.hpp"

#include "object_reader.hpp"

#include "meta138/codec/json/writer.hpp"

#include <fmt/format.h>

namespace meta138::client {
namespace {

template <class T>
using Decoded = std::expected<T, std::string>;

template <class T>
Decoded<T> or_fault(std::optional<T> value, std::string_view what) {
    if (!value) return std::unexpected{fmt::format("the result is no {}", what)};
    return *std::move(value);
}

Decoded<std::uint64_t> decode_quantity64(const RawResult& result) {
    return or_fault(read_quantity64(result.value), "quantity below 2^64");
}
Decoded<uint256> decode_quantity(const RawResult& result) {
    return or_fault(read_quantity(result.value), "quantity");
}
Decoded<Bytes> decode_bytes(const RawResult& result) {
    return or_fault(read_bytes(result.value), "hexadecimal data");
}
Decoded<Hash32> decode_hash(const RawResult& result) {
    return or_fault(read_fixed<Hash32>(result.value), "32 bytes");
}

/// Null is absence.
template <class T>
auto optional_of(Decoded<T> (*decode)(json::Value)) {
    return [decode](const RawResult& result) -> Decoded<std::optional<T>> {
        if (result.value.is_missing()) return std::optional<T>{};
        auto value = decode(result.value);
        if (!value) return std::unexpected{std::move(value).error()};
        return std::optional{*std::move(value)};
    };
}

/// Parameters: an array that `write` fills.
template <class Write>
std::string params(Write write) {
    std::string text;
    json::Writer out{text};
    out.open_array();
    write(out);
    out.close_array();
    return text;
}

std::string params_of(const Address& account, const BlockId& block) {
    return params([&](json::Writer& out) {
        out.hex(account.bytes);
        out.string(block.text());
    });
}

std::string params_of(const Hash32& hash) {
    return params([&](json::Writer& out) { out.hex(hash.bytes); });
}

void write(json::Writer& out, const CallRequest& request) {
    out.open_object();
    if (request.from) out.key("from").hex(request.from->bytes);
    if (request.to) out.key("to").hex(request.to->bytes);
    if (request.gas) out.key("gas").quantity(*request.gas);
    if (request.gas_price) out.key("gasPrice").quantity(*request.gas_price);
    if (request.max_fee_per_gas) out.key("maxFeePerGas").quantity(*request.max_fee_per_gas);
    if (request.max_priority_fee_per_gas)
        out.key("maxPriorityFeePerGas").quantity(*request.max_priority_fee_per_gas);
    if (request.value) out.key("value").quantity(*request.value);
    if (request.nonce) out.key("nonce").quantity(*request.nonce);
    // "data" is understood by every node, "input" not by all.
    if (!request.data.empty()) out.key("data").hex(request.data);
    out.close_object();
}

Decoded<LogEntry> decode_log(json::Value object) {
    ObjectReader in{object};
    LogEntry log{.address = in.fixed<Address>("address"),
                 .topics = {},
                 .data = in.bytes("data"),
                 .block_number = in.quantity64("blockNumber"),
                 .block_hash = in.fixed<Hash32>("blockHash"),
                 .transaction_hash = in.fixed<Hash32>("transactionHash"),
                 .log_index = in.quantity64("logIndex"),
                 .removed = in.find("removed").boolean().value_or(false)};
    for (const auto topic : in.find("topics").elements()) {
        const auto hash = read_fixed<Hash32>(topic);
        if (!hash) in.fail("topics");
        log.topics.push_back(hash.value_or(Hash32{}));
    }
    return in.finish(std::move(log));
}

Decoded<std::vector<LogEntry>> decode_logs(json::Value array) {
    if (!array.is_array()) return std::unexpected{"the result is no array"};
    std::vector<LogEntry> logs;
    for (const auto element : array.elements()) {
        auto log = decode_log(element);
        if (!log) return std::unexpected{std::move(log).error()};
        logs.push_back(*std::move(log));
    }
    return logs;
}

Decoded<TransactionReceipt> decode_receipt(json::Value object) {
    ObjectReader in{object};
    TransactionReceipt receipt{
        .transaction_hash = in.fixed<Hash32>("transactionHash"),
        .block_hash = in.fixed<Hash32>("blockHash"),
        .block_number = in.quantity64("blockNumber"),
        .transaction_index = in.quantity64("transactionIndex"),
        .succeeded = in.quantity64("status") == 1,
        .gas_used = in.quantity64("gasUsed"),
        .effective_gas_price = in.optional_quantity("effectiveGasPrice").value_or(uint256{}),
        .contract_address = in.optional_fixed<Address>("contractAddress"),
        .logs = {}};
    auto logs = decode_logs(in.find("logs"));
    if (!logs) in.fail("logs");
    receipt.logs = std::move(logs).value_or(std::vector<LogEntry>{});
    return in.finish(std::move(receipt));
}

Decoded<TransactionPlace> decode_place(json::Value object) {
    ObjectReader in{object};
    TransactionPlace place;
    if (!in.find("blockNumber").is_missing()) place.block_number = in.quantity64("blockNumber");
    return in.finish(place);
}

std::vector<uint256> decode_fees(json::Value array, ObjectReader& in, std::string_view name) {
    std::vector<uint256> fees;
    for (const auto element : array.elements()) {
        const auto fee = read_quantity(element);
        if (!fee) in.fail(name);
        fees.push_back(fee.value_or(uint256{}));
    }
    return fees;
}

Decoded<FeeHistory> decode_fee_history(const RawResult& result) {
    ObjectReader in{result.value};
    FeeHistory history{.oldest_block = in.quantity64("oldestBlock"),
                       .base_fees = decode_fees(in.find("baseFeePerGas"), in, "baseFeePerGas"),
                       .gas_used_ratios = {},
                       .rewards = {}};
    for (const auto ratio : in.find("gasUsedRatio").elements())
        history.gas_used_ratios.push_back(ratio.number().value_or(0));
    for (const auto block : in.find("reward").elements())
        history.rewards.push_back(decode_fees(block, in, "reward"));
    return in.finish(std::move(history));
}

Decoded<std::optional<SyncStatus>> decode_syncing(const RawResult& result) {
    if (result.value.boolean() == false) return std::optional<SyncStatus>{};
    ObjectReader in{result.value};
    const SyncStatus status{.starting_block = in.quantity64("startingBlock"),
                            .current_block = in.quantity64("currentBlock"),
                            .highest_block = in.quantity64("highestBlock")};
    return in.finish(std::optional{status});
}

}  // namespace

BlockId::BlockId(std::uint64_t number) : text_{fmt::format("{:#x}", number)} {}

std::expected<Head, std::string> decode_head(json::Value object) {
    ObjectReader in{object};
    Head head{.number = in.quantity64("number"),
              .hash = in.fixed<Hash32>("hash"),
              .parent_hash = in.fixed<Hash32>("parentHash"),
              .timestamp = in.quantity64("timestamp"),
              .gas_limit = in.quantity64("gasLimit"),
              .gas_used = in.quantity64("gasUsed"),
              .base_fee_per_gas = in.optional_quantity("baseFeePerGas"),
              .coinbase = in.fixed<Address>("miner"),
              .extra_data = in.bytes("extraData"),
              .transactions = {}};
    for (const auto transaction : in.find("transactions").elements()) {
        const auto hash = read_fixed<Hash32>(transaction);
        if (!hash) in.fail("transactions");
        head.transactions.push_back(hash.value_or(Hash32{}));
    }
    return in.finish(std::move(head));
}

std::string to_json(const CallRequest& request) {
    std::string text;
    json::Writer out{text};
    write(out, request);
    return text;
}

Call<std::string> client_version() {
    return {.method = "web3_clientVersion", .decode = [](const RawResult& result) {
                const auto text = result.value.string();
                return or_fault(text ? std::optional{std::string{*text}} : std::nullopt, "text");
            }};
}

Call<std::uint64_t> chain_id() {
    return {.method = "eth_chainId", .decode = decode_quantity64};
}

Call<std::uint64_t> block_number() {
    return {.method = "eth_blockNumber", .decode = decode_quantity64};
}

Call<std::optional<Head>> head(BlockId block) {
    return {.method = "eth_getBlockByNumber",
            .params = params([&](json::Writer& out) {
                out.string(block.text());
                out.boolean(false);
            }),
            .decode = optional_of<Head>(decode_head)};
}

Call<std::optional<Head>> head_by_hash(const Hash32& hash) {
    return {.method = "eth_getBlockByHash",
            .params = params([&](json::Writer& out) {
                out.hex(hash.bytes);
                out.boolean(false);
            }),
            .decode = optional_of<Head>(decode_head)};
}

Call<uint256> balance(const Address& account, BlockId block) {
    return {
        .method = "eth_getBalance", .params = params_of(account, block), .decode = decode_quantity};
}

Call<std::uint64_t> transaction_count(const Address& account, BlockId block) {
    return {.method = "eth_getTransactionCount",
            .params = params_of(account, block),
            .decode = decode_quantity64};
}

Call<Bytes> code(const Address& account, BlockId block) {
    return {.method = "eth_getCode", .params = params_of(account, block), .decode = decode_bytes};
}

Call<Hash32> storage_at(const Address& account, const Hash32& slot, BlockId block) {
    return {.method = "eth_getStorageAt",
            .params = params([&](json::Writer& out) {
                out.hex(account.bytes);
                out.hex(slot.bytes);
                out.string(block.text());
            }),
            .decode = decode_hash};
}

Call<uint256> gas_price() {
    return {.method = "eth_gasPrice", .decode = decode_quantity};
}

Call<uint256> max_priority_fee_per_gas() {
    return {.method = "eth_maxPriorityFeePerGas", .decode = decode_quantity};
}

Call<std::uint64_t> estimate_gas(const CallRequest& request) {
    return {.method = "eth_estimateGas",
            .params = params([&](json::Writer& out) { write(out, request); }),
            .decode = decode_quantity64};
}

Call<Bytes> call(const CallRequest& request, BlockId block) {
    return {.method = "eth_call",
            .params = params([&](json::Writer& out) {
                write(out, request);
                out.string(block.text());
            }),
            .decode = decode_bytes};
}

Call<Bytes> call(const Address& to, Bytes data, BlockId block) {
    return call(CallRequest{.to = to, .data = std::move(data)}, std::move(block));
}

Call<Hash32> send_raw_transaction(ByteView transaction) {
    return {.method = "eth_sendRawTransaction",
            .params = params([&](json::Writer& out) { out.hex(transaction); }),
            .decode = decode_hash};
}

Call<Hash32> send_transaction(const CallRequest& request) {
    return {.method = "eth_sendTransaction",
            .params = params([&](json::Writer& out) { write(out, request); }),
            .decode = decode_hash,
            .repeatable = false};
}

Call<std::optional<TransactionReceipt>> transaction_receipt(const Hash32& hash) {
    return {.method = "eth_getTransactionReceipt",
            .params = params_of(hash),
            .decode = optional_of<TransactionReceipt>(decode_receipt)};
}

Call<std::optional<TransactionPlace>> find_transaction(const Hash32& hash) {
    return {.method = "eth_getTransactionByHash",
            .params = params_of(hash),
            .decode = optional_of<TransactionPlace>(decode_place)};
}

Call<FeeHistory> fee_history(std::uint64_t blocks, BlockId newest,
                             const std::vector<double>& percentiles) {
    return {.method = "eth_feeHistory",
            .params = params([&](json::Writer& out) {
                out.quantity(blocks);
                out.string(newest.text());
                out.open_array();
                for (const auto percentile : percentiles) out.number(percentile);
                out.close_array();
            }),
            .decode = decode_fee_history};
}

Call<std::vector<LogEntry>> logs(const LogFilter& filter) {
    return {.method = "eth_getLogs",
            .params = params([&](json::Writer& out) {
                out.open_object();
                out.key("fromBlock").string(filter.from.text());
                out.key("toBlock").string(filter.to.text());
                if (!filter.addresses.empty()) {
                    out.key("address").open_array();
                    for (const auto& address : filter.addresses) out.hex(address.bytes);
                    out.close_array();
                }
                if (!filter.topics.empty()) {
                    out.key("topics").open_array();
                    for (const auto& position : filter.topics) {
                        if (position.empty()) {
                            out.null();
                            continue;
                        }
                        out.open_array();
                        for (const auto& topic : position) out.hex(topic.bytes);
                        out.close_array();
                    }
                    out.close_array();
                }
                out.close_object();
            }),
            .decode = [](const RawResult& result) { return decode_logs(result.value); }};
}

Call<std::optional<SyncStatus>> syncing() {
    return {.method = "eth_syncing", .decode = decode_syncing};
}

Call<std::uint64_t> peer_count() {
    return {.method = "net_peerCount", .decode = decode_quantity64};
}

}  // namespace meta138::client
