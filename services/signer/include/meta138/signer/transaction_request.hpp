// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/codec/json/reader.hpp"
#include "meta138/signer/signer.hpp"
#include "meta138/types/transaction.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

namespace meta138::signer {

/// The object of eth_sendTransaction and eth_signTransaction.
struct TransactionRequest {
    Address from;
    std::optional<Address> to;
    std::optional<std::uint64_t> nonce;
    std::optional<std::uint64_t> chain_id;
    std::optional<std::uint64_t> gas;
    std::optional<uint256> gas_price;
    std::optional<uint256> max_fee_per_gas;
    std::optional<uint256> max_priority_fee_per_gas;
    uint256 value;
    Bytes data;
    std::optional<AccessList> access_list;
    std::optional<std::vector<Authorization>> authorization_list;
    std::optional<TransactionType> type;
    /// The caller's name for what it wants: asked again under the same name, nothing is sent a
    /// second time. Empty: none.
    std::string idempotency_key;
};

/// What is wrong with which member: "gas: not a quantity".
struct TransactionRequestError {
    std::string where;  ///< Empty for the object as a whole.
    std::string reason;

    friend bool operator==(const TransactionRequestError&,
                           const TransactionRequestError&) = default;
};
std::string to_string(const TransactionRequestError& error);

inline constexpr std::size_t max_transaction_data_size = std::size_t{128} << 10;
inline constexpr std::size_t max_access_list_entries = 4096;  ///< And as many keys in each.
inline constexpr std::size_t max_authorizations = 256;

/// Reads Web3Signer's members, `gasLimit` as another name of `gas`, `chainId`, `type`, `accessList`
/// `authorizationList` and `idempotencyKey`. Numbers are strict quantities. Refused: `data` and
/// `input` that differ, blobs, and what asks for a private transaction (which this would make
/// public). Other members are ignored, as Web3Signer does.
[[nodiscard]] std::expected<TransactionRequest, TransactionRequestError> decode_transaction_request(
    json::Value object);

/// What a request that leaves it out gets; Web3Signer's values.
struct TransactionDefaults {
    std::uint64_t gas = 90'000;
    uint256 gas_price = 0;
};

/// The transaction that the request asks for, without a signature. Its type is `type`, else follows
/// from what is given: authorizationList 4, a 1559 fee 2, accessList 1, else legacy with EIP-155.
/// Refused: another `chainId` than `chain_id`, members that contradict each other or the type, a
/// creation with an authorization list, 1559 with one fee of the two.
[[nodiscard]] std::expected<Transaction, TransactionRequestError> build_transaction(
    const TransactionRequest& request, std::uint64_t chain_id, std::uint64_t nonce,
    const TransactionDefaults& defaults = {});

/// A self-transfer of nothing: what takes a nonce that nothing else can take.
[[nodiscard]] Transaction filler_transaction(const Address& account, std::uint64_t chain_id,
                                             std::uint64_t nonce, const uint256& gas_price);

struct SignedTransaction {
    Bytes raw;  ///< The opaque form (EIP-2718), for eth_sendRawTransaction.
    Hash32 hash;
};

/// Signs, and checks that the signature is of this key.
[[nodiscard]] std::expected<SignedTransaction, SignError> sign_transaction(Transaction transaction,
                                                                           const Signer& signer);

}  // namespace meta138::signer
