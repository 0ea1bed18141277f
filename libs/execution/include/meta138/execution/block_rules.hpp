// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/hex.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/evm/evm.hpp"
#include "meta138/types/fork.hpp"
#include "meta138/types/intrinsic_gas.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace meta138::execution {

/// EIP-6110: mainnet's deposit contract.
inline constexpr Address DEPOSIT_CONTRACT_ADDRESS =
    literals::operator""_address("0x00000000219ab540356cbb839cbe05303d7705fa", 42);

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
    Address deposit_contract = DEPOSIT_CONTRACT_ADDRESS;

    Consensus consensus = Consensus::proof_of_work;
    uint256 fixed_difficulty;                 ///< With Consensus::fixed_difficulty.
    std::uint64_t difficulty_bomb_delay = 0;  ///< In blocks (EIP-649 and its successors).
    std::size_t max_extra_data_size = 32;     ///< QBFT's is larger.
    bool zero_base_fee = false;               ///< Besu's zeroBaseFee.
    /// EIP-779: the block with the irregular state change; its nine successors carry its mark too.
    std::optional<std::uint64_t> dao_fork_block;
};

/// Mainnet's rules for a fork, with `fork` alone decided: rewards, bomb, consensus, blobs.
[[nodiscard]] BlockRules mainnet_rules(Fork fork);

}  // namespace meta138::execution
