// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/types/genesis.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace meta138::qbft {

/// What `config.qbft` and its transitions say about one block.
struct BlockConfig {
    std::chrono::milliseconds block_period{1000};
    bool is_subsecond = false;  ///< block_period is xblockperiodmilliseconds.
    std::chrono::milliseconds empty_block_period{0};
    uint256 block_reward{};  ///< Wei.
    std::optional<Address> mining_beneficiary{};
    /// Present: contract mode (validatorselectionmode).
    std::optional<Address> validator_contract{};
    std::optional<std::uint64_t> transaction_gas_limit{};  ///< pertxgaslimit; 0: no limit.

    friend bool operator==(const BlockConfig&, const BlockConfig&) = default;
};

/// The protocol of blocks.
enum class Protocol : std::uint8_t {
    qbft,
    ibft2,
    ibft1,  ///< Quorum's IBFT.
};

/// `config.qbft` with `config.transitions.qbft` of a genesis file, keys in any case.
struct Config {
    Protocol protocol = Protocol::qbft;
    std::uint64_t epoch_length = 30'000;
    std::chrono::milliseconds request_timeout{1000};
    std::size_t message_queue_limit = 1000;
    std::size_t duplicate_message_limit = 100;
    std::size_t gossiped_history_limit = 1000;
    std::size_t future_messages_limit = 1000;
    std::uint64_t future_messages_max_distance = 10;

    /// The first block of QBFT on a chain that began with another protocol; otherwise 0.
    std::uint64_t start_block = 0;
    /// Of the blocks before start_block; null without such blocks.
    std::shared_ptr<const Config> predecessor{};

    struct Transition {
        /// What `block` says: a number, or a timestamp where the last fork before it is by time
        /// (Besu ForksSchedule.applyMilestoneTypes).
        std::uint64_t from = 0;
        bool by_time = false;
        BlockConfig config{};  ///< In force from then on; inherited keys filled in.
        /// Header mode: replaces the list. Always by block number, whatever by_time says.
        std::optional<std::vector<Address>> validators{};
    };
    BlockConfig initial{};
    std::vector<Transition> transitions{};  ///< Ascending.

    /// Where block rules change: forks and transitions alike.
    struct Milestone {
        std::uint64_t from = 0;
        bool by_time = false;
        std::size_t transitions = 0;  ///< So many have been passed by then.
    };
    std::vector<Milestone> milestones{};  ///< Ascending; the first from 0.

    /// The file has the addresses of the deposit, withdrawal request and consolidation request
    /// contracts: only then Besu's BFT chains make the system calls of Cancun and Prague.
    bool has_system_contracts = false;

    /// What the file says that will not have the effect somebody expects, for the log.
    std::vector<std::string> warnings{};

    /// Who validates, and when to propose (Besu ForksSchedule.getFork). For the block after a
    /// parent, Besu asks with the parent's number plus 1 and the parent's timestamp.
    [[nodiscard]] const BlockConfig& at(std::uint64_t number, std::uint64_t timestamp) const;
    /// Which rules hold for a block: period, reward, beneficiary, form of the extra data (Besu
    /// ProtocolSchedule). Differs from at() on chains with forks by time: there a fork brings the
    /// transitions with a lower number or time with it, also those that have not come yet.
    [[nodiscard]] const BlockConfig& rules_at(std::uint64_t number, std::uint64_t timestamp) const;
    /// The list that a transition at exactly that block brings; null: none.
    [[nodiscard]] const std::vector<Address>* validators_from(std::uint64_t number) const;
    /// The configuration of the protocol that a block belongs to: this one or its predecessor.
    [[nodiscard]] const Config& of_block(std::uint64_t number) const;
    /// Whether votes begin anew with that block, and its extra data has the list (Besu
    /// EpochManager).
    [[nodiscard]] bool is_epoch_block(std::uint64_t number) const;
};

/// Absent value: the genesis file has no `qbft` section. The error names the key.
std::expected<std::optional<Config>, GenesisError> parse_config(const Genesis& genesis);

}  // namespace meta138::qbft
