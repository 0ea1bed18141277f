// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chain_reader.hpp"

#include "meta138/oracle/decision.hpp"
#include "meta138/oracle/status.hpp"
#include "meta138/oracle/submitter.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace meta138::oracle {

/// What is to be done for a feed now.
struct FeedStep {
    enum class Kind : std::uint8_t {
        nothing,
        withdraw,  ///< Nothing is due: what waits need not be sent.
        estimate,  ///< Ask the chain what `transmission` costs, then call on_estimate.
        submit,    ///< `transmission` goes to the Submitter.
        announce,  ///< Dry run: `transmission` would be sent.
    };
    Kind kind = Kind::nothing;
    Transmission transmission = {};
    UpdateReason reason{};
};

/// One feed of a publisher: what the chain says of it, what its sources say, and what follows.
///
/// A state machine without I/O; times are of both clocks. One thread.
class FeedRunner {
public:
    /// `config` outlives this object.
    FeedRunner(const FeedConfig& config, const PublisherConfig& publisher,
               const TransactionConfig& transactions, milliseconds block_period);

    [[nodiscard]] const FeedConfig& config() const noexcept { return *config_; }
    /// Where the feed is; absent until the registry has said so.
    [[nodiscard]] const std::optional<Address>& address() const noexcept { return address_; }
    void on_address(ReadResult<Address> found);

    void on_reading(ReadResult<contracts::FeedState> reading);
    /// `is_busy`: the Submitter has something of this feed.
    [[nodiscard]] FeedStep decide(const PriceBoard& board, const Instant& now, bool is_busy);
    /// What decide() asked for. Returns the step that follows.
    [[nodiscard]] FeedStep on_estimate(const Estimate& estimate, milliseconds steady_now);
    void on_sent();
    /// A lost race is told apart from other failures by what the chain says of the round now: it is
    /// read anew before the next decision.
    void on_finished(const Finished& finished);

    /// When decide() is to be called again, at the latest.
    [[nodiscard]] milliseconds due_at() const noexcept { return due_at_; }
    /// What is decided on was read before the last transaction ended: read it again at once.
    [[nodiscard]] bool needs_reading() const noexcept { return needs_reading_; }

    [[nodiscard]] FeedStatus status(const Instant& now, bool is_busy) const;

private:
    [[nodiscard]] std::optional<std::string> obstacle() const;
    [[nodiscard]] Transmission make_transmission(const Update& update) const;
    void note_lost(std::uint64_t round);

    const FeedConfig* config_;
    TransactionConfig transactions_;
    bool is_dry_run_ = false;
    milliseconds block_period_{};
    std::optional<Address> address_;
    Decider decider_;

    std::optional<contracts::FeedState> chain_;
    std::string chain_error_;  // of the last reading
    bool needs_reading_ = false;
    Aggregate aggregate_;
    std::string decision_ = "unknown";
    milliseconds due_at_{};

    std::optional<Transmission> estimating_;
    std::uint64_t gas_limit_;                      // of what is under way
    std::string refusal_;                          // why the last estimate failed
    unsigned refusals_ = 0;                        // in a row
    milliseconds refused_until_{};                 // steady
    std::uint64_t announced_ = 0;                  // the round that a dry run announced last
    std::optional<std::uint64_t> reverted_round_;  // until a reading says why

    FeedStatus counts_;  // the members that count
};

}  // namespace meta138::oracle
