// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/qbft/extra_data.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

namespace meta138::qbft {

/// ceil(2n/3): for prepares, seals, round changes (Besu BftHelpers).
[[nodiscard]] constexpr std::size_t quorum(std::size_t validators) noexcept {
    return (2 * validators + 2) / 3;
}
/// One more than may be faulty: floor((n-1)/3) + 1. Not for n = 0.
[[nodiscard]] constexpr std::size_t honest_minority(std::size_t validators) noexcept {
    return (validators - 1) / 3 + 1;
}

/// Who proposes in that round, after a block with coinbase `previous` (Besu BftProposerSelector).
/// `validators` are those of the block to be decided, ascending, not empty.
[[nodiscard]] Address proposer(std::span<const Address> validators, const Address& previous,
                               std::uint32_t round);

/// The validators after a block, and the votes that are open then (Besu VoteTally,
/// VoteTallyUpdater). A value: copy it to branch.
class VoteTally {
public:
    VoteTally() = default;
    explicit VoteTally(std::span<const Address> validators);

    /// Counts a block's vote. Not for epoch blocks.
    void apply(const Address& voter, const Vote& vote);
    /// An epoch block: open votes are forgotten.
    void clear_votes();
    /// A transition replaces the list; open votes stay.
    void replace_validators(std::span<const Address> validators);

    /// Ascending.
    [[nodiscard]] std::vector<Address> validators() const;
    [[nodiscard]] bool contains(const Address& address) const;
    /// Whether that vote of `voter` is counted already.
    [[nodiscard]] bool has_vote(const Address& voter, const Vote& vote) const;

    friend bool operator==(const VoteTally&, const VoteTally&) = default;

private:
    std::set<Address> validators_;
    std::map<Address, std::set<Address>> adds_;  // by recipient: who votes for it
    std::map<Address, std::set<Address>> drops_;
};

}  // namespace meta138::qbft
