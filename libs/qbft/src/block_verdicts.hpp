// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "proposed_block.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/qbft/messages.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <variant>
#include <vector>

namespace meta138::qbft {

/// A proposal that only waits for its block's verdict.
struct WaitingProposal {
    std::uint32_t round = 0;
    ProposedBlock block;
    Address author;
    Hash32 id;                            ///< message_id
    std::chrono::milliseconds arrived{};  ///< Steady.
};
struct WaitingRoundChange {
    RoundChange message;
    Hash32 id;  ///< message_id
};
using Waiting = std::variant<WaitingProposal, WaitingRoundChange>;

/// Which blocks of a height are valid, as far as was asked, and the messages that wait for an
/// answer. By on-chain hash: a block that is proposed again is the same.
class BlockVerdicts {
public:
    enum class Verdict : std::uint8_t { unknown, asked, valid, invalid };
    /// RoundChanges of one validator that wait for one block: it sends for ever higher rounds.
    static constexpr std::size_t max_waiting_by_author = 4;

    [[nodiscard]] Verdict find(const Hash32& hash) const;
    /// Expects that it is unknown.
    void ask(const Hash32& hash);
    /// Without having asked: this validator has vouched for it before.
    void set_valid(const Hash32& hash);
    /// Expects that it was asked. False: too many of that author wait.
    bool wait(const Hash32& hash, Waiting message);
    /// Those that waited, in the order they came; empty if it was not asked.
    [[nodiscard]] std::vector<Waiting> settle(const Hash32& hash, bool is_valid);
    /// A block that was refused may be asked about again: the clock may have been the reason.
    void start_round();

    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

private:
    struct Entry {
        Verdict verdict = Verdict::unknown;
        std::vector<Waiting> waiting;
    };
    std::map<Hash32, Entry> entries_;
};

}  // namespace meta138::qbft
