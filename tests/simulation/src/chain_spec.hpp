// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "scenario.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/blockchain/block_builder.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/qbft/config.hpp"
#include "meta138/types/genesis.hpp"
#include "meta138/types/transaction.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace meta138::simulation {

/// Of node number `index`; ascending by address. Every run has the same, so that making them does
/// not take its time.
struct Identity {
    crypto::SecretKey key;
    Address address;
};
inline constexpr std::size_t max_identities = 48;
[[nodiscard]] std::span<const Identity> identities();
[[nodiscard]] const Identity& identity(std::size_t index);

/// True time at the start of a run: a Tuesday in 2023.
inline constexpr Time start_of_time = std::chrono::seconds{1'700'000'000};

/// The genesis file of a scenario: its first `validators` identities decide.
[[nodiscard]] std::string genesis_text(const Scenario& scenario);

/// A free transaction of one of a few rich accounts.
using Candidate = blockchain::TransactionSource::Candidate;
inline constexpr std::size_t senders = 4;
[[nodiscard]] Candidate make_transfer(std::size_t sender, std::uint64_t nonce);
/// Makes these the contract's validators.
[[nodiscard]] Candidate make_contract_change(std::uint64_t nonce,
                                             std::span<const Address> validators);
/// Who sends contract changes.
inline constexpr std::size_t contract_owner = 0;

}  // namespace meta138::simulation
