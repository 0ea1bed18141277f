// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/try.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/signer/transaction_request.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <fmt/format.h>

#include <limits>
#include <string_view>
#include <utility>

namespace meta138::signer {
namespace {

std::unexpected<TransactionRequestError> fail(std::string_view where, std::string reason) {
    return std::unexpected{
        TransactionRequestError{.where = std::string{where}, .reason = std::move(reason)}};
}

TransactionType type_of(const TransactionRequest& request) {
    if (request.type) return *request.type;
    if (request.authorization_list) return TransactionType::set_code;
    if (request.max_fee_per_gas || request.max_priority_fee_per_gas)
        return TransactionType::dynamic_fee;
    return request.access_list ? TransactionType::access_list : TransactionType::legacy;
}

// Members that a transaction of this type has no place for would be dropped without a word.
std::expected<void, TransactionRequestError> check_members(const TransactionRequest& request,
                                                           TransactionType type) {
    const bool has_fees = type == TransactionType::dynamic_fee || type == TransactionType::set_code;
    if (!has_fees && request.max_fee_per_gas)
        return fail("maxFeePerGas", "not part of a transaction of this type");
    if (!has_fees && request.max_priority_fee_per_gas)
        return fail("maxPriorityFeePerGas", "not part of a transaction of this type");
    if (has_fees && request.gas_price)
        return fail("gasPrice", "given together with the fees of EIP-1559");
    if (has_fees && !request.max_fee_per_gas)
        return fail("maxFeePerGas", "missing from a transaction with the fees of EIP-1559");
    if (has_fees && !request.max_priority_fee_per_gas)
        return fail("maxPriorityFeePerGas", "missing from a transaction with the fees of EIP-1559");
    if (has_fees && *request.max_priority_fee_per_gas > *request.max_fee_per_gas)
        return fail("maxPriorityFeePerGas", "above maxFeePerGas");
    if (type == TransactionType::legacy && request.access_list && !request.access_list->empty())
        return fail("accessList", "not part of a transaction of this type");
    if (type != TransactionType::set_code && request.authorization_list)
        return fail("authorizationList", "not part of a transaction of this type");
    if (type != TransactionType::set_code) return {};
    if (!request.authorization_list || request.authorization_list->empty())
        return fail("authorizationList", "empty");
    if (!request.to) return fail("to", "missing: EIP-7702 has no contract creation");
    return {};
}

bool is_signature_of(const crypto::Signature& signature, const Hash32& hash, const Signer& signer) {
    return crypto::recover_public_key(hash, signature.r, signature.s, signature.y_parity) ==
               signer.public_key() &&
           to_uint256(signature.s) <= crypto::SECP256K1N_HALF;
}

}  // namespace

std::expected<Transaction, TransactionRequestError> build_transaction(
    const TransactionRequest& request, std::uint64_t chain_id, std::uint64_t nonce,
    const TransactionDefaults& defaults) {
    if (request.chain_id && *request.chain_id != chain_id)
        return fail("chainId",
                    fmt::format("{}, but this goes to chain {}", *request.chain_id, chain_id));
    // EIP-2681
    if (nonce == std::numeric_limits<std::uint64_t>::max()) return fail("nonce", "above 2^64 - 2");
    const auto type = type_of(request);
    TRY(check_members(request, type));
    Transaction transaction;
    transaction.type = type;
    transaction.chain_id = chain_id;
    transaction.nonce = nonce;
    if (request.max_fee_per_gas) {
        transaction.max_fee_per_gas = *request.max_fee_per_gas;
        transaction.max_priority_fee_per_gas = *request.max_priority_fee_per_gas;
    } else {
        transaction.max_fee_per_gas = request.gas_price.value_or(defaults.gas_price);
        transaction.max_priority_fee_per_gas = transaction.max_fee_per_gas;
    }
    transaction.gas_limit = request.gas.value_or(defaults.gas);
    transaction.to = request.to;
    transaction.value = request.value;
    transaction.data = request.data;
    if (type != TransactionType::legacy)
        transaction.access_list = request.access_list.value_or(AccessList{});
    if (request.authorization_list) transaction.authorization_list = *request.authorization_list;
    return transaction;
}

Transaction filler_transaction(const Address& account, std::uint64_t chain_id, std::uint64_t nonce,
                               const uint256& gas_price) {
    constexpr std::uint64_t plain_transfer_gas = 21'000;
    Transaction transaction;
    transaction.chain_id = chain_id;
    transaction.nonce = nonce;
    transaction.max_fee_per_gas = gas_price;
    transaction.max_priority_fee_per_gas = gas_price;
    transaction.gas_limit = plain_transfer_gas;
    transaction.to = account;
    return transaction;
}

std::expected<SignedTransaction, SignError> sign_transaction(Transaction transaction,
                                                             const Signer& signer) {
    const auto digest = signing_hash(transaction);
    TRY_LET(const auto signature, signer.sign(digest));
    // A device that returns a wrong parity or a high s would otherwise send from another account.
    if (!is_signature_of(signature, digest, signer))
        return std::unexpected{SignError{.kind = SignError::Kind::refused,
                                         .reason = "the key's device returned a signature that is "
                                                   "not of this key"}};
    transaction.y_parity = signature.y_parity;
    transaction.r = to_uint256(signature.r);
    transaction.s = to_uint256(signature.s);
    SignedTransaction result{.raw = encode_transaction(transaction), .hash = {}};
    result.hash = crypto::keccak256(result.raw);
    return result;
}

}  // namespace meta138::signer
