// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/p2p/network.hpp"
#include "meta138/rpc/backend.hpp"
#include "meta138/sync/sync_status.hpp"

#include <cstdint>
#include <functional>
#include <optional>

namespace meta138::node {

/// What admin_ and net_ methods see and change of the network. Any thread.
class PeerControl final : public rpc::PeerControl {
public:
    struct Settings {
        bool dns = true;  ///< NetworkOptions::dns
        /// The highest version of eth/ that is offered; absent: none.
        std::optional<std::uint64_t> eth_version;
        /// What the eth protocol knows of a peer's chain; empty: nothing.
        std::function<std::optional<sync::PeerChain>(p2p::PeerId)> chain_of;
    };

    /// `network` outlives this.
    PeerControl(p2p::Network& network, Settings settings);

    [[nodiscard]] bool is_listening() const override;
    [[nodiscard]] std::size_t count() const override { return network_.peer_count(); }
    [[nodiscard]] std::vector<rpc::PeerInformation> peers() const override;
    [[nodiscard]] std::optional<rpc::LocalNode> local_node() const override;
    [[nodiscard]] std::optional<std::uint64_t> eth_version() const override {
        return settings_.eth_version;
    }
    std::expected<bool, std::pair<Refusal, std::string>> add(std::string_view enode) override;
    std::expected<bool, std::pair<Refusal, std::string>> remove(std::string_view enode) override;

private:
    [[nodiscard]] std::expected<p2p::Enode, std::pair<Refusal, std::string>> decode(
        std::string_view enode) const;

    p2p::Network& network_;
    const Settings settings_;
};

}  // namespace meta138::node
