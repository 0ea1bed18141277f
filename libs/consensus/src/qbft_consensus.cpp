// SPDX-License-Identifier: Apache-2.0
#include "meta138/consensus/qbft_consensus.hpp"

#include "qbft_rules.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/qbft/ibft_extra_data.hpp"
#include "meta138/qbft/validators.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meta138::consensus {
namespace {

using blockchain::Ancestry;
using blockchain::InvalidSeal;
using qbft::Protocol;

using Verdict = std::expected<void, InvalidSeal>;
using Addresses = std::vector<Address>;

constexpr std::uint64_t evm_stack_size = 1024;

template <typename... Args>
std::unexpected<InvalidSeal> refuse(fmt::format_string<Args...> format, Args&&... args) {
    return std::unexpected{InvalidSeal{.reason = fmt::format(format, std::forward<Args>(args)...)}};
}

bool is_member(const Addresses& validators, const Address& address) {
    return std::ranges::binary_search(validators, address);
}

Verdict validate_nonce(const Header& header, Protocol protocol) {
    BlockNonce vote_to_add;
    vote_to_add.bytes.fill(0xff);
    const bool is_legacy_vote = protocol == Protocol::ibft1 && header.nonce == vote_to_add;
    if (protocol == Protocol::qbft || header.nonce.is_zero() || is_legacy_vote) return {};
    return refuse("nonce {} is not zero", to_hex(header.nonce.bytes));
}

/// Who sealed the header, in the order of its seals.
std::expected<Addresses, InvalidSeal> recover_committers(const Header& header, Protocol protocol,
                                                         const qbft::ExtraData& extra_data) {
    const auto hash = protocol == Protocol::qbft ? qbft::committed_seal_hash(header)
                                                 : qbft::ibft2::committed_seal_hash(header);
    std::vector<crypto::SignedHash> inputs;
    inputs.reserve(extra_data.seals.size());
    for (const auto& seal : extra_data.seals) inputs.push_back({hash, seal});
    std::vector<std::optional<Address>> recovered(inputs.size());
    crypto::recover_addresses(inputs, recovered);
    Addresses committers;
    for (const auto& committer : recovered) {
        if (!committer) return refuse("seal {} is nobody's signature", committers.size());
        committers.push_back(*committer);
    }
    return committers;
}

Verdict validate_committers(Addresses committers, const Addresses& validators) {
    if (committers.size() < qbft::quorum(validators.size()))
        return refuse("{} seals, but {} validators need {}", committers.size(), validators.size(),
                      qbft::quorum(validators.size()));
    for (const auto& committer : committers) {
        if (!is_member(validators, committer))
            return refuse("a seal of {}, which is not a validator of this block",
                          to_hex(committer.bytes));
    }
    std::ranges::sort(committers);
    const auto twice = std::ranges::adjacent_find(committers);
    if (twice != committers.end()) return refuse("two seals of {}", to_hex(twice->bytes));
    return {};
}

Verdict validate_list(const qbft::ExtraData& extra_data, const Addresses& validators) {
    if (extra_data.validators == validators) return {};
    return refuse(
        "the extra data lists {} validators, which are not the {} of this block in "
        "ascending order",
        extra_data.validators.size(), validators.size());
}

class Implementation final : public QbftConsensus {
public:
    Implementation(const Genesis& genesis, const qbft::Config& config, QbftOptions options)
        : rules_{genesis, config, options.min_gas_price},
          sets_{genesis, config},
          options_{std::move(options)} {}

    [[nodiscard]] execution::BlockRules rules_at(
        std::uint64_t number, std::uint64_t timestamp,
        const uint256& /*parent_total_difficulty*/) const override {
        return rules_.at(number, timestamp);
    }
    [[nodiscard]] Hash32 block_hash(const Header& header) const override {
        return hash_of(header, rules_.config());
    }
    [[nodiscard]] Verdict validate_unsealed(const Header& header, const Header& parent,
                                            const Ancestry& ancestry) const override;
    [[nodiscard]] Verdict validate_seal(const Header& header, const Header& parent,
                                        const Ancestry& ancestry) const override;
    [[nodiscard]] bool is_final() const noexcept override { return true; }
    [[nodiscard]] const ValidatorSets& validator_sets() const noexcept override { return sets_; }

private:
    [[nodiscard]] Protocol protocol_of(const Header& header) const {
        return rules_.config().of_block(header.number).protocol;
    }
    [[nodiscard]] Verdict validate_time(const Header& header) const;
    [[nodiscard]] std::expected<Addresses, InvalidSeal> validators_after(
        const Header& parent, const Ancestry& ancestry) const;

