// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/evm/evm.hpp"
#include "meta138/types/fork.hpp"
#include "meta138/types/fork_schedule.hpp"
#include "meta138/types/intrinsic_gas.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace meta138::execution {

inline constexpr std::uint64_t INITIAL_BASE_FEE = 1'000'000'000;  ///< EIP-1559, in wei

/// Who seals blocks decides what their difficulty, nonce and ommers may be.
enum class Consensus : std::uint8_t {
    proof_of_work,     ///< The difficulty by the formula of the fork; ommers.
    proof_of_stake,    ///< EIP-3675: difficulty and nonce zero, no ommers.
    fixed_difficulty,  ///< One difficulty for all blocks, no ommers: QBFT, test networks.
};

/// Everything that a chain's configuration says about one block.
struct BlockRules {
    Fork fork = Fork::frontier;
    std::uint64_t chain_id = 1;
    BlobParameters blobs;  ///< Cancun and later.
    /// EIP-7825, Osaka and later.
    std::uint64_t transaction_gas_limit_cap = TX_MAX_GAS_LIMIT;
    evm::Limits limits;
    /// In wei; absent: no reward, and the coinbase is not touched by one.
    std::optional<uint256> block_reward;
    /// EIP-6110, EIP-7002, EIP-7251: by default mainnet's.
    Address deposit_contract_address = ForkSchedule{}.deposit_contract_address;
    Address withdrawal_request_contract_address =
        ForkSchedule{}.withdrawal_request_contract_address;
    Address consolidation_request_contract_address =
        ForkSchedule{}.consolidation_request_contract_address;

    Consensus consensus = Consensus::proof_of_work;
    uint256 fixed_difficulty;                 ///< With Consensus::fixed_difficulty.
    std::uint64_t difficulty_bomb_delay = 0;  ///< In blocks (EIP-649 and its successors).
    std::size_t max_extra_data_size = 32;     ///< QBFT's is larger.
    bool zero_base_fee = false;               ///< Besu's zeroBaseFee.
    std::optional<uint256> fixed_base_fee;    ///< Besu's fixedBaseFee, in wei.
    /// EIP-1559: of London's first block, unless that is the genesis block.
    uint256 initial_base_fee = INITIAL_BASE_FEE;
    /// EIP-779: the block with the irregular state change; its nine successors carry its mark too.
    std::optional<std::uint64_t> dao_fork_block;

    // What chains of Besu's BFT protocols leave out of the forks' rules, or have of their own.

    /// How many seconds a block is younger than its parent, at least; absent: any time will do.
    std::optional<std::uint64_t> min_seconds_after_parent = 1;
    /// EIP-2935, EIP-4788, EIP-6110, EIP-7002 and EIP-7251; without them a block has no requests.
    bool has_system_contracts = true;
    /// The header fields of Cancun and later; Besu's fixedBaseFee leaves them out.
    bool has_blob_fields = true;
    /// base_fee_per_gas and excess_blob_gas are what follows from the parent (EIP-1559, EIP-4844);
    /// otherwise the proposer's word is taken, as by Besu.
    bool validates_fee_fields = true;
    /// EIP-4895: that a body has withdrawals, and withdrawals_root is theirs.
    bool validates_withdrawals = true;
    bool limits_block_size = true;  ///< EIP-7934
    /// EIP-7825 before Osaka too: Besu's pertxgaslimit.
    bool limits_transaction_gas_always = false;
    /// Who gets fees and rewards, and what COINBASE gives; absent: the header's coinbase.
    std::optional<Address> beneficiary;
};

/// The rules of a block of `fork` with that number and time, as `schedule` has them; what it does
/// not say (rewards, consensus) as on mainnet.
[[nodiscard]] BlockRules rules_of(const ForkSchedule& schedule, Fork fork, std::uint64_t number,
                                  std::uint64_t timestamp);

/// Whether headers have the fields that Cancun, or a later fork, brought.
[[nodiscard]] constexpr bool has_fields_of(Fork fork, const BlockRules& rules) noexcept {
    return rules.fork >= fork && rules.has_blob_fields;
}

/// The rules of a fork as on mainnet.
[[nodiscard]] BlockRules mainnet_rules(Fork fork);

/// What a block pays to its coinbase on mainnet, in wei: Yellow Paper 11.3, EIP-649, EIP-1234;
/// absent from Paris on (EIP-3675).
[[nodiscard]] std::optional<uint256> block_reward(Fork fork);

}  // namespace meta138::execution
