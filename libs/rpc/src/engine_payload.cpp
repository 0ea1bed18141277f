// SPDX-License-Identifier: Apache-2.0
#include "engine_payload.hpp"

#include "engine_errors.hpp"

#include "meta138/rpc/parameters.hpp"
#include "meta138/types/account.hpp"
#include "meta138/types/requests.hpp"

#include <algorithm>

namespace meta138::rpc {

namespace {

constexpr std::size_t max_withdrawals = 1024;  // EIP-4895 has 16 a block
constexpr std::size_t max_transactions = 1U << 20U;

// Reads members of an object and remembers whether all were there and well-formed.
class Fields {
public:
    explicit Fields(json::Value object) : object_{object} {}

    std::uint64_t integer(std::string_view name) { return take(integer_of(object_.find(name))); }
    uint256 number(std::string_view name) { return take(uint256_of(object_.find(name))); }
    Hash32 hash(std::string_view name) { return take(hash_of(object_.find(name))); }
    Address address(std::string_view name) { return take(address_of(object_.find(name))); }
    Bytes bytes(std::string_view name) { return take(bytes_of(object_.find(name))); }
    std::optional<std::uint64_t> optional_integer(std::string_view name) {
        const auto value = object_.find(name);
        if (value.is_missing()) return std::nullopt;
        return take(integer_of(value));
    }

    [[nodiscard]] bool ok() const noexcept { return ok_; }

private:
    template <typename T>
    T take(std::optional<T> value) {
        if (!value) {
            ok_ = false;
            return T{};
        }
        return *std::move(value);
    }

