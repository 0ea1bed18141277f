// SPDX-License-Identifier: Apache-2.0
#include "meta138/consensus/validator_sets.hpp"

#include "qbft_rules.hpp"
#include "recent_map.hpp"
#include "validator_contract.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/mutex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/blockchain/chain_view.hpp"
#include "meta138/evm/code_cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <utility>

namespace meta138::consensus {
namespace {

using blockchain::Ancestry;
using qbft::Config;
using qbft::VoteTally;

/// Blocks whose sets are remembered.
constexpr std::size_t max_remembered = 512;
constexpr std::size_t code_cache_bytes = std::size_t{1} << 20;

/// What a block does to the tally.
struct Step {
    Hash32 hash;
    bool is_epoch = false;
    Address voter;
    std::optional<qbft::Vote> vote;
};

using Tally = std::shared_ptr<const VoteTally>;

Tally tally_of(std::span<const Address> validators) {
    return std::make_shared<const VoteTally>(validators);
}

Tally after_step(const Tally& before, const Step& step) {
    if (!step.is_epoch && !step.vote) return before;
    auto after = *before;
    if (step.is_epoch)
        after.clear_votes();
    else
        after.apply(step.voter, *step.vote);
    return std::make_shared<const VoteTally>(std::move(after));
}

}  // namespace

class ValidatorSets::Implementation {
public:
    using Addresses = std::vector<Address>;
    template <typename T>
    using Found = std::expected<T, std::string>;

    Implementation(const Genesis& genesis, Config config)
        : rules_{genesis, std::move(config), {}}, code_cache_{code_cache_bytes} {}

    Found<Addresses> after(const Header& parent, const Ancestry& ancestry);
    Found<Addresses> of_block(const Header& header, const Ancestry& ancestry);
    Found<Tally> tally_after(const Header& parent, const Ancestry& ancestry);

    [[nodiscard]] const Config& config() const noexcept { return rules_.config(); }
    /// Of the child.
    [[nodiscard]] const std::optional<Address>& contract_after(const Header& parent) const {
        const auto number = parent.number + 1;
        return config().of_block(number).at(number, parent.timestamp).validator_contract;
    }

private:
    Found<Addresses> from_contract(const Address& contract, const Header& header,
                                   const Ancestry& ancestry);
    Found<qbft::ExtraData> read_extra_data(const Header& header) const;
    /// Walks back from `parent` to a block whose tally is known; `path` gets what is passed.
    Found<Tally> find_start(const Header& parent, const Ancestry& ancestry,
                            std::vector<Step>& path);
    std::optional<Tally> remembered(const Hash32& hash) META138_EXCLUDES(mutex_) {
        const MutexLock lock{mutex_};
        return tallies_.find(hash);
    }

