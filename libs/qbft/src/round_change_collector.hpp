// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/qbft/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace meta138::qbft {

/// What a proposal of a round above 0 rests on.
struct RoundChangeSet {
    std::vector<SignedRoundChange> round_changes;
    /// The highest that one of them shows; null: none was prepared, a new block may be proposed.
    std::shared_ptr<const PreparedCertificate> prepared;
};

/// Valid RoundChanges by the round they target (Besu RoundChangeManager). One a validator and
/// round, and a few rounds a validator: memory is bounded by the number of validators (besu#11102).
class RoundChangeCollector {
public:
    static constexpr std::size_t max_rounds_by_author = 8;

    /// Expects a message that was checked, its block as well. False: that validator's is there
    /// already, or it has sent for enough higher rounds.
    bool add(const RoundChange& message);
    /// Forgets those for lower rounds.
    void start_round(std::uint32_t round);

    /// Null: that validator's for that round is not there.
    [[nodiscard]] const SignedRoundChange* find(std::uint32_t round, const Address& author) const;
    [[nodiscard]] std::size_t count(std::uint32_t round) const;
    /// The highest round that so many want; absent: none.
    [[nodiscard]] std::optional<std::uint32_t> highest_with(std::size_t count) const;
    /// All for that round.
    [[nodiscard]] RoundChangeSet collected(std::uint32_t round) const;
    [[nodiscard]] std::size_t size() const noexcept;

private:
    struct Entry {
        SignedRoundChange message;
        std::shared_ptr<const PreparedCertificate> prepared;
    };
    /// Many show the same certificate: one copy is kept.
    std::shared_ptr<const PreparedCertificate> certificate_of(const RoundChange& message);
    bool make_room(const Address& author, std::uint32_t round);

    std::map<std::uint32_t, std::map<Address, Entry>> by_round_;
    std::map<Hash32, std::weak_ptr<const PreparedCertificate>> certificates_;  // by digest
};

}  // namespace meta138::qbft
