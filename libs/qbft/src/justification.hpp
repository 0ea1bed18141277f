// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "height.hpp"
#include "proposed_block.hpp"

#include "meta138/qbft/messages.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace meta138::qbft {

/// The rule that a message breaks; absent: none. Whether a block is valid on its parent is asked
/// elsewhere: these look at the message alone.
using BrokenRule = std::optional<std::string_view>;

/// That a proposer of that round may propose that block (Besu ProposalPayloadValidator,
/// ProposalValidator).
BrokenRule check_proposal(const Proposal& proposal, const Height& height);

/// A signed RoundChange by itself, as a proposal's justification has it (Besu
/// RoundChangePayloadValidator).
BrokenRule check_round_change_payload(const SignedRoundChange& message, const Height& height);

/// A whole RoundChange, with the certificate (Besu RoundChangeMessageValidator).
BrokenRule check_round_change(const RoundChange& message, const Height& height);

/// A quorum of different validators prepared that digest in that round (Besu PrepareValidator).
BrokenRule check_prepares(std::span<const SignedPrepare> prepares, std::uint32_t round,
                          const Hash32& digest, const Height& height);

/// The RoundChange with the highest prepared round; null: none was prepared.
const SignedRoundChange* find_highest_prepared(std::span<const SignedRoundChange> round_changes);

}  // namespace meta138::qbft