    const QbftRules rules_;
    const ValidatorSets sets_;
    const QbftOptions options_;
};

Verdict Implementation::validate_time(const Header& header) const {
    if (!options_.now) return {};
    const auto latest = static_cast<std::uint64_t>((options_.now() + max_clock_drift).count());
    if (header.timestamp <= latest) return {};
    auto refusal =
        refuse("its time is {} s ahead of this node's clock, more than {} s: compare the clocks",
               header.timestamp - latest + static_cast<std::uint64_t>(max_clock_drift.count()),
               max_clock_drift.count());
    refusal.error().is_undecided = true;
    return refusal;
}

std::expected<Addresses, InvalidSeal> Implementation::validators_after(
    const Header& parent, const Ancestry& ancestry) const {
    auto validators = sets_.after(parent, ancestry);
    if (!validators)
        return std::unexpected{
            InvalidSeal{.reason = std::move(validators).error(), .is_undecided = true}};
    return *std::move(validators);
}

// Besu QbftBlockHeaderValidationRulesetFactory, IbftBlockHeaderValidationRulesetFactory: what is
// not among the rules of all chains.
Verdict Implementation::validate_unsealed(const Header& header, const Header& parent,
                                          const Ancestry& ancestry) const {
    const auto protocol = protocol_of(header);
    TRY(validate_time(header));
    if (header.prev_randao != istanbul_mix_hash)
        return refuse("mixHash {} is not that of IBFT and QBFT", to_hex(header.prev_randao.bytes));
    TRY(validate_nonce(header, protocol));
    // Besu imports the blocks of IBFT without looking who made them.
    if (protocol == Protocol::ibft1) return {};

    const auto extra_data = extra_data_of(header, protocol);
    if (!extra_data) return refuse("the extra data cannot be read");
    TRY_LET(const auto validators, validators_after(parent, ancestry));
    const auto& block =
        rules_.config().of_block(header.number).rules_at(header.number, header.timestamp);
    if (block.validator_contract) {
        if (!extra_data->validators.empty() || extra_data->vote)
            return refuse("validators or a vote in the extra data, though a contract has them");
    } else {
        TRY(validate_list(*extra_data, validators));
    }
    if (!is_member(validators, header.coinbase))
        return refuse("made by {}, which is not a validator of this block",
                      to_hex(header.coinbase.bytes));
    return {};
}

Verdict Implementation::validate_seal(const Header& header, const Header& parent,
                                      const Ancestry& ancestry) const {
    const auto protocol = protocol_of(header);
    if (protocol == Protocol::ibft1) return {};
    const auto extra_data = extra_data_of(header, protocol);
    if (!extra_data) return refuse("the extra data cannot be read");
    TRY_LET(const auto validators, validators_after(parent, ancestry));
    // More than there are validators cannot all be theirs: recovering is dear.
    if (extra_data->seals.size() > validators.size())
        return refuse("{} seals of {} validators", extra_data->seals.size(), validators.size());
    TRY_LET(auto committers, recover_committers(header, protocol, *extra_data));
    return validate_committers(std::move(committers), validators);
}

}  // namespace

std::expected<std::unique_ptr<QbftConsensus>, GenesisError> make_qbft_consensus(
    const Genesis& genesis, const qbft::Config& config, QbftOptions options) {
    if (genesis.evm_stack_size && *genesis.evm_stack_size != evm_stack_size)
        return std::unexpected{GenesisError{
            "config.evmStackSize", fmt::format("{}: this program knows stacks of {} items only",
                                               *genesis.evm_stack_size, evm_stack_size)}};
    return std::make_unique<Implementation>(genesis, config, std::move(options));
}

}  // namespace meta138::consensus
