// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/codec/json/reader.hpp"
#include "meta138/evm/precompiles.hpp"
#include "meta138/execution/simulate_call.hpp"
#include "meta138/rpc/error.hpp"
#include "meta138/rpc/parameters.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/fork.hpp"
#include "meta138/types/transaction.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace meta138::rpc {

/// A transaction that nobody has signed, as eth_call and its kin take it (Besu CallParameter).
struct CallObject {
    std::optional<Address> from;
    std::optional<Address> to;
    std::optional<std::uint64_t> gas;
    std::optional<uint256> gas_price;
    std::optional<uint256> max_fee_per_gas;
    std::optional<uint256> max_priority_fee_per_gas;
    std::optional<uint256> max_fee_per_blob_gas;
    std::optional<uint256> value;
    std::optional<std::uint64_t> nonce;
    std::optional<std::uint64_t> chain_id;
    Bytes data;
    std::optional<AccessList> access_list;
    std::optional<std::vector<Hash32>> blob_versioned_hashes;
    std::vector<Authorization> authorization_list;
    /// Besu: who gives each of them; absent: who has signed it.
    std::vector<std::optional<Address>> authorities;
    std::optional<bool> strict;  ///< Besu: whether the sender must be able to pay.

    [[nodiscard]] Address sender() const { return from.value_or(Address{}); }
    [[nodiscard]] bool has_price() const noexcept {
        return gas_price || max_fee_per_gas || max_priority_fee_per_gas;
    }
};

template <>
struct Parameter<CallObject> {
    static RpcResult<CallObject> decode(json::Value value);
};

/// An account that a call is to see otherwise than it is, and where its precompile goes.
struct StateOverride {
    Address address;
    execution::AccountOverride account;
    std::optional<Address> move_precompile_to;
};

struct StateOverrides {
    std::vector<StateOverride> accounts;
};

template <>
struct Parameter<StateOverrides> {
    /// At most this many accounts, and slots of all of them together.
    static constexpr std::size_t max_accounts = 10'000;
    static constexpr std::size_t max_slots = 1'000'000;

    static RpcResult<StateOverrides> decode(json::Value value);
};

/// What a call is to see otherwise than its block says.
struct BlockOverrides {
    std::optional<std::uint64_t> number;
    std::optional<std::uint64_t> time;
    std::optional<std::uint64_t> gas_limit;
    std::optional<Address> fee_recipient;
    std::optional<Hash32> prev_randao;
    std::optional<uint256> base_fee_per_gas;
    std::optional<uint256> blob_base_fee;
    std::optional<uint256> difficulty;
    std::optional<Hash32> hash;
    std::optional<Hash32> state_root;
    std::optional<Bytes> extra_data;
    std::optional<Hash32> parent_beacon_block_root;
    std::optional<std::vector<Withdrawal>> withdrawals;
};

template <>
struct Parameter<BlockOverrides> {
    static RpcResult<BlockOverrides> decode(json::Value value);
};

/// Prices of a call in place of those that it leaves open.
struct CallPrices {
    uint256 gas_price;
    uint256 max_fee_per_gas;
    uint256 max_priority_fee_per_gas;
    uint256 max_fee_per_blob_gas;
};

/// The transaction that the call stands for, of the type that its fields ask for in a block with or
/// without a base fee (Besu TransactionSimulator). Its nonce and gas limit are as given, or 0.
[[nodiscard]] Transaction to_transaction(const CallObject& call, const CallPrices& prices,
                                         bool has_base_fee, std::uint64_t chain_id);

/// Hexadecimal digits with or without "0x".
[[nodiscard]] std::optional<Bytes> lenient_bytes_of(json::Value value);
[[nodiscard]] std::optional<Address> lenient_address_of(std::string_view text);

}  // namespace meta138::rpc
