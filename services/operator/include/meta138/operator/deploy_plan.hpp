// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::op {

/// What happens to an update that is neither due nor far enough from the last answer.
enum class UndueUpdate : std::uint8_t {
    refuse,  ///< It reverts.
    skip,    ///< It succeeds and changes nothing.
};

/// A feed as it should be.
struct FeedPlan {
    std::string base;         ///< "ETH": 1 to 31 visible ASCII characters without '/'.
    std::string quote;        ///< "USD": likewise.
    std::string description;  ///< "ETH / USD"
    std::uint8_t decimals = 8;
    std::chrono::seconds heartbeat{3600};
    std::uint32_t deviation_bps = 50;  ///< In hundredths of a percent.
    UndueUpdate undue = UndueUpdate::skip;
    uint256 min_answer = 1;  ///< In units of 10^-decimals.
    uint256 max_answer;      ///< 0: as much as an answer can be.
    /// An observation older than this when it arrives is refused.
    std::chrono::seconds max_observation_age{300};
    std::uint32_t history = 0;  ///< Rounds kept; 0: all.
    std::vector<Address> transmitters;

    friend bool operator==(const FeedPlan&, const FeedPlan&) = default;
};

/// What should be on a chain: the file deploy.toml.
struct DeployPlan {
    bool multicall3 = true;
    bool weth9 = true;
    bool demonstration =
        false;           ///< An ERC-20, and a factory, a router and a pair of it with WETH9.
    bool oracle = true;  ///< Timelock, registry, the aggregator's code.
    /// The least time between the timelock's learning of a change and its making it.
    std::chrono::seconds timelock_delay{2 * 24 * 3600};
    /// Whether feeds and registry are the timelock's in the end; otherwise the deployer's.
    bool hand_over = false;
    /// Feeds that run another version of the aggregator get this program's.
    bool upgrade = false;
    /// Who may pause new feeds, and nothing else; zero: nobody but the admin.
    Address guardian;
    std::vector<FeedPlan> feeds;

    friend bool operator==(const DeployPlan&, const DeployPlan&) = default;
};

/// "deploy.toml:12: heartbeat: 0s is not between 1s and 30d"
struct DeployPlanError {
    std::string reason;

    friend bool operator==(const DeployPlanError&, const DeployPlanError&) = default;
};

inline constexpr std::size_t max_deploy_plan_size = std::size_t{1} << 20;
inline constexpr std::size_t max_planned_feeds = 1024;
inline constexpr std::size_t max_planned_transmitters = 64;  ///< Of one feed.

/// Reads TOML; `name` is what errors call the text. Unknown keys are errors.
[[nodiscard]] std::expected<DeployPlan, DeployPlanError> parse_deploy_plan(std::string_view toml,
                                                                           std::string_view name);
[[nodiscard]] std::expected<DeployPlan, DeployPlanError> read_deploy_plan(
    const std::filesystem::path& path);
/// A plan made by a program: the same limits.
[[nodiscard]] std::expected<void, DeployPlanError> validate_deploy_plan(const DeployPlan& plan);

}  // namespace meta138::op
