// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/mutex.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/p2p/enode.hpp"
#include "meta138/rpc/backend.hpp"
#include "meta138/telemetry/metrics.hpp"

#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace meta138::node {

/// Which nodes this one connects with: `nodes-allowlist` of permissions_config.toml.
///
/// A node is known by its id alone, which it proves: addresses change (pods, NAT), and anybody may
/// have one (besu-eth/besu#1190, quorum-kubernetes#58, #173). So an entry may be an enode URL, of
/// which the host says nothing here, or "enode://<id>" without one. Any thread.
class NodePermissions {
public:
    using Refusal = rpc::PermissioningControl::Refusal;

    /// Throws OptionError, in Besu's words.
    NodePermissions(std::filesystem::path file, telemetry::Metrics& metrics);

    /// Bootnodes and static nodes: in the list, and not to be removed. Throws OptionError if one is
    /// missing. Before others use this.
    void fix(std::span<const p2p::Enode> nodes);
    /// Called after each change, outside of all locks: connections are looked at again. Before
    /// others use this.
    void when_changed(std::function<void()> tell) { tell_ = std::move(tell); }

    /// For p2p::NetworkOptions::find_refusal: the rule that forbids it, for the log; absent if it
    /// is permitted.
    [[nodiscard]] std::optional<std::string> find_refusal(const p2p::Enode& node) const;

    [[nodiscard]] std::vector<std::string> allowlist() const;
    std::expected<void, Refusal> add(std::span<const std::string> entries);
    std::expected<void, Refusal> remove(std::span<const std::string> entries);
    std::expected<void, Refusal> reload();

private:
    /// As the file has it, by id.
    using Nodes = std::map<crypto::PublicKey, std::string>;

    [[nodiscard]] static std::expected<Nodes, Refusal> decode(std::span<const std::string> entries);
    [[nodiscard]] static Nodes read(const std::filesystem::path& file);
    std::expected<void, Refusal> change(const Nodes& nodes) META138_REQUIRES(mutex_);

    const std::filesystem::path file_;
    telemetry::Counter& checks_;
    telemetry::Counter& permitted_;
    telemetry::Counter& unpermitted_;
    std::function<void()> tell_;
    std::set<crypto::PublicKey> fixed_;
    mutable Mutex mutex_;
    Nodes nodes_ META138_GUARDED_BY(mutex_);
};

}  // namespace meta138::node
