// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/types/genesis.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace meta138::qbft {

/// What `config.qbft` and its transitions say about one block.
struct BlockConfig {
    std::chrono::milliseconds block_period{1000};
    bool is_subsecond = false;  ///< block_period is xblockperiodmilliseconds.
    std::chrono::milliseconds empty_block_period{0};
    uint256 block_reward;  ///< Wei.
    std::optional<Address> mining_beneficiary;
    /// Present: contract mode (validatorselectionmode).
    std::optional<Address> validator_contract;
    std::optional<std::uint64_t> transaction_gas_limit;  ///< pertxgaslimit; 0: no limit.

    friend bool operator==(const BlockConfig&, const BlockConfig&) = default;
};

/// `config.qbft` with `config.transitions.qbft` of a genesis file, keys in any case.
struct Config {
    std::uint64_t epoch_length = 30'000;
    std::chrono::milliseconds request_timeout{1000};
    std::uint64_t start_block = 0;  ///< IBFT 2 or IBFT before it.
    std::size_t message_queue_limit = 1000;
    std::size_t duplicate_message_limit = 100;
    std::size_t gossiped_history_limit = 1000;
    std::size_t future_messages_limit = 1000;
    std::uint64_t future_messages_max_distance = 10;

    struct Transition {
        std::uint64_t from = 0;  ///< A block number, or a timestamp where forks go by time.
        BlockConfig config;      ///< In force from then on; inherited keys filled in.
        std::optional<std::vector<Address>> validators;  ///< Header mode: replaces the list.
    };
    BlockConfig initial;
    std::vector<Transition> transitions;  ///< Ascending.
    /// Forks by time start here; a transition from there on means a timestamp.
    std::optional<std::uint64_t> first_fork_by_time;

    /// What holds for a block of that number and time.
    [[nodiscard]] const BlockConfig& at(std::uint64_t number, std::uint64_t timestamp) const;
    /// The list that a transition at exactly that block brings; null: none.
    [[nodiscard]] const std::vector<Address>* validators_from(std::uint64_t number,
                                                              std::uint64_t timestamp) const;
};

/// Absent value: the genesis file has no `qbft` section. The error names the key.
std::expected<std::optional<Config>, GenesisError> parse_config(const Genesis& genesis);

}  // namespace meta138::qbft
