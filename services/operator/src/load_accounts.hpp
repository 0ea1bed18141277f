// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/operator/load_traffic.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace meta138::op {

/// An account whose key this program has.
struct LoadAccount {
    crypto::SecretKey key;
    Address address;
    std::uint64_t nonce = 0;  ///< of its next transaction
};

[[nodiscard]] LoadAccount account_of(crypto::SecretKey key);
/// Keys that follow from `seed`: secrets only as far as that is one.
[[nodiscard]] std::vector<LoadAccount> make_load_accounts(std::string_view seed, std::size_t count);
/// The first account of the mnemonic "test test ... junk", to which every development chain gives
/// money. Public.
[[nodiscard]] crypto::SecretKey development_key();

/// How transactions of a chain are paid.
struct LoadFees {
    std::uint64_t chain_id = 0;
    uint256 max_fee = {};
    uint256 tip = {};
    bool is_dynamic = false;  ///< EIP-1559; otherwise legacy, for max_fee
};

/// What one transaction does.
struct LoadAction {
    std::optional<Address> to = {};  ///< absent: a creation
    uint256 value = {};
    Bytes data = {};
    std::uint64_t gas_limit = 21'000;
};

/// The opaque form, signed, with the account's next nonce.
[[nodiscard]] Bytes sign_action(LoadAccount& account, const LoadFees& fees, LoadAction action);

/// Contracts that the actions of a scenario call.
struct LoadContracts {
    Address token = {};
    Address other_token = {};
    Address router = {};
};

/// What transaction `index` of a scenario does; it is of `accounts[index % accounts.size()]`.
[[nodiscard]] LoadAction action_of(Scenario scenario, std::size_t index,
                                   const std::vector<LoadAccount>& accounts,
                                   const LoadContracts& contracts);
/// The highest gas limit of a scenario's actions.
[[nodiscard]] std::uint64_t highest_gas_limit(Scenario scenario) noexcept;
[[nodiscard]] bool needs_token(Scenario scenario) noexcept;
[[nodiscard]] bool needs_swaps(Scenario scenario) noexcept;

}  // namespace meta138::op
