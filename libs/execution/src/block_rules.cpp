// SPDX-License-Identifier: Apache-2.0
#include "meta138/execution/block_rules.hpp"

namespace meta138::execution {

BlockRules rules_of(const ForkSchedule& schedule, Fork fork, std::uint64_t number,
                    std::uint64_t timestamp) {
    BlockRules rules;
    rules.fork = fork;
    rules.chain_id = schedule.chain_id;
    rules.blobs = schedule.blob_parameters_at(timestamp);
    rules.block_reward = block_reward(fork);
    rules.deposit_contract_address = schedule.deposit_contract_address;
    rules.withdrawal_request_contract_address = schedule.withdrawal_request_contract_address;
    rules.consolidation_request_contract_address = schedule.consolidation_request_contract_address;
    rules.consensus = fork >= Fork::paris ? Consensus::proof_of_stake : Consensus::proof_of_work;
    rules.difficulty_bomb_delay = schedule.difficulty_bomb_delay_at(number);
    rules.dao_fork_block = schedule.dao_fork_block;
    return rules;
}

BlockRules mainnet_rules(Fork fork) {
    auto rules = rules_of(schedule_of(fork), fork, 0, 0);
    rules.blobs = default_blob_parameters(fork);
    return rules;
}

std::optional<uint256> block_reward(Fork fork) {
    constexpr auto ether = std::uint64_t{1'000'000'000'000'000'000};
    if (fork >= Fork::paris) return std::nullopt;
    if (fork >= Fork::constantinople) return 2 * ether;  // EIP-1234
    if (fork >= Fork::byzantium) return 3 * ether;       // EIP-649
    return 5 * ether;
}

}  // namespace meta138::execution
