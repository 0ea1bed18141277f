// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/transaction_signature.hpp"

#include "opaque.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/crypto/keccak.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace meta138 {
namespace {

using namespace literals;

// SEC 2 section 2.4.1: the order of the group.
constexpr auto SECP256K1N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_u256;
constexpr auto SECP256K1N_DIV_2 = SECP256K1N >> 1;

// EIP-7702
constexpr std::uint8_t SET_CODE_TX_MAGIC = 0x05;

bool is_valid_signature(const uint256& r, const uint256& s, const uint256& max_s) noexcept {
    return !r.is_zero() && r < SECP256K1N && !s.is_zero() && s <= max_s;
}

// The rules of `fork` on the values of a signature.
bool may_recover(const Transaction& transaction, Fork fork) noexcept {
    const bool is_protected =
        transaction.type == TransactionType::legacy && transaction.chain_id.has_value();
    if (is_protected && fork < Fork::spurious_dragon) return false;
    const auto max_s = fork >= Fork::homestead ? SECP256K1N_DIV_2 : SECP256K1N - 1;
    return transaction.y_parity <= 1 && is_valid_signature(transaction.r, transaction.s, max_s);
}

crypto::SignedHash signed_hash(const Transaction& transaction) {
    return {signing_hash(transaction),
            {to_hash32(transaction.r), to_hash32(transaction.s), transaction.y_parity}};
}

// Whole vectors for crypto::recover_addresses, and room on the stack.
constexpr std::size_t batch_size = 16;

void write_legacy_signing_payload(rlp::Writer& out, const Transaction& transaction) {
    out.list([&] {
        write_unsigned_fields(out, transaction);
        if (transaction.chain_id) out.integer(*transaction.chain_id).integer(0).integer(0);
    });
}

template <typename Signed>
void set_signature(Signed& value, const crypto::Signature& signature) {
    value.y_parity = signature.y_parity;
    value.r = to_uint256(signature.r);
    value.s = to_uint256(signature.s);
}

}  // namespace

Hash32 signing_hash(const Transaction& transaction) {
    rlp::Writer out;
    out.reserve(256 + transaction.data.size());
    if (transaction.type == TransactionType::legacy) {
        write_legacy_signing_payload(out, transaction);
    } else {
        out.raw(std::to_underlying(transaction.type));
        out.list([&] { write_unsigned_fields(out, transaction); });
    }
    return crypto::keccak256(out.view());
}

std::expected<Address, TransactionError> recover_sender(const Transaction& transaction, Fork fork) {
    if (!may_recover(transaction, fork))
        return std::unexpected{TransactionError::invalid_signature_vrs};
    const auto [hash, signature] = signed_hash(transaction);
    const auto sender = crypto::recover_address(hash, signature);
    if (!sender) return std::unexpected{TransactionError::ec_recovery_failed};
    return *sender;
}

void recover_senders(std::span<const Transaction> transactions, Fork fork,
                     std::span<std::expected<Address, TransactionError>> out) {
    META138_ASSERT(transactions.size() == out.size());
    std::array<crypto::SignedHash, batch_size> inputs;
    std::array<std::optional<Address>, batch_size> senders;
    for (std::size_t begin = 0; begin < transactions.size(); begin += batch_size) {
        const auto size = std::min(batch_size, transactions.size() - begin);
        // A transaction that fails before its recovery leaves zeros, which do not recover.
        for (std::size_t i = 0; i < size; ++i) {
            const auto& transaction = transactions[begin + i];
            inputs[i] =
                may_recover(transaction, fork) ? signed_hash(transaction) : crypto::SignedHash{};
        }
        crypto::recover_addresses({inputs.data(), size}, {senders.data(), size});
        for (std::size_t i = 0; i < size; ++i) {
            auto& result = out[begin + i];
            if (senders[i])
                result = *senders[i];
            else if (inputs[i].signature.r.is_zero())
                result = std::unexpected{TransactionError::invalid_signature_vrs};
            else
                result = std::unexpected{TransactionError::ec_recovery_failed};
        }
    }
}

void sign_transaction(Transaction& transaction, const crypto::SecretKey& secret) {
    set_signature(transaction, crypto::sign(signing_hash(transaction), secret));
}

Hash32 signing_hash(const Authorization& authorization) {
    rlp::Writer out;
    out.raw(SET_CODE_TX_MAGIC);
    out.list([&] {
        out.integer(authorization.chain_id);
        out.fixed(authorization.address);
        out.integer(authorization.nonce);
    });
    return crypto::keccak256(out.view());
}

std::optional<Address> recover_authority(const Authorization& authorization) {
    if (authorization.y_parity > 1 ||
        !is_valid_signature(authorization.r, authorization.s, SECP256K1N_DIV_2))
        return std::nullopt;
    return crypto::recover_address(signing_hash(authorization), to_hash32(authorization.r),
                                   to_hash32(authorization.s),
                                   static_cast<std::uint8_t>(authorization.y_parity.low64()));
}

void sign_authorization(Authorization& authorization, const crypto::SecretKey& secret) {
    set_signature(authorization, crypto::sign(signing_hash(authorization), secret));
}

}  // namespace meta138
