// SPDX-License-Identifier: Apache-2.0
#include "transaction_json.hpp"

#include "meta138/crypto/secp256k1.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <algorithm>

namespace meta138::rpc {

namespace {

bool has_access_list(TransactionType type) {
    return type != TransactionType::legacy;
}

bool has_fee_cap(TransactionType type) {
    return type >= TransactionType::dynamic_fee;
}

void write_access_list(json::Writer& out, const AccessList& list) {
    out.key("accessList").open_array();
    for (const auto& entry : list) {
        out.open_object();
        out.key("address").hex(entry.address.bytes);
        out.key("storageKeys").open_array();
        for (const auto& key : entry.storage_keys) out.hex(key.bytes);
        out.close_array();
        out.close_object();
    }
    out.close_array();
}

void write_authorizations(json::Writer& out, const std::vector<Authorization>& list) {
    out.key("authorizationList").open_array();
    for (const auto& authorization : list) {
        out.open_object();
        out.key("chainId").quantity(authorization.chain_id);
        out.key("address").hex(authorization.address.bytes);
        out.key("nonce").quantity(authorization.nonce);
        out.key("yParity").quantity(authorization.y_parity);
        out.key("r").quantity(authorization.r);
        out.key("s").quantity(authorization.s);
        out.close_object();
    }
    out.close_array();
}

void write_lists(json::Writer& out, const Transaction& transaction) {
    if (has_access_list(transaction.type)) write_access_list(out, transaction.access_list);
    if (transaction.type == TransactionType::set_code)
        write_authorizations(out, transaction.authorization_list);
}

void write_fee_caps(json::Writer& out, const Transaction& transaction) {
    if (has_fee_cap(transaction.type)) {
        out.key("maxPriorityFeePerGas").quantity(transaction.max_priority_fee_per_gas);
        out.key("maxFeePerGas").quantity(transaction.max_fee_per_gas);
    }
    if (transaction.type == TransactionType::blob)
        out.key("maxFeePerBlobGas").quantity(transaction.max_fee_per_blob_gas);
}

void write_to(json::Writer& out, const Transaction& transaction) {
    out.key("to");
    if (transaction.to) {
        out.hex(transaction.to->bytes);
    } else {
        out.null();
    }
}

void write_signature(json::Writer& out, const Transaction& transaction) {
    if (has_access_list(transaction.type)) out.key("yParity").quantity(transaction.y_parity);
    out.key("v").quantity(signature_v(transaction));
    out.key("r").quantity(transaction.r);
    out.key("s").quantity(transaction.s);
    if (transaction.type == TransactionType::blob) {
        out.key("blobVersionedHashes").open_array();
        for (const auto& hash : transaction.blob_versioned_hashes) out.hex(hash.bytes);
        out.close_array();
    }
}

void write_type(json::Writer& out, const Transaction& transaction) {
    out.key("type").quantity(static_cast<std::uint64_t>(transaction.type));
}

void write_public_key(json::Writer& out, const Transaction& transaction) {
    const auto key = crypto::recover_public_key(signing_hash(transaction), to_hash32(transaction.r),
                                                to_hash32(transaction.s), transaction.y_parity);
    if (key) out.key("publicKey").hex(*key);
}

}  // namespace

uint256 effective_gas_price(const Transaction& transaction,
                            const std::optional<uint256>& base_fee_per_gas) {
    if (!base_fee_per_gas || !has_fee_cap(transaction.type)) return transaction.max_fee_per_gas;
    const auto wanted = checked_add(*base_fee_per_gas, transaction.max_priority_fee_per_gas);
    return wanted ? std::min(*wanted, transaction.max_fee_per_gas) : transaction.max_fee_per_gas;
}

uint256 signature_v(const Transaction& transaction) {
    if (transaction.type != TransactionType::legacy) return transaction.y_parity;
    if (!transaction.chain_id) return uint256{27} + transaction.y_parity;
    return uint256{*transaction.chain_id} * 2 + 35 + transaction.y_parity;
}

void write_transaction(json::Writer& out, const Transaction& transaction, const Hash32& hash,
                       const Address& sender, const TransactionPlace& place) {
    out.open_object();
    write_lists(out, transaction);
    out.key("blockHash").hex(place.block_hash.bytes);
    out.key("blockNumber").quantity(place.block_number);
    out.key("blockTimestamp").quantity(place.block_timestamp);
    if (transaction.chain_id) out.key("chainId").quantity(*transaction.chain_id);
    out.key("from").hex(sender.bytes);
    out.key("gas").quantity(transaction.gas_limit);
    out.key("gasPrice").quantity(effective_gas_price(transaction, place.base_fee_per_gas));
    write_fee_caps(out, transaction);
    out.key("hash").hex(hash.bytes);
    out.key("input").hex(transaction.data);
    out.key("nonce").quantity(transaction.nonce);
    write_to(out, transaction);
    out.key("transactionIndex").quantity(place.index);
    write_type(out, transaction);
    out.key("value").quantity(transaction.value);
    write_signature(out, transaction);
    out.close_object();
}

void write_pending_transaction(json::Writer& out, const Transaction& transaction,
                               const Hash32& hash, const Address& sender) {
    out.open_object();
    write_lists(out, transaction);
    out.key("blockHash").null();
    out.key("blockNumber").null();
    if (transaction.chain_id) out.key("chainId").quantity(*transaction.chain_id);
    out.key("from").hex(sender.bytes);
    out.key("gas").quantity(transaction.gas_limit);
    out.key("gasPrice").quantity(transaction.max_fee_per_gas);
    write_fee_caps(out, transaction);
    out.key("hash").hex(hash.bytes);
    out.key("input").hex(transaction.data);
    out.key("nonce").quantity(transaction.nonce);
    write_public_key(out, transaction);
    out.key("raw").hex(encode_transaction(transaction));
    write_to(out, transaction);
    out.key("transactionIndex").null();
    write_type(out, transaction);
    out.key("value").quantity(transaction.value);
    write_signature(out, transaction);
    out.close_object();
}

void write_pool_transaction(json::Writer& out, const Transaction& transaction, const Hash32& hash,
                            const Address& sender) {
    out.open_object();
    write_lists(out, transaction);
    out.key("blockHash").null();
    out.key("blockNumber").null();
    out.key("blockTimestamp").null();
    if (transaction.chain_id) out.key("chainId").quantity(*transaction.chain_id);
    out.key("from").hex(sender.bytes);
    out.key("gas").quantity(transaction.gas_limit);
    out.key("gasPrice").quantity(transaction.max_fee_per_gas);
    write_fee_caps(out, transaction);
    out.key("hash").hex(hash.bytes);
    out.key("input").hex(transaction.data);
    out.key("nonce").quantity(transaction.nonce);
    write_to(out, transaction);
    out.key("transactionIndex").null();
    write_type(out, transaction);
    out.key("value").quantity(transaction.value);
    write_signature(out, transaction);
    out.close_object();
}

void write_pending_notification(json::Writer& out, const Transaction& transaction,
                                const Hash32& hash, const Address& sender) {
    out.open_object();
    out.key("from").hex(sender.bytes);
    out.key("gas").quantity(transaction.gas_limit);
    out.key("gasPrice").quantity(transaction.max_fee_per_gas);
    write_fee_caps(out, transaction);
    out.key("hash").hex(hash.bytes);
    out.key("input").hex(transaction.data);
    out.key("nonce").quantity(transaction.nonce);
    write_to(out, transaction);
    write_type(out, transaction);
    out.key("value").quantity(transaction.value);
    write_signature(out, transaction);
    out.close_object();
}

}  // namespace meta138::rpc
