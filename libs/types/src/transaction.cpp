// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/transaction.hpp"

#include "opaque.hpp"

#include "meta138/crypto/keccak.hpp"

#include <utility>

namespace meta138 {
namespace {

using rlp::DecodeErrorKind;
using rlp::Reader;
using rlp::Writer;

AccessListEntry read_access_list_entry(Reader& in) {
    auto entry = in.list();
    return {
        .address = entry.fixed<Address>(),
        .storage_keys = entry.items(&Reader::fixed<Hash32>),
    };
}

void write_access_list(Writer& out, const AccessList& access_list) {
    out.items(access_list, [](Writer& entries, const AccessListEntry& entry) {
        entries.list([&] {
            entries.fixed(entry.address);
            entries.items(entry.storage_keys,
                          [](Writer& keys, const Hash32& key) { keys.fixed(key); });
        });
    });
}

// EIP-7702: [chain_id, address, nonce, y_parity, r, s]
Authorization read_authorization(Reader& in) {
    auto fields = in.list();
    return {
        .chain_id = fields.integer<uint256>(),
        .address = fields.fixed<Address>(),
        .nonce = fields.integer<std::uint64_t>(),
        .y_parity = fields.integer<std::uint8_t>(),
        .r = fields.integer<uint256>(),
        .s = fields.integer<uint256>(),
    };
}

void write_authorization(Writer& out, const Authorization& authorization) {
    out.list([&] {
        out.integer(authorization.chain_id);
        out.fixed(authorization.address);
        out.integer(authorization.nonce);
        out.integer(authorization.y_parity);
        out.integer(authorization.r);
        out.integer(authorization.s);
    });
}

// EIP-155: v is 27 or 28 for every chain, or 35 and 36 and twice the chain id.
void read_v(Reader& in, Transaction& transaction) {
    const auto v = in.integer<uint256>();
    if (in.failed()) return;
    if (v == uint256{27} || v == uint256{28}) {
        transaction.y_parity = static_cast<std::uint8_t>(v.low64() - 27);
        return;
    }
    const auto chain_id = (v - uint256{35}) >> 1;
    if (v < uint256{35} || !chain_id.fits_uint64()) {
        in.fail(DecodeErrorKind::invalid_value);
        return;
    }
    transaction.chain_id = chain_id.low64();
    transaction.y_parity = static_cast<std::uint8_t>((v.low64() - 35) & 1);
}

uint256 v_of(const Transaction& transaction) noexcept {
    if (!transaction.chain_id) return uint256{std::uint64_t{27} + transaction.y_parity};
    return (uint256{*transaction.chain_id} << 1) +
           uint256{std::uint64_t{35} + transaction.y_parity};
}

void read_legacy_fields(Reader& in, Transaction& transaction) {
    transaction.nonce = in.integer<std::uint64_t>();
    transaction.max_fee_per_gas = in.integer<uint256>();
    transaction.max_priority_fee_per_gas = transaction.max_fee_per_gas;
    transaction.gas_limit = in.integer<std::uint64_t>();
    transaction.to = in.optional_fixed<Address>();
    transaction.value = in.integer<uint256>();
    transaction.data = to_bytes(in.bytes());
    read_v(in, transaction);
    transaction.r = in.integer<uint256>();
    transaction.s = in.integer<uint256>();
}

void read_typed_fields(Reader& in, Transaction& transaction) {
    const auto type = transaction.type;
    transaction.chain_id = in.integer<std::uint64_t>();
    transaction.nonce = in.integer<std::uint64_t>();
    transaction.max_priority_fee_per_gas = in.integer<uint256>();
    transaction.max_fee_per_gas = type == TransactionType::access_list
                                      ? transaction.max_priority_fee_per_gas
                                      : in.integer<uint256>();
    transaction.gas_limit = in.integer<std::uint64_t>();
    transaction.to = in.optional_fixed<Address>();
    transaction.value = in.integer<uint256>();
    transaction.data = to_bytes(in.bytes());
    transaction.access_list = in.items(read_access_list_entry);
    if (type == TransactionType::blob) {
        transaction.max_fee_per_blob_gas = in.integer<uint256>();
        transaction.blob_versioned_hashes = in.items(&Reader::fixed<Hash32>);
    }
    if (type == TransactionType::set_code)
        transaction.authorization_list = in.items(read_authorization);
    transaction.y_parity = in.integer<std::uint8_t>();
    if (transaction.y_parity > 1) in.fail(DecodeErrorKind::invalid_value);
    transaction.r = in.integer<uint256>();
    transaction.s = in.integer<uint256>();
}

// Room for the fields of fixed size and the headers; what varies is added.
std::size_t payload_hint(const Transaction& transaction) noexcept {
    constexpr std::size_t fixed_part = 250;
    constexpr std::size_t access_list_entry = 22;
    constexpr std::size_t hash = 33;
    constexpr std::size_t authorization = 100;
    auto size = fixed_part + transaction.data.size() +
                transaction.blob_versioned_hashes.size() * hash +
                transaction.authorization_list.size() * authorization;
    for (const auto& entry : transaction.access_list)
        size += access_list_entry + entry.storage_keys.size() * hash;
    return size;
}

}  // namespace

void write_unsigned_fields(Writer& out, const Transaction& transaction) {
    const auto type = transaction.type;
    if (type != TransactionType::legacy) out.integer(transaction.chain_id.value_or(0));
    out.integer(transaction.nonce);
    if (type >= TransactionType::dynamic_fee) out.integer(transaction.max_priority_fee_per_gas);
    out.integer(transaction.max_fee_per_gas);
    out.integer(transaction.gas_limit);
    out.optional_fixed(transaction.to);
    out.integer(transaction.value);
    out.string(transaction.data);
    if (type == TransactionType::legacy) return;
    write_access_list(out, transaction.access_list);
    if (type == TransactionType::blob) {
        out.integer(transaction.max_fee_per_blob_gas);
        out.items(transaction.blob_versioned_hashes,
                  [](Writer& hashes, const Hash32& hash) { hashes.fixed(hash); });
    }
    if (type == TransactionType::set_code)
        out.items(transaction.authorization_list, write_authorization);
}

void write_transaction_payload(Writer& out, const Transaction& transaction) {
    out.list([&] {
        write_unsigned_fields(out, transaction);
        if (transaction.type == TransactionType::legacy)
            out.integer(v_of(transaction));
        else
            out.integer(transaction.y_parity);
        out.integer(transaction.r);
        out.integer(transaction.s);
    });
}

Transaction read_transaction_fields(Reader& in, TransactionType type) {
    Transaction transaction;
    transaction.type = type;
    if (type == TransactionType::legacy)
        read_legacy_fields(in, transaction);
    else
        read_typed_fields(in, transaction);
    return transaction;
}

std::string to_string(const TransactionDecodeError& error) {
    switch (error.kind) {
        case TransactionDecodeError::Kind::empty: return "an empty transaction";
        case TransactionDecodeError::Kind::type_not_supported:
            return "transaction type not supported";
        case TransactionDecodeError::Kind::malformed:
            return "malformed transaction: " + rlp::to_string(error.rlp);
    }
    return "unknown error";
}

std::expected<Transaction, TransactionDecodeError> decode_transaction(ByteView opaque) {
    using Error = TransactionDecodeError;
    if (opaque.empty()) return std::unexpected{Error{Error::Kind::empty, {}}};
    const bool is_legacy = opaque.front() >= 0xc0;
    const auto type = is_legacy ? std::uint8_t{0} : opaque.front();
    if (!is_legacy && (type == 0 || type > std::to_underlying(TransactionType::set_code)))
        return std::unexpected{Error{Error::Kind::type_not_supported, {}}};

    const std::size_t type_size = is_legacy ? 0 : 1;
    auto in = Reader::list(opaque.subspan(type_size));
    auto transaction = in.finish(read_transaction_fields(in, static_cast<TransactionType>(type)));
    if (!transaction) {
        auto error = transaction.error();
        error.offset += type_size;
        return std::unexpected{Error{Error::Kind::malformed, error}};
    }
    return *std::move(transaction);
}

void write_opaque_transaction(Writer& out, const Transaction& transaction) {
    if (transaction.type != TransactionType::legacy) out.raw(std::to_underlying(transaction.type));
    write_transaction_payload(out, transaction);
}

Bytes encode_transaction(const Transaction& transaction) {
    Writer out;
    out.reserve(payload_hint(transaction));
    write_opaque_transaction(out, transaction);
    return out.take();
}

Transaction read_transaction(Reader& in) {
    if (!in.is_string()) {
        auto fields = in.list();
        return read_transaction_fields(fields, TransactionType::legacy);
    }
    const auto opaque = in.bytes();
    if (in.failed()) return {};
    // A list in a string would be a legacy transaction in a second spelling.
    if (opaque.empty() || opaque.front() >= 0xc0) {
        in.fail(DecodeErrorKind::invalid_value);
        return {};
    }
    auto transaction = decode_transaction(opaque);
    if (!transaction) {
        in.fail(transaction.error().kind == TransactionDecodeError::Kind::malformed
                    ? transaction.error().rlp.kind
                    : DecodeErrorKind::invalid_value);
        return {};
    }
    return *std::move(transaction);
}

void write_transaction(Writer& out, const Transaction& transaction) {
    if (transaction.type == TransactionType::legacy)
        write_transaction_payload(out, transaction);
    else
        out.string(encode_transaction(transaction));
}

Hash32 transaction_hash(const Transaction& transaction) {
    return crypto::keccak256(encode_transaction(transaction));
}

}  // namespace meta138
