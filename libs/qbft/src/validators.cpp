// SPDX-License-Identifier: Apache-2.0
#include "meta138/qbft/validators.hpp"

#include "meta138/base/assert.hpp"

#include <algorithm>

namespace meta138::qbft {
namespace {

using Votes = std::map<Address, std::set<Address>>;

void erase_vote(Votes& votes, const Address& recipient, const Address& voter) {
    const auto entry = votes.find(recipient);
    if (entry == votes.end()) return;
    entry->second.erase(voter);
    if (entry->second.empty()) votes.erase(entry);
}

void erase_votes_of(Votes& votes, const Address& voter) {
    for (auto& [recipient, voters] : votes) voters.erase(voter);
    std::erase_if(votes, [](const auto& entry) { return entry.second.empty(); });
}

bool holds(const Votes& votes, const Address& recipient, const Address& voter) {
    const auto entry = votes.find(recipient);
    return entry != votes.end() && entry->second.contains(voter);
}

}  // namespace

// The first address above `previous` is both the next of a validator, and where to start when
// `previous` is none.
Address proposer(std::span<const Address> validators, const Address& previous,
                 std::uint32_t round) {
    META138_ASSERT(!validators.empty());
    const auto next = std::ranges::upper_bound(validators, previous);
    const auto first = static_cast<std::size_t>(next - validators.begin());
    return validators[(first + round) % validators.size()];
}

VoteTally::VoteTally(std::span<const Address> validators)
    : validators_{validators.begin(), validators.end()} {}

void VoteTally::apply(const Address& voter, const Vote& vote) {
    auto& votes = vote.is_add ? adds_ : drops_;
    erase_vote(vote.is_add ? drops_ : adds_, vote.recipient, voter);
    auto& voters = votes[vote.recipient];
    voters.insert(voter);

    const auto majority = validators_.size() / 2 + 1;
    if (voters.size() < majority) return;
    adds_.erase(vote.recipient);
    drops_.erase(vote.recipient);
    if (vote.is_add) {
        validators_.insert(vote.recipient);
        return;
    }
    validators_.erase(vote.recipient);
    erase_votes_of(adds_, vote.recipient);
    erase_votes_of(drops_, vote.recipient);
}

void VoteTally::clear_votes() {
    adds_.clear();
    drops_.clear();
}

void VoteTally::replace_validators(std::span<const Address> validators) {
    validators_ = {validators.begin(), validators.end()};
}

std::vector<Address> VoteTally::validators() const {
    return {validators_.begin(), validators_.end()};
}

bool VoteTally::contains(const Address& address) const {
    return validators_.contains(address);
}

bool VoteTally::has_vote(const Address& voter, const Vote& vote) const {
    return holds(vote.is_add ? adds_ : drops_, vote.recipient, voter);
}

}  // namespace meta138::qbft
