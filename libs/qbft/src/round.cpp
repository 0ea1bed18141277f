// SPDX-License-Identifier: Apache-2.0
#include "round.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/qbft/extra_data.hpp"

#include <utility>

namespace meta138::qbft {

void Round::propose(ProposedBlock block) {
    META138_ASSERT(!proposed_);
    proposed_ = std::move(block);
    prepares_.settle([this](const Prepare& prepare) { return is_for_proposal(prepare); });
    commits_.settle([this](const Commit& commit) { return check(commit) == Added::counted; });
}

bool Round::is_for_proposal(const Prepare& prepare) const {
    return prepare.payload.digest == proposed_->digest;
}

// Besu CommitValidator. The digest is that of the header as carried, the seal is over the header
// with this round.
Added Round::check(const Commit& commit) const {
    if (commit.payload.digest != proposed_->digest) return Added::mismatch;
    if (crypto::recover_address(proposed_->sealed, commit.payload.commit_seal) != commit.author)
        return Added::bad_seal;
    return Added::counted;
}

Added Round::add(const Prepare& prepare) {
    if (proposed_ && !is_for_proposal(prepare))
        return prepares_.contains(*prepare.author) ? Added::contradiction : Added::mismatch;
    return prepares_.add(prepare);
}

Added Round::add(const Commit& commit) {
    if (!proposed_) return commits_.add(commit);
    if (commits_.contains(*commit.author))
        return commit.payload.digest == proposed_->digest ? Added::duplicate : Added::contradiction;
    if (const auto verdict = check(commit); verdict != Added::counted) return verdict;
    return commits_.add(commit);
}

bool Round::is_prepared() const noexcept {
    return proposed_ && prepares_.size() >= height_->quorum();
}

bool Round::is_committed() const noexcept {
    return proposed_ && commits_.size() >= height_->quorum();
}

PreparedCertificate Round::certificate() const {
    META138_ASSERT(is_prepared());
    return {.round = number_, .block = proposed_->block, .prepares = prepares_.messages()};
}

std::shared_ptr<const Block> Round::sealed_block() const {
    META138_ASSERT(proposed_.has_value());
    std::vector<crypto::Signature> seals;
    for (const auto& commit : commits_.messages()) seals.push_back(commit.payload.commit_seal);
    auto block = std::make_shared<Block>(*proposed_->block);
    block->header = with_round(block->header, number_, seals);
    return block;
}

}  // namespace meta138::qbft
