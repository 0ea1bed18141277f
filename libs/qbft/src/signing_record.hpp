// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/qbft/safety_record.hpp"

#include <cstdint>
#include <optional>

namespace meta138::qbft {

/// What this validator has signed, and so what it may still sign.
///
/// Two promises rest on it. Of each kind it signs one message a round: else two blocks could both
/// have a quorum. Having signed for a round it signs for no lower one: its RoundChange told the
/// highest block it had prepared, and a Prepare or Commit in a lower round would make that untrue.
class SigningRecord {
public:
    explicit SigningRecord(std::optional<SafetyRecord> former);

    /// False: it was signed for a higher height, and nothing is known of what was signed for this
    /// one. Then nothing may be signed for it.
    bool start_height(std::uint64_t number);
    /// Something was signed at this height before start_height, in this run or a former one.
    [[nodiscard]] bool resumes() const noexcept { return resumes_; }
    [[nodiscard]] const SafetyRecord& record() const noexcept { return record_; }

    [[nodiscard]] bool may_propose(std::uint32_t round, const Hash32& digest) const;
    [[nodiscard]] bool may_prepare(std::uint32_t round, const Hash32& digest) const;
    [[nodiscard]] bool may_commit(std::uint32_t round, const Hash32& digest) const;
    /// One RoundChange a round; and none for a round in which a block was prepared already.
    [[nodiscard]] bool may_change_round(std::uint32_t round) const;
    /// No proposal was signed in that round, nor anything in a higher one.
    [[nodiscard]] bool may_propose_anything(std::uint32_t round) const;

    // Expect the permission above.
    void proposed(std::uint32_t round, const Hash32& digest);
    void prepared(std::uint32_t round, const Hash32& digest);
    void committed(std::uint32_t round, const Hash32& digest);
    void changed_round(std::uint32_t round, Bytes encoded);
    /// Kept if it is of a higher round than the one there is.
    void keep(const PreparedCertificate& certificate);

    /// Whether something was noted since the last call: must be on disk before it is told.
    bool take_changed() noexcept;

private:
    using Slot = std::optional<Hash32> SafetyRecord::*;
    [[nodiscard]] bool may_sign(Slot slot, std::uint32_t round, const Hash32& digest) const;
    void note(Slot slot, std::uint32_t round, const Hash32& digest);
    void reach(std::uint32_t round);

    SafetyRecord record_;
    bool resumes_ = false;
    bool is_changed_ = false;
};

}  // namespace meta138::qbft
