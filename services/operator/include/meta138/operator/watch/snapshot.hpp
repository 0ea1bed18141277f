// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace meta138::op {

/// A node at a moment. What it did not tell is absent.
struct NodeSight {
    std::string name{};
    std::string tier{};  ///< "validator", ...; empty for a node that was named by its URL.
    std::string
        state{};  ///< Of its process: "running", "waiting", ...; empty without a supervisor.
    int pid = 0;
    unsigned restarts = 0;
    std::optional<std::chrono::milliseconds> runs_for{};  ///< Its process; absent: not known.
    std::uint64_t resident_bytes = 0;                     ///< 0: unknown.
    std::optional<std::uint64_t> height{};
    std::optional<Hash32> head_hash{};
    std::optional<std::uint64_t> head_timestamp{};  ///< Seconds since 1970.
    std::optional<std::uint64_t> peers{};
    std::optional<std::chrono::microseconds> latency{};  ///< Of eth_blockNumber.
    std::optional<std::uint64_t> pooled{};               ///< Transactions in its pool.
    std::optional<std::uint64_t> chain_id{};
    std::optional<Hash32> genesis_hash{};
    bool is_syncing = false;
    std::string client{};   ///< web3_clientVersion
    std::string problem{};  ///< Why it does not answer; empty: it does.

    // Of validators (qbft_getStatus).
    std::optional<std::uint64_t> deciding{};  ///< The height that is being decided.
    std::optional<std::uint64_t> round{};
    std::string explanation{};  ///< What it waits for, in its own words.
    std::optional<std::uint64_t> quorum{};
    std::vector<Address> validators{};  ///< Of the height that is being decided.
    std::vector<Address> unheard{};     ///< Of these, who has said nothing at this height.
};

struct BlockSight {
    std::uint64_t number = 0;
    std::uint64_t timestamp = 0;  ///< Seconds since 1970.
    std::uint64_t transactions = 0;
    std::uint64_t gas_used = 0;
    std::uint64_t gas_limit = 0;
    std::optional<std::uint32_t> round{};  ///< Of its seals (QBFT).
    Address proposer{};
};

struct FeedSight {
    std::string name{};  ///< "ETH / USD"
    Address address{};
    std::string price{};  ///< Decimal; empty: there is no answer yet.
    std::uint64_t round = 0;
    std::uint64_t updated_at = 0;  ///< Seconds since 1970.
    std::uint64_t heartbeat = 0;   ///< Seconds.
    std::string problem{};
};

/// A service that is not a node: signer, oracle, prices.
struct ServiceSight {
    std::string name{};
    std::string tier{};
    std::string state{};
    int pid = 0;
    unsigned restarts = 0;
    std::uint64_t resident_bytes = 0;
    std::optional<bool> is_healthy{};
    std::string problem{};  ///< Its own words.
};

/// What a chain and its machines looked like at a moment.
struct Snapshot {
    std::chrono::system_clock::time_point time{};
    std::string where{};  ///< A folder, or a URL.
    std::optional<std::uint64_t> chain_id{};
    std::optional<std::chrono::milliseconds> block_period{};  ///< Of a local network's file.
    bool is_supervised = false;
    std::vector<NodeSight> nodes{};
    std::vector<BlockSight> blocks{};  ///< The newest ones, oldest first.
    std::vector<FeedSight> feeds{};
    std::vector<ServiceSight> services{};

    /// The highest head that a node has.
    [[nodiscard]] std::optional<std::uint64_t> height() const noexcept;
    /// Blocks that the node is behind the highest head; absent if its head is unknown.
    [[nodiscard]] std::optional<std::uint64_t> lag(const NodeSight& node) const noexcept;
};

/// Rates over the newest blocks.
struct ChainRates {
    double block_seconds = 0;  ///< Mean time between blocks.
    double transactions_per_second = 0;
    double gas_per_second = 0;
    double gas_used_share = 0;              ///< Of the gas limit.
    std::uint64_t blocks_after_round0 = 0;  ///< Of those looked at, decided in a later round.
};

/// Over blocks that follow each other. Zeros for fewer than two, or if all are of one second.
[[nodiscard]] ChainRates rates_of(std::span<const BlockSight> blocks) noexcept;

/// `answer` (an int256) with its last `decimals` digits behind the point: "-12.50". Trailing zeros
/// stay.
[[nodiscard]] std::string decimal_text(const uint256& answer, unsigned decimals);

/// A feed's age against its heartbeat, with the grace of one block period for the update's way.
enum class Freshness : std::uint8_t { fresh, stale, empty };
[[nodiscard]] Freshness freshness_of(const FeedSight& feed, std::uint64_t now,
                                     std::uint64_t grace_seconds) noexcept;

/// Everything, for scripts.
[[nodiscard]] std::string to_json(const Snapshot& snapshot);

}  // namespace meta138::op
