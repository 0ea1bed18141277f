// SPDX-License-Identifier: Apache-2.0
#include "receipt_json.hpp"

#include "meta138/evm/evm.hpp"
#include "meta138/types/blob_gas.hpp"

namespace meta138::rpc {

namespace {

void write_topics(json::Writer& out, const Log& log) {
    out.key("topics").open_array();
    for (const auto& topic : log.topics) out.hex(topic.bytes);
    out.close_array();
}

/// A log within a receipt: the same members in another order.
void write_receipt_log(json::Writer& out, const Log& log, const LogPlace& place) {
    out.open_object();
    out.key("address").hex(log.address.bytes);
    write_topics(out, log);
    out.key("data").hex(log.data);
    out.key("blockNumber").quantity(place.block_number);
    out.key("transactionHash").hex(place.transaction_hash.bytes);
    out.key("transactionIndex").quantity(place.transaction_index);
    out.key("blockHash").hex(place.block_hash.bytes);
    out.key("blockTimestamp").quantity(place.block_timestamp);
    out.key("logIndex").quantity(place.log_index);
    out.key("removed").boolean(place.is_removed);
    out.close_object();
}

void write_address_or_null(json::Writer& out, const std::optional<Address>& address) {
    if (address) {
        out.hex(address->bytes);
    } else {
        out.null();
    }
}

void write_outcome(json::Writer& out, const Receipt& receipt) {
    if (receipt.post_state_root) {
        out.key("root").hex(receipt.post_state_root->bytes);
    } else {
        out.key("status").quantity(receipt.succeeded ? 1U : 0U);
    }
}

}  // namespace

void write_log(json::Writer& out, const Log& log, const LogPlace& place) {
    out.open_object();
    out.key("logIndex").quantity(place.log_index);
    out.key("removed").boolean(place.is_removed);
    out.key("blockNumber").quantity(place.block_number);
    out.key("blockHash").hex(place.block_hash.bytes);
    out.key("blockTimestamp").quantity(place.block_timestamp);
    out.key("transactionHash").hex(place.transaction_hash.bytes);
    out.key("transactionIndex").quantity(place.transaction_index);
    out.key("address").hex(log.address.bytes);
    out.key("data").hex(log.data);
    write_topics(out, log);
    out.close_object();
}

void write_receipt(json::Writer& out, const ReceiptParts& parts) {
    const auto& receipt = parts.receipt.receipt;
    const auto& place = parts.place;
    LogPlace at{.log_index = parts.receipt.first_log_index,
                .block_number = place.block_number,
                .block_timestamp = place.block_timestamp,
                .transaction_index = place.index,
                .block_hash = place.block_hash,
                .transaction_hash = parts.transaction_hash,
                .is_removed = false};
    std::optional<Address> created;
    if (!parts.transaction.to) created = evm::create_address(parts.sender, parts.transaction.nonce);

    out.open_object();
    out.key("blockHash").hex(place.block_hash.bytes);
    out.key("blockNumber").quantity(place.block_number);
    out.key("contractAddress");
    write_address_or_null(out, created);
    out.key("cumulativeGasUsed").quantity(receipt.cumulative_gas_used);
    out.key("from").hex(parts.sender.bytes);
    out.key("gasUsed").quantity(parts.receipt.gas_used);
    out.key("effectiveGasPrice")
        .quantity(effective_gas_price(parts.transaction, place.base_fee_per_gas));
    out.key("logs").open_array();
    for (const auto& log : receipt.logs) {
        write_receipt_log(out, log, at);
        ++at.log_index;
    }
    out.close_array();
    out.key("logsBloom").hex(receipt.bloom.bytes);
    write_outcome(out, receipt);
    out.key("to");
    write_address_or_null(out, parts.transaction.to);
    out.key("transactionHash").hex(parts.transaction_hash.bytes);
    out.key("transactionIndex").quantity(place.index);
    if (!receipt.succeeded && !parts.receipt.revert_reason.empty())
        out.key("revertReason").hex(parts.receipt.revert_reason);
    out.key("type").quantity(static_cast<std::uint64_t>(parts.transaction.type));
    if (parts.transaction.type == TransactionType::blob) {
        out.key("blobGasUsed").quantity(blob_gas(parts.transaction));
        if (parts.blob_base_fee) out.key("blobGasPrice").quantity(*parts.blob_base_fee);
    }
    out.close_object();
}

}  // namespace meta138::rpc