    const QbftRules rules_;
    evm::CodeCache code_cache_;
    Mutex mutex_;
    RecentMap<Hash32, Tally> tallies_ META138_GUARDED_BY(mutex_){max_remembered};
    RecentMap<std::pair<Hash32, Address>, Addresses> contract_results_ META138_GUARDED_BY(mutex_){
        max_remembered};
};

ValidatorSets::Implementation::Found<qbft::ExtraData>
ValidatorSets::Implementation::read_extra_data(const Header& header) const {
    auto extra_data = extra_data_of(header, config().of_block(header.number).protocol);
    if (!extra_data)
        return std::unexpected{
            fmt::format("the extra data of block {} cannot be read{}", header.number,
                        header.number == 0 ? ": check extraData in the genesis file" : "")};
    return *std::move(extra_data);
}

ValidatorSets::Implementation::Found<Tally> ValidatorSets::Implementation::find_start(
    const Header& parent, const Ancestry& ancestry, std::vector<Step>& path) {
    const auto& config = this->config().of_block(parent.number + 1);
    auto header = parent;
    auto hash = hash_of(parent, this->config());
    for (;;) {
        TRY_LET(auto extra_data, read_extra_data(header));
        const bool is_epoch = config.is_epoch_block(header.number);
        path.push_back({.hash = hash,
                        .is_epoch = is_epoch,
                        .voter = header.coinbase,
                        .vote = extra_data.vote});
        if (const auto* validators = config.validators_from(header.number + 1))
            return tally_of(*validators);
        if (is_epoch) return tally_of(extra_data.validators);
        if (auto known = remembered(header.parent_hash)) return *std::move(known);
        hash = header.parent_hash;
        auto next = ancestry.find_header(hash);
        if (!next)
            return std::unexpected{fmt::format(
                "block {}, {}, is not known, but votes since the last epoch block count",
                header.number - 1, to_hex(hash.bytes))};
        header = *std::move(next);
    }
}

ValidatorSets::Implementation::Found<Tally> ValidatorSets::Implementation::tally_after(
    const Header& parent, const Ancestry& ancestry) {
    if (auto known = remembered(hash_of(parent, config()))) return *std::move(known);
    std::vector<Step> path;
    TRY_LET(auto tally, find_start(parent, ancestry, path));
    const MutexLock lock{mutex_};
    for (const auto& step : std::views::reverse(path)) {
        tally = after_step(tally, step);
        tallies_.insert(step.hash, tally);
    }
    return tally;
}

ValidatorSets::Implementation::Found<std::vector<Address>>
ValidatorSets::Implementation::from_contract(const Address& contract, const Header& header,
                                             const Ancestry& ancestry) {
    const auto hash = hash_of(header, config());
    const std::pair key{hash, contract};
    {
        const MutexLock lock{mutex_};
        if (auto known = contract_results_.find(key)) return *std::move(known);
    }
    TRY_LET(auto validators,
            call_validator_contract(contract, header, hash, ancestry, rules_, code_cache_));
    const MutexLock lock{mutex_};
    contract_results_.insert(key, validators);
    return validators;
}

ValidatorSets::Implementation::Found<std::vector<Address>> ValidatorSets::Implementation::after(
    const Header& parent, const Ancestry& ancestry) {
    if (const auto& contract = contract_after(parent))
        return from_contract(*contract, parent, ancestry);
    TRY_LET(const auto tally, tally_after(parent, ancestry));
    auto validators = tally->validators();
    if (validators.empty())
        return std::unexpected{fmt::format(
            "there are no validators after block {}: extraData of the genesis file, or a "
            "transition with validators, must list them",
            parent.number)};
    return validators;
}

ValidatorSets::Implementation::Found<std::vector<Address>> ValidatorSets::Implementation::of_block(
    const Header& header, const Ancestry& ancestry) {
    const auto& config = this->config().of_block(header.number);
    if (const auto& contract = config.at(header.number, header.timestamp).validator_contract)
        return from_contract(*contract, header, ancestry);
    TRY_LET(auto extra_data, read_extra_data(header));
    std::ranges::sort(extra_data.validators);
    return std::move(extra_data.validators);
}

ValidatorSets::ValidatorSets(const Genesis& genesis, Config config)
    : implementation_{std::make_unique<Implementation>(genesis, std::move(config))} {}

ValidatorSets::~ValidatorSets() = default;

std::expected<std::vector<Address>, std::string> ValidatorSets::after(
    const Header& parent, const Ancestry& ancestry) const {
    return implementation_->after(parent, ancestry);
}

std::expected<std::vector<Address>, std::string> ValidatorSets::after_head(
    const blockchain::Chain& chain) const {
    const auto view = chain.view();
    return after(view->head().header, *view);
}

std::expected<std::vector<Address>, std::string> ValidatorSets::of_block(
    const Header& header, const Ancestry& ancestry) const {
    return implementation_->of_block(header, ancestry);
}

bool ValidatorSets::uses_contract_after(const Header& parent) const {
    return implementation_->contract_after(parent).has_value();
}

std::shared_ptr<const VoteTally> ValidatorSets::tally_after(const Header& parent,
                                                            const Ancestry& ancestry) const {
    if (uses_contract_after(parent)) return nullptr;
    return implementation_->tally_after(parent, ancestry).value_or(nullptr);
}

const Config& ValidatorSets::config() const noexcept {
    return implementation_->config();
}

std::vector<qbft::Vote> votes_to_cast(const std::map<Address, bool>& proposed, const Address& local,
                                      const VoteTally& tally) {
    std::vector<qbft::Vote> votes;
    for (const auto& [recipient, is_add] : proposed) {
        const qbft::Vote vote{.recipient = recipient, .is_add = is_add};
        const qbft::Vote opposite{.recipient = recipient, .is_add = !is_add};
        const bool would_change =
            tally.contains(recipient) != is_add && !tally.has_vote(local, vote);
        if (would_change || tally.has_vote(local, opposite)) votes.push_back(vote);
    }
    return votes;
}

}  // namespace meta138::consensus
