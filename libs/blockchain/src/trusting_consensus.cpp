// SPDX-License-Identifier: Apache-2.0
#include "meta138/blockchain/consensus.hpp"

namespace meta138::blockchain {

namespace {

/// The extra data of QBFT and IBFT 2 lists the validators and holds their seals: about 85 bytes for
/// each, so enough for three thousand.
constexpr std::size_t max_bft_extra_data_size = std::size_t{256} << 10;

/// Besu's difficulty for QBFT and IBFT 2.
constexpr std::uint64_t bft_difficulty = 1;

/// What a genesis file says about blocks beyond its schedule.
struct Switches {
    ForkSchedule schedule;
    bool is_bft = false;
    bool zero_base_fee = false;
    std::optional<uint256> initial_base_fee;
    std::optional<std::uint64_t> contract_size_limit;
    std::optional<uint256> fixed_difficulty;
};

Switches switches_of(const Genesis& genesis) {
    return {
        .schedule = genesis.schedule,
        .is_bft = !genesis.consensus.qbft.empty() || !genesis.consensus.ibft2.empty(),
        .zero_base_fee = genesis.zero_base_fee,
        .initial_base_fee = genesis.base_fee_per_gas,
        .contract_size_limit = genesis.contract_size_limit,
        .fixed_difficulty = genesis.fixed_difficulty,
    };
}

class TrustingConsensus final : public Consensus {
public:
    explicit TrustingConsensus(Switches switches) : switches_{std::move(switches)} {}

    [[nodiscard]] execution::BlockRules rules_at(
        std::uint64_t number, std::uint64_t timestamp,
        const uint256& parent_total_difficulty) const override;
    [[nodiscard]] Hash32 block_hash(const Header& header) const override {
        return meta138::block_hash(header);
    }
    [[nodiscard]] std::expected<void, InvalidSeal> validate_seal(
        const Header& /*header*/, const Header& /*parent*/,
        const Ancestry& /*ancestry*/) const override {
        return {};
    }
    [[nodiscard]] bool is_final() const noexcept override { return false; }

private:
    const Switches switches_;
};

execution::BlockRules TrustingConsensus::rules_at(std::uint64_t number, std::uint64_t timestamp,
                                                  const uint256& parent_total_difficulty) const {
    const auto& schedule = switches_.schedule;
    const auto fork = schedule.fork_at(number, timestamp, parent_total_difficulty);
    auto rules = execution::rules_of(schedule, fork, number, timestamp);
    rules.zero_base_fee = switches_.zero_base_fee;
    if (switches_.initial_base_fee) rules.initial_base_fee = *switches_.initial_base_fee;
    if (switches_.contract_size_limit) {
        rules.limits.max_code_size = *switches_.contract_size_limit;
        rules.limits.max_initcode_size = 2 * *switches_.contract_size_limit;
    }
    if (switches_.is_bft) {
        // Whatever the fork: validators seal the blocks of Shanghai and later too.
        rules.consensus = execution::Consensus::fixed_difficulty;
        rules.fixed_difficulty = bft_difficulty;
        rules.max_extra_data_size = max_bft_extra_data_size;
        rules.block_reward.reset();
    } else if (switches_.fixed_difficulty && fork < Fork::paris) {
        rules.consensus = execution::Consensus::fixed_difficulty;
        rules.fixed_difficulty = *switches_.fixed_difficulty;
    }
    return rules;
}

}  // namespace

std::unique_ptr<Consensus> make_trusting_consensus(const Genesis& genesis) {
    return std::make_unique<TrustingConsensus>(switches_of(genesis));
}

}  // namespace meta138::blockchain
