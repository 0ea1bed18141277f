// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/operator/deploy_plan.hpp"
#include "meta138/operator/deploy_target.hpp"
#include "meta138/operator/manifest.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace meta138::op {

/// Who signs: an account that the endpoint signs for, or a key in this process
/// (the former by eth_sendTransaction: meta138-signer, Web3Signer, a development chain).
using DeploySender = std::variant<Address, crypto::SecretKey>;

struct DeployOptions {
    /// HTTP or WebSocket URLs of JSON-RPC servers of one chain; the first that answers is used.
    std::vector<std::string> endpoints{"http://127.0.0.1:8545"};
    DeploySender sender;
    DeployPlan plan;
    /// Written after every step, and read for what an earlier run has done; empty: no file.
    std::filesystem::path manifest;
    bool dry_run = false;  ///< Looks, tells what would be done, sends nothing, writes nothing.
    /// A transaction that is in no block by then ends the run with an error.
    std::chrono::milliseconds transaction_timeout{120'000};
    /// One that is in no block for so long is sent again, for an eighth more; 0: never.
    std::chrono::milliseconds replace_after{20'000};
    /// How often to ask whether a transaction is in a block.
    std::chrono::milliseconds poll_interval{100};
    /// Changes that the timelock will allow within this time are waited for; others are left to a
    /// later run.
    std::chrono::seconds timelock_patience{0};
    std::stop_token stop{};
};

enum class DeployAction : std::uint8_t {
    present,     ///< There already, and as it should be.
    deployed,    ///< A contract was made.
    configured,  ///< A transaction changed something: parameters, a registration, a role.
    planned,     ///< Would be done, were it no dry run.
    waiting,     ///< Cannot be done before some time: the timelock's delay. Run again then.
};

[[nodiscard]] std::string_view to_string(DeployAction action) noexcept;

/// One thing that was looked at, and done if need be.
struct DeployStep {
    DeployAction action{};
    std::string subject;  ///< "FeedRegistry", "ETH / USD"
    std::string detail;   ///< "grant transmitter 0x…"; may be empty.
    std::optional<Address> address;
    std::optional<Hash32> transaction_hash;
    std::uint64_t gas_used = 0;
};

/// What a run did.
struct DeployOutcome {
    Manifest manifest;
    std::vector<DeployStep> steps;

    /// Whether every step found what it looked for: nothing was sent.
    [[nodiscard]] bool changed_nothing() const noexcept;
};

/// The manifest, and the steps.
[[nodiscard]] std::string to_json(const DeployOutcome& outcome);

using DeployProgress = std::function<void(const DeployStep&)>;

/// Puts on a running chain what the plan names and the chain lacks. Running it again changes
/// nothing; running it after an interruption goes on where that one stopped, since what is there is
/// read from the chain and not remembered. `progress` is called on this thread after each step.
[[nodiscard]] std::expected<DeployOutcome, DeployError> deploy(const DeployOptions& options,
                                                               const DeployProgress& progress);

/// The same on any chain that `target` stands for; of `options` endpoints, sender and what concerns
/// single transactions do not count.
[[nodiscard]] std::expected<DeployOutcome, DeployError> deploy_to(DeployTarget& target,
                                                                  const DeployOptions& options,
                                                                  const DeployProgress& progress);

}  // namespace meta138::op
