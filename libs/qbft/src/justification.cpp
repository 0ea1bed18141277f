// SPDX-License-Identifier: Apache-2.0
#include "justification.hpp"

#include "meta138/qbft/extra_data.hpp"

#include <algorithm>
#include <vector>

namespace meta138::qbft {
namespace {

template <typename Payload>
bool is_from_different_validators(std::span<const Signed<Payload>> messages, const Height& height) {
    std::vector<Address> authors;
    authors.reserve(messages.size());
    for (const auto& message : messages) {
        if (!message.author || !height.is_validator(*message.author)) return false;
        authors.push_back(*message.author);
    }
    std::ranges::sort(authors);
    return std::ranges::adjacent_find(authors) == authors.end();
}

// Two certificates of one round for different blocks cannot both be true.
bool has_contradiction(std::span<const SignedRoundChange> round_changes) {
    std::vector<PreparedMetadata> prepared;
    for (const auto& message : round_changes)
        if (message.payload.prepared) prepared.push_back(*message.payload.prepared);
    std::ranges::sort(prepared, {}, &PreparedMetadata::prepared_round);
    return std::ranges::adjacent_find(prepared, [](const auto& a, const auto& b) {
               return a.prepared_round == b.prepared_round &&
                      a.prepared_block_hash != b.prepared_block_hash;
           }) != prepared.end();
}

BrokenRule check_first_proposal(const Proposal& proposal) {
    if (!proposal.round_changes.empty()) return "round changes in a proposal of round 0";
    if (!proposal.prepares.empty()) return "prepares in a proposal of round 0";
    if (proposal.proposal.payload.block->header.coinbase != proposal.proposal.author)
        return "coinbase is not the proposer";
    return std::nullopt;
}

BrokenRule check_round_changes(const Proposal& proposal, const Height& height) {
    const std::span<const SignedRoundChange> round_changes{proposal.round_changes};
    if (!is_from_different_validators(round_changes, height))
        return "round changes are not of different validators";
    if (round_changes.size() < height.quorum()) return "no quorum of round changes";
    for (const auto& message : round_changes) {
        if (const auto broken = check_round_change_payload(message, height)) return broken;
        if (message.payload.round != proposal.proposal.payload.round)
            return "a round change targets another round";
    }
    if (has_contradiction(round_changes)) return "round changes contradict each other";
    return std::nullopt;
}

}  // namespace

const SignedRoundChange* find_highest_prepared(std::span<const SignedRoundChange> round_changes) {
    const SignedRoundChange* highest = nullptr;
    for (const auto& message : round_changes) {
        if (!message.payload.prepared) continue;
        if (highest == nullptr ||
            message.payload.prepared->prepared_round > highest->payload.prepared->prepared_round)
            highest = &message;
    }
    return highest;
}

BrokenRule check_prepares(std::span<const SignedPrepare> prepares, std::uint32_t round,
                          const Hash32& digest, const Height& height) {
    if (!is_from_different_validators(prepares, height))
        return "prepares are not of different validators";
    if (prepares.size() < height.quorum()) return "no quorum of prepares";
    for (const auto& prepare : prepares) {
        if (prepare.payload.sequence != height.number() || prepare.payload.round != round)
            return "a prepare is of another round";
        if (prepare.payload.digest != digest) return "a prepare is for another block";
    }
    return std::nullopt;
}

BrokenRule check_proposal(const Proposal& proposal, const Height& height) {
    const auto& payload = proposal.proposal.payload;
    const auto& header = payload.block->header;
    if (payload.sequence != height.number()) return "another height";
    if (proposal.proposal.author != height.proposer(payload.round)) return "not the proposer";
    if (header.number != payload.sequence) return "the block is of another height";
    if (payload.round == 0) return check_first_proposal(proposal);

    if (const auto broken = check_round_changes(proposal, height)) return broken;
    const auto* const highest = find_highest_prepared(proposal.round_changes);
    if (highest == nullptr) {
        if (!proposal.prepares.empty()) return "prepares, but no round change was prepared";
        if (header.coinbase != proposal.proposal.author) return "coinbase is not the proposer";
        return std::nullopt;
    }
    const auto& prepared = *highest->payload.prepared;
    const auto digest = committed_seal_hash(header, prepared.prepared_round);
    if (digest != prepared.prepared_block_hash) return "not the block that was prepared";
    return check_prepares(proposal.prepares, prepared.prepared_round, digest, height);
}

BrokenRule check_round_change_payload(const SignedRoundChange& message, const Height& height) {
    const auto& payload = message.payload;
    if (!message.author || !height.is_validator(*message.author)) return "author is no validator";
    if (payload.sequence != height.number()) return "another height";
    if (payload.round == 0) return "a change to round 0";
    if (payload.round > max_round) return "round is above the highest";
    if (payload.prepared && payload.prepared->prepared_round >= payload.round)
        return "prepared in a round that was not yet";
    return std::nullopt;
}

BrokenRule check_round_change(const RoundChange& message, const Height& height) {
    if (const auto broken = check_round_change_payload(message.round_change, height)) return broken;
    const auto& prepared = message.round_change.payload.prepared;
    if (!message.block) {
        if (prepared) return "prepared, but without the block";
        return std::nullopt;
    }
    if (!prepared) return "a block, but not prepared";
    const auto& header = message.block->header;
    if (header.number != height.number()) return "the block is of another height";
    // Besu does not ask for this one; proposed_block.hpp says what happens without it.
    if (header_round(header) != prepared->prepared_round)
        return "the block's round is not the prepared one";
    if (committed_seal_hash(header) != prepared->prepared_block_hash)
        return "not the block that was prepared";
    return check_prepares(message.prepares, prepared->prepared_round, prepared->prepared_block_hash,
                          height);
}

}  // namespace meta138::qbft
