// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/uint256.hpp"
#include "meta138/oracle/aggregate.hpp"
#include "meta138/oracle/config.hpp"
#include "meta138/oracle/instant.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace meta138::oracle {

/// A feed as its contract has it, read at one block.
struct ChainFeed {
    std::uint64_t round = 0;  ///< The last round; 0: there was none.
    uint256 answer{};         ///< Of that round, an int256.
    seconds updated_at{};     ///< Of that round: its block's timestamp.
    seconds head_time{};      ///< The timestamp of the block that this was read at.
    bool paused = false;
    std::optional<uint256> min_answer{};  ///< The contract refuses what is below (int256),
    std::optional<uint256> max_answer{};  ///< and above.
    /// From this block timestamp on the contract takes any answer, and
    seconds due_at{};
    /// before that one that deviates by this from its last one, or is the first.
    Ratio gate_deviation{};
    /// The contract's own heartbeat, if it has one: the shorter of it and the feed's counts.
    std::optional<seconds> heartbeat{};
};

/// Why an update is due.
enum class UpdateReason : std::uint8_t { first, deviation, heartbeat };
[[nodiscard]] std::string_view to_string(UpdateReason reason) noexcept;

/// Send this.
struct Update {
    std::uint64_t round = 0;  ///< The round that it makes: the contract refuses it if that exists.
    uint256 answer{};         ///< int256 with the feed's decimals.
    seconds observed_at{};    ///< Wall time of the aggregation.
    UpdateReason reason{};
};

enum class WaitReason : std::uint8_t {
    fresh,          ///< Neither a deviation nor a heartbeat is due.
    others_turn,    ///< An update is due, and another publisher is to send it.
    no_price,       ///< Too few sources, or they disagree.
    paused,         ///< The contract takes no updates.
    out_of_bounds,  ///< The contract would refuse the answer: below its least or above its highest.
    gated,          ///< The contract would refuse it as too early.
};
[[nodiscard]] std::string_view to_string(WaitReason reason) noexcept;

/// Ask again at `until`, and whenever the chain's feed or the price has changed.
struct Wait {
    WaitReason reason{};
    std::optional<milliseconds> until{};  ///< Wall time; absent: only a change can help.
};

using Decision = std::variant<Update, Wait>;

/// When to publish one feed; a state machine without a clock.
///
/// An update is due when the price deviates from the chain's answer by the feed's threshold, or
/// when the answer would grow older than the heartbeat before an update sent later is in a block.
/// Of several publishers it is each one's turn in another round; the others follow after `turn`
/// each. They do not talk: the contract takes a round once, and that is what makes it exact.
class Decider {
public:
    Decider(const FeedConfig& feed, const PublisherConfig& publisher, milliseconds block_period);

    /// The feed's state on the chain, the price of this moment, and the wall clock. Updates that
    /// are under way are the caller's to know: it does not ask, or ignores the answer, meanwhile.
    [[nodiscard]] Decision decide(const ChainFeed& chain, const Aggregate& price, milliseconds now);

private:
    [[nodiscard]] std::optional<UpdateReason> due(const ChainFeed& chain, const uint256& answer,
                                                  milliseconds now) const;
    [[nodiscard]] milliseconds heartbeat_at(const ChainFeed& chain) const;
    [[nodiscard]] milliseconds delay(std::uint64_t round) const noexcept;

    unsigned decimals_ = 8;
    milliseconds heartbeat_{};
    Ratio threshold_{};
    PublisherConfig publisher_;
    milliseconds lead_{};

    std::uint64_t round_ = 0;  // that `due_since_` belongs to
    std::optional<milliseconds> due_since_;
};

}  // namespace meta138::oracle
