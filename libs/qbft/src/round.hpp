// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "height.hpp"
#include "proposed_block.hpp"

#include "meta138/qbft/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace meta138::qbft {

/// What became of a vote.
enum class Added : std::uint8_t {
    counted,        ///< For the proposal, or kept until there is one.
    duplicate,      ///< Nothing new from that validator.
    contradiction,  ///< That validator has said something else in this round.
    mismatch,       ///< Not for the proposal of this round.
    bad_seal,       ///< The author did not sign that seal.
};

/// The votes of one kind in one round, by validator.
///
/// What comes before the proposal is kept unchecked, two different messages a validator: a
/// validator that restarted without a memory may have signed twice, and which one counts is for the
/// proposal to say.
template <typename Vote>
class Votes {
public:
    static constexpr std::size_t max_unchecked = 2;

    /// Expects the author to be a validator. `is_counted`: the vote is for the proposal.
    Added add(const Vote& vote);
    /// Keeps what `is_valid` says is for the proposal; from now on one vote a validator is kept.
    template <typename Predicate>
    void settle(const Predicate& is_valid);

    [[nodiscard]] bool contains(const Address& author) const { return votes_.contains(author); }
    /// Validators; those that voted for the proposal, once there is one.
    [[nodiscard]] std::size_t size() const noexcept { return votes_.size(); }
    /// One a validator, in order of address.
    [[nodiscard]] std::vector<Vote> messages() const;

private:
    std::map<Address, std::vector<Vote>> votes_;
    bool is_settled_ = false;
};

/// The votes of one round and the block they are for (Besu RoundState). Signs nothing, sends
/// nothing; expects authors that are validators.
class Round {
public:
    Round(const Height& height, std::uint32_t number) : height_{&height}, number_{number} {}

    [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
    [[nodiscard]] const std::optional<ProposedBlock>& proposed() const noexcept {
        return proposed_;
    }

    /// The first valid proposal of the round. Votes that came before it are checked against it.
    void propose(ProposedBlock block);
    Added add(const Prepare& prepare);
    Added add(const Commit& commit);

    [[nodiscard]] std::size_t prepares() const noexcept { return prepares_.size(); }
    [[nodiscard]] std::size_t commits() const noexcept { return commits_.size(); }
    [[nodiscard]] bool has_commit_of(const Address& validator) const {
        return commits_.contains(validator);
    }
    /// A quorum of Prepares for the proposal.
    [[nodiscard]] bool is_prepared() const noexcept;
    /// A quorum of Commits for it.
    [[nodiscard]] bool is_committed() const noexcept;

    /// What a RoundChange shows. Expects is_prepared().
    [[nodiscard]] PreparedCertificate certificate() const;
    /// The block with this round and the seals of all Commits. Expects a proposal.
    [[nodiscard]] std::shared_ptr<const Block> sealed_block() const;

private:
    [[nodiscard]] bool is_for_proposal(const Prepare& prepare) const;
    [[nodiscard]] Added check(const Commit& commit) const;

    const Height* height_;  // outlives this
    std::uint32_t number_;
    std::optional<ProposedBlock> proposed_;
    Votes<Prepare> prepares_;
    Votes<Commit> commits_;
};

template <typename Vote>
Added Votes<Vote>::add(const Vote& vote) {
    auto& of_author = votes_[*vote.author];
    for (const auto& known : of_author)
        if (known.payload == vote.payload) return Added::duplicate;
    if (of_author.empty()) {
        of_author.push_back(vote);
        return Added::counted;
    }
    if (!is_settled_ && of_author.size() < max_unchecked) of_author.push_back(vote);
    return Added::contradiction;
}

template <typename Vote>
template <typename Predicate>
void Votes<Vote>::settle(const Predicate& is_valid) {
    is_settled_ = true;
    for (auto& [author, messages] : votes_) {
        std::erase_if(messages, [&](const Vote& vote) { return !is_valid(vote); });
        if (messages.size() > 1) messages.resize(1);
    }
    std::erase_if(votes_, [](const auto& entry) { return entry.second.empty(); });
}

template <typename Vote>
std::vector<Vote> Votes<Vote>::messages() const {
    std::vector<Vote> result;
    result.reserve(votes_.size());
    for (const auto& [author, messages] : votes_) result.push_back(messages.front());
    return result;
}

}  // namespace meta138::qbft
