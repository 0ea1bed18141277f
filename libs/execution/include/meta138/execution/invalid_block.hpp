// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/types/transaction_error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace meta138::execution {

/// The rules that a block may break, named after what they are about.
enum class BlockRule : std::uint8_t {
    // The header, against its parent.
    parent_hash,
    number,
    timestamp,  ///< Not after the parent's.
    gas_limit,  ///< Too far from the parent's, below 5000, or above 2^63 - 1.
    gas_used_above_limit,
    extra_data_size,
    dao_extra_data,  ///< EIP-779: one of ten blocks without "dao-hard-fork".
    difficulty,
    nonce,               ///< EIP-3675: not zero.
    ommers_not_allowed,  ///< EIP-3675: ommers in a chain that has none.
    base_fee_per_gas,    ///< EIP-1559
    header_fields,       ///< A field that the fork lacks, or one missing that it has.
    excess_blob_gas,     ///< EIP-4844
    blob_gas_limit,  ///< EIP-4844: blob_gas_used above what a block may hold, or not whole blobs.

    // Ommers.
    ommer_count,   ///< More than two.
    ommer_header,  ///< Not a valid header.
    ommer_depth,   ///< Not one to six blocks old.
    ommer_is_ancestor,
    ommer_is_duplicate,  ///< In this block, or in an ancestor already.
    ommer_parent,        ///< Its parent is no ancestor, or is the block's own.

    // The body, against the header.
    block_size,  ///< EIP-7934
    transactions_root,
    ommers_hash,
    withdrawals,  ///< EIP-4895: missing, or not allowed yet.
    withdrawals_root,

    // Execution.
    sender,                   ///< Of a transaction: its signature.
    transaction,              ///< One that may not stand there.
    system_contract_missing,  ///< EIP-7002, EIP-7251: no code at its address.
    system_contract_failed,   ///< EIP-7002, EIP-7251: its call failed.
    deposit_event,            ///< EIP-6110: a deposit log of another layout.
    gas_used,
    blob_gas_used,
    receipt_root,
    bloom,
    requests_hash,
    state_root,
};

std::string_view to_string(BlockRule rule) noexcept;

/// Why a block is not valid: the rule, and what an operator asks next.
struct InvalidBlock {
    using Value = std::variant<std::monostate, std::uint64_t, uint256, Hash32>;

    BlockRule rule{};
    Value got{};
    Value expected{};
    std::optional<std::size_t> index{};  ///< Of the transaction or ommer at fault.
    std::optional<TransactionError> transaction_error{};

    friend bool operator==(const InvalidBlock&, const InvalidBlock&) = default;
};

/// "gas_used: got 21000, expected 42000"
std::string to_string(const InvalidBlock& error);

}  // namespace meta138::execution
