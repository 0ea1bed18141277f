// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/oracle/aggregate.hpp"
#include "meta138/oracle/instant.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace meta138::oracle {

/// The last update of a feed that this publisher wrote.
struct LastUpdate {
    std::uint64_t round = 0;
    Hash32 transaction = {};
    std::uint64_t block = 0;
    std::uint64_t gas_used = 0;
};

struct FeedStatus {
    std::string name = {};
    std::optional<Address> address = {};
    unsigned decimals = 8;
    Aggregate aggregate = {};
    std::optional<Decimal> answer = {};  ///< The chain's.
    std::uint64_t round = 0;
    std::chrono::seconds updated_at{};          ///< Of that round; since the epoch.
    std::optional<std::chrono::seconds> age{};  ///< Of that round.
    std::chrono::seconds heartbeat{};
    Ratio threshold{};
    std::optional<Ratio> deviation = {};  ///< Of the price from the answer.
    /// `fresh`, `others_turn`, `no_price`, `paused`, `out_of_bounds`, `gated`, `sending`, `due`
    /// (dry run, or waiting after a failure), `unknown` (not read from the chain yet).
    std::string decision = "unknown";
    bool is_busy = false;  ///< A transaction waits or is on its way.
    bool is_paused = false;
    std::uint64_t sent = 0;  ///< Transactions, replacements included.
    std::uint64_t confirmed = 0;
    std::uint64_t lost_races = 0;
    std::map<std::string, std::uint64_t> failed = {};  ///< By Outcome.
    std::optional<LastUpdate> last_update = {};
    std::vector<std::string> problems = {};  ///< Why it is not healthy.
};

struct EndpointState {
    std::string name = {};
    std::string health = {};
    std::optional<std::uint64_t> head = {};
    std::uint64_t failures = 0;
    std::string last_error = {};
};

/// A publisher at a moment, for `/status`, `/health` and metrics.
struct PublisherStatus {
    std::string name = {};
    std::string version = {};
    Instant now{};
    std::uint64_t chain_id = 0;
    Address account = {};
    std::uint32_t rank = 0;
    std::uint32_t publishers = 1;
    bool is_dry_run = false;
    std::optional<std::uint64_t> head = {};
    std::optional<std::chrono::seconds> head_age = {};
    std::string endpoint = {};
    std::vector<EndpointState> endpoints = {};
    std::string signer = {};
    std::string signer_error = {};
    std::optional<uint256> balance = {};
    uint256 base_fee = 0;
    std::size_t in_flight = 0;
    std::size_t waiting = 0;
    std::uint64_t replaced = 0;
    std::uint64_t reorganised = 0;
    uint256 gas_spent = 0;  ///< Wei, since the start.
    std::vector<FeedStatus> feeds = {};
    std::vector<std::string> problems = {};  ///< Why it is not healthy, feeds included.
    std::vector<std::string> warnings = {};

    [[nodiscard]] bool is_healthy() const noexcept { return problems.empty(); }
};

/// The body of `/status`: what `meta138 top` reads.
[[nodiscard]] std::string status_json(const PublisherStatus& status);
/// The body of `/health`: `{"status":"UP","problems":[],"warnings":[]}` or `DOWN`.
[[nodiscard]] std::string health_json(const PublisherStatus& status);

}  // namespace meta138::oracle
