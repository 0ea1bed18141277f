// SPDX-License-Identifier: Apache-2.0
#include "qbft_rules.hpp"

#include "meta138/qbft/ibft_extra_data.hpp"

#include <chrono>
#include <limits>
#include <utility>

namespace meta138::consensus {
namespace {

constexpr std::uint64_t bft_difficulty = 1;

// Besu has a rule about the distance from a period of one second on.
std::optional<std::uint64_t> seconds_after_parent(const qbft::BlockConfig& block) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(block.block_period);
    if (seconds.count() == 0) return std::nullopt;
    return static_cast<std::uint64_t>(seconds.count());
}

}  // namespace

QbftRules::QbftRules(const Genesis& genesis, qbft::Config config, const uint256& min_gas_price)
    : config_{std::move(config)},
      schedule_{genesis.schedule},
      zero_base_fee_{genesis.zero_base_fee},
      fixed_base_fee_{genesis.fixed_base_fee ? std::optional{min_gas_price} : std::nullopt},
      initial_base_fee_{genesis.base_fee_per_gas},
      contract_size_limit_{genesis.contract_size_limit} {
    // Total difficulty never starts Paris here.
    schedule_.terminal_total_difficulty.reset();
}

execution::BlockRules QbftRules::at(std::uint64_t number, std::uint64_t timestamp) const {
    const auto& block = config_.of_block(number).rules_at(number, timestamp);
    const auto fork = schedule_.fork_at(number, timestamp);
    auto rules = execution::rules_of(schedule_, fork, number, timestamp);
    rules.consensus = execution::Consensus::fixed_difficulty;
    rules.fixed_difficulty = bft_difficulty;
    rules.max_extra_data_size = std::numeric_limits<std::size_t>::max();
    rules.min_seconds_after_parent = seconds_after_parent(block);
    rules.has_system_contracts = config_.has_system_contracts;
    rules.validates_fee_fields = false;
    rules.validates_withdrawals = false;
    rules.limits_block_size = false;

    rules.block_reward.reset();
    if (!block.block_reward.is_zero()) rules.block_reward = block.block_reward;
    rules.beneficiary = block.mining_beneficiary;
    if (block.transaction_gas_limit) {
        const auto limit = *block.transaction_gas_limit;
        rules.transaction_gas_limit_cap =
            limit == 0 ? std::numeric_limits<std::uint64_t>::max() : limit;
        rules.limits_transaction_gas_always = true;
    }

    rules.zero_base_fee = zero_base_fee_;
    rules.fixed_base_fee = fixed_base_fee_;
    rules.has_blob_fields = !fixed_base_fee_;
    if (initial_base_fee_) rules.initial_base_fee = *initial_base_fee_;
    // The limit of init code is not scaled with it, see Besu EvmConfiguration.
    if (contract_size_limit_) rules.limits.max_code_size = *contract_size_limit_;
    return rules;
}

std::optional<qbft::ExtraData> extra_data_of(const Header& header, qbft::Protocol protocol) {
    const auto in_form_of_qbft = [](auto decoded) -> std::optional<qbft::ExtraData> {
        if (!decoded) return std::nullopt;
        return *std::move(decoded);
    };
    switch (protocol) {
        case qbft::Protocol::qbft:
            return in_form_of_qbft(qbft::decode_extra_data(header.extra_data));
        case qbft::Protocol::ibft2:
            return in_form_of_qbft(qbft::ibft2::decode_extra_data(header.extra_data));
        case qbft::Protocol::ibft1: break;
    }
    auto legacy = qbft::ibft1::decode_extra_data(header.extra_data);
    if (!legacy) return std::nullopt;
    return qbft::ExtraData{.vanity = to_bytes(legacy->vanity.bytes),
                           .validators = std::move(legacy->validators),
                           .vote = {},
                           .round = 0,
                           .seals = std::move(legacy->seals)};
}

Hash32 hash_of(const Header& header, const qbft::Config& config) {
    switch (config.of_block(header.number).protocol) {
        case qbft::Protocol::qbft: break;
        case qbft::Protocol::ibft2: return qbft::ibft2::on_chain_hash(header);
        case qbft::Protocol::ibft1: return qbft::ibft1::on_chain_hash(header);
    }
    return qbft::on_chain_hash(header);
}

}  // namespace meta138::consensus
