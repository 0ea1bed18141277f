// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Calls of the feed (contracts/src/oracle/Aggregator.sol), its proxy, its registry and its
// timelock.
namespace meta138::contracts {

/// What a feed's initialize() is told.
struct FeedParameters {
    std::string description{};  ///< "ETH / USD": at most 64 bytes
    std::uint8_t decimals = 8;
    std::uint32_t heartbeat = 3600;  ///< seconds, 1 to 2^24 - 1
    /// Hundredths of a percent, at most 10,000. 0: every answer is taken.
    std::uint16_t deviation_bps = 50;
    uint256 min_answer = 1;                  ///< int256 that fits in 96 bits
    uint256 max_answer = max_feed_answer();  ///< likewise
    /// An observation older than this when it arrives is refused; seconds, 1 to 65,535.
    std::uint16_t max_observation_age = 300;
    /// Rounds that can be read, the latest included; 0: all.
    std::uint32_t history = 0;
    /// What is neither due nor deviating, or comes second in its round: true: the call succeeds and
    /// changes nothing; false: it reverts.
    bool skips_needless = false;
    Address admin{};     ///< Parameters, transmitters, upgrades: the timelock.
    Address guardian{};  ///< May pause, and nothing else; zero: nobody but the admin.
    std::vector<Address> transmitters{};

    /// 2^95 - 1
    [[nodiscard]] static constexpr uint256 max_feed_answer() noexcept {
        return uint256::from_limbs(~std::uint64_t{0}, 0x7fffffff, 0, 0);
    }
};

/// Calldata of initialize().
[[nodiscard]] Bytes encode_initialize(const FeedParameters& feed);
/// Creation code of a feed: the proxy, which calls initialize() in its constructor.
[[nodiscard]] Bytes feed_creation_code(const Address& implementation, const FeedParameters& feed);
/// Creation code of the timelock: who may propose, who may execute (zero: anybody).
[[nodiscard]] Bytes timelock_creation_code(std::uint64_t min_delay_seconds,
                                           std::span<const Address> proposers,
                                           std::span<const Address> executors,
                                           const Address& admin);
/// Creation code of the registry.
[[nodiscard]] Bytes registry_creation_code(const Address& admin);

/// transmit(uint80 round, int256 answer, uint64 observedAt): the round that this makes, the last
/// one plus one; whoever comes second with the same round changes nothing.
[[nodiscard]] Bytes encode_transmit(std::uint64_t round, const uint256& answer,
                                    std::uint64_t observed_at);

/// Everything a publisher needs in one call, feedState(address transmitter).
struct FeedState {
    std::uint64_t round = 0;            ///< The last round; 0: there was none.
    uint256 answer{};                   ///< int256, of that round
    std::uint64_t started_at = 0;       ///< When it was observed; seconds since the epoch.
    std::uint64_t updated_at = 0;       ///< Its block's timestamp.
    std::uint64_t block_timestamp = 0;  ///< Of the block this was read at.
    /// An answer that does not deviate is taken from this timestamp on: the last eighth of the
    /// heartbeat, so that one sent in time is there before the heartbeat is over.
    std::uint64_t due_at = 0;
    std::uint32_t heartbeat = 0;  ///< seconds
    std::uint16_t deviation_bps = 0;
    std::uint16_t max_observation_age = 0;  ///< seconds
    uint256 min_answer{};                   ///< int256
    uint256 max_answer{};                   ///< int256
    std::uint8_t decimals = 0;
    bool skips_needless = false;
    bool is_paused = false;
    bool may_transmit = false;  ///< The account that was asked about is a transmitter.

    friend bool operator==(const FeedState&, const FeedState&) = default;
};
[[nodiscard]] Bytes encode_feed_state(const Address& transmitter);
/// Absent when `result` is not what feedState returns.
[[nodiscard]] std::optional<FeedState> decode_feed_state(ByteView result);

/// What AggregatorV3Interface's readers return.
struct RoundData {
    uint256 round_id{};  ///< uint80; of a registry with the phase in its upper 16 bits
    uint256 answer{};    ///< int256
    std::uint64_t started_at = 0;
    std::uint64_t updated_at = 0;
    uint256 answered_in_round{};

    friend bool operator==(const RoundData&, const RoundData&) = default;
};
[[nodiscard]] Bytes encode_latest_round_data();
[[nodiscard]] Bytes encode_get_round_data(const uint256& round_id);
/// Of the registry: latestRoundData(base, quote).
[[nodiscard]] Bytes encode_latest_round_data(const Address& base, const Address& quote);
[[nodiscard]] std::optional<RoundData> decode_round_data(ByteView result);

/// What stands for an asset in the registry. For what Chainlink's Denominations name (ETH, BTC, and
/// currencies of ISO 4217 by their number) theirs; otherwise the last 20 bytes of
/// keccak256(symbol).
[[nodiscard]] Address asset_id(std::string_view symbol);

// Topics of the events that a feed emits.
[[nodiscard]] Hash32 answer_updated_topic();  ///< AnswerUpdated(int256,uint256,uint256)
[[nodiscard]] Hash32 new_round_topic();       ///< NewRound(uint256,address,uint256)
/// UpdateSkipped(uint256,uint8); the data is 0 when the round existed, 1 when it was not needed.
[[nodiscard]] Hash32 update_skipped_topic();

}  // namespace meta138::contracts