    json::Value object_;
    bool ok_ = true;
};

bool read_transactions(json::Value list, Payload& payload) {
    if (!list.is_array() || list.size() > max_transactions) return false;
    payload.block.transactions.reserve(list.size());
    for (const auto element : list.elements()) {
        const auto opaque = bytes_of(element);
        const auto transaction = opaque ? decode_transaction(*opaque)
                                        : std::expected<Transaction, TransactionDecodeError>{
                                              std::unexpected{TransactionDecodeError{}}};
        if (!transaction) {
            payload.fault = "Failed to decode transactions from block parameter";
            return true;
        }
        payload.block.transactions.push_back(*transaction);
    }
    return true;
}

void write_blobs_bundle(json::Writer& out, std::span<const txpool::SharedTransaction> blobs) {
    const auto write_all = [&](std::string_view name, auto BlobSidecar::* member) {
        out.key(name).open_array();
        for (const auto& transaction : blobs)
            for (const auto& item : (*transaction->sidecar).*member) out.hex(ByteView{item});
        out.close_array();
    };
    out.open_object();
    write_all("commitments", &BlobSidecar::commitments);
    write_all("proofs", &BlobSidecar::proofs);
    write_all("blobs", &BlobSidecar::blobs);
    out.close_object();
}

// EIP-7685: without those that hold no data.
void write_requests(json::Writer& out, std::span<const Bytes> requests) {
    out.open_array();
    for (const auto& request : requests)
        if (request.size() > 1) out.hex(request);
    out.close_array();
}

}  // namespace

std::optional<std::vector<Withdrawal>> read_withdrawals(json::Value value) {
    if (!value.is_array() || value.size() > max_withdrawals) return std::nullopt;
    std::vector<Withdrawal> withdrawals;
    for (const auto element : value.elements()) {
        Fields fields{element};
        withdrawals.push_back({.index = fields.integer("index"),
                               .validator_index = fields.integer("validatorIndex"),
                               .address = fields.address("address"),
                               .amount = fields.integer("amount")});
        if (!fields.ok()) return std::nullopt;
    }
    return withdrawals;
}

RpcResult<PayloadAttributes> read_payload_attributes(json::Value value) {
    if (!value.is_object()) return fail(error::invalid_payload_attributes_params);
    Fields fields{value};
    PayloadAttributes attributes{.timestamp = fields.integer("timestamp"),
                                 .prev_randao = fields.hash("prevRandao"),
                                 .suggested_fee_recipient = fields.address("suggestedFeeRecipient"),
                                 .withdrawals = {},
                                 .parent_beacon_block_root = {}};
    if (const auto list = value.find("withdrawals"); !list.is_missing()) {
        attributes.withdrawals = read_withdrawals(list);
        if (!attributes.withdrawals) return fail(error::invalid_payload_attributes_params);
    }
    if (const auto root = value.find("parentBeaconBlockRoot"); !root.is_missing())
        attributes.parent_beacon_block_root = fields.hash("parentBeaconBlockRoot");
    if (!fields.ok()) return fail(error::invalid_payload_attributes_params);
    return attributes;
}

RpcResult<Payload> read_payload(json::Value value, const PayloadCompanions& companions) {
    if (!value.is_object()) return fail(error::invalid_engine_payload_params);
    Fields fields{value};
    Payload payload;
    auto& header = payload.block.header;
    header.parent_hash = fields.hash("parentHash");
    header.ommers_hash = EMPTY_OMMERS_HASH;
    header.coinbase = fields.address("feeRecipient");
    header.state_root = fields.hash("stateRoot");
    header.receipt_root = fields.hash("receiptsRoot");
    header.prev_randao = fields.hash("prevRandao");
    header.number = fields.integer("blockNumber");
    header.gas_limit = fields.integer("gasLimit");
    header.gas_used = fields.integer("gasUsed");
    header.timestamp = fields.integer("timestamp");
    header.extra_data = fields.bytes("extraData");
    header.base_fee_per_gas = fields.number("baseFeePerGas");
    payload.claimed_hash = fields.hash("blockHash");
    const auto bloom = fields.bytes("logsBloom");
    if (bloom.size() != header.bloom.bytes.size() || !fields.ok() ||
        !read_transactions(value.find("transactions"), payload))
        return fail(error::invalid_engine_payload_params);
    std::ranges::copy(bloom, header.bloom.bytes.begin());
    header.transactions_root = transactions_root(payload.block.transactions);

    if (const auto list = value.find("withdrawals"); !list.is_missing()) {
        payload.block.withdrawals = read_withdrawals(list);
        if (!payload.block.withdrawals) return fail(error::invalid_withdrawals_params);
        header.withdrawals_root = withdrawals_root(*payload.block.withdrawals);
    }
    header.blob_gas_used = fields.optional_integer("blobGasUsed");
    header.excess_blob_gas = fields.optional_integer("excessBlobGas");
    if (!fields.ok()) return fail(error::invalid_engine_payload_params);
    header.parent_beacon_block_root = companions.parent_beacon_block_root;
    if (companions.execution_requests)
        header.requests_hash = requests_hash(*companions.execution_requests);
    return payload;
}

void write_withdrawals(json::Writer& out, std::span<const Withdrawal> withdrawals) {
    out.open_array();
    for (const auto& withdrawal : withdrawals) {
        out.open_object();
        out.key("index").quantity(withdrawal.index);
        out.key("validatorIndex").quantity(withdrawal.validator_index);
        out.key("address").hex(withdrawal.address.bytes);
        out.key("amount").quantity(withdrawal.amount);
        out.close_object();
    }
    out.close_array();
}

void write_raw_transactions(json::Writer& out, std::span<const Transaction> transactions) {
    out.open_array();
    for (const auto& transaction : transactions) out.hex(encode_transaction(transaction));
    out.close_array();
}

void write_payload(json::Writer& out, const Block& block, const Hash32& hash) {
    const auto& header = block.header;
    out.open_object();
    out.key("parentHash").hex(header.parent_hash.bytes);
    out.key("feeRecipient").hex(header.coinbase.bytes);
    out.key("stateRoot").hex(header.state_root.bytes);
    out.key("receiptsRoot").hex(header.receipt_root.bytes);
    out.key("logsBloom").hex(header.bloom.bytes);
    out.key("prevRandao").hex(header.prev_randao.bytes);
    out.key("blockNumber").quantity(header.number);
    out.key("gasLimit").quantity(header.gas_limit);
    out.key("gasUsed").quantity(header.gas_used);
    out.key("timestamp").quantity(header.timestamp);
    out.key("extraData").hex(header.extra_data);
    out.key("baseFeePerGas").quantity(header.base_fee_per_gas.value_or(uint256{}));
    out.key("blockHash").hex(hash.bytes);
    out.key("transactions");
    write_raw_transactions(out, block.transactions);
    if (block.withdrawals) {
        out.key("withdrawals");
        write_withdrawals(out, *block.withdrawals);
    }
    if (header.blob_gas_used) out.key("blobGasUsed").quantity(*header.blob_gas_used);
    if (header.excess_blob_gas) out.key("excessBlobGas").quantity(*header.excess_blob_gas);
    out.close_object();
}

uint256 block_value(const blockchain::ExecutedBlock& executed) {
    const auto base_fee = executed.block.header.base_fee_per_gas.value_or(uint256{});
    uint256 value;
    std::uint64_t gas_before = 0;
    for (std::size_t i = 0; i < executed.receipts.size(); ++i) {
        const auto& transaction = executed.block.transactions[i];
        const auto gas = executed.receipts[i].cumulative_gas_used - gas_before;
        gas_before = executed.receipts[i].cumulative_gas_used;
        const auto most = transaction.max_fee_per_gas - base_fee;
        value += std::min(transaction.max_priority_fee_per_gas, most) * uint256{gas};
    }
    return value;
}

void write_built_payload(json::Writer& out, const blockchain::ExecutedBlock& built,
                         std::span<const txpool::SharedTransaction> blobs, unsigned version) {
    if (version == 1) {
        write_payload(out, built.block, built.hash);
        return;
    }
    out.open_object();
    out.key("executionPayload");
    write_payload(out, built.block, built.hash);
    out.key("blockValue").quantity(block_value(built));
    if (version >= 3) {
        out.key("blobsBundle");
        write_blobs_bundle(out, blobs);
        out.key("shouldOverrideBuilder").boolean(false);
    }
    if (version >= 4) {
        out.key("executionRequests");
        write_requests(out, built.requests);
    }
    out.close_object();
}

}  // namespace meta138::rpc
