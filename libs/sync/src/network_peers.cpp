// SPDX-License-Identifier: Apache-2.0
#include "meta138/sync/peers.hpp"

#include <string>
#include <utility>

namespace meta138::sync {

namespace {

class NetworkPeers final : public Peers {
public:
    NetworkPeers(p2p::Network& network, std::string_view protocol)
        : network_{network}, protocol_{protocol} {}

    bool send(p2p::PeerId peer, std::uint8_t code, std::shared_ptr<const Bytes> payload) override {
        return network_.send(peer, protocol_, code, std::move(payload));
    }
    std::size_t queued_bytes(p2p::PeerId peer) const override {
        return network_.queued_bytes(peer);
    }
    void disconnect(p2p::PeerId peer, p2p::DisconnectReason reason) override {
        network_.disconnect(peer, reason);
    }
    void score(p2p::PeerId peer, int points) override { network_.score(peer, points); }
    void mark_ready(p2p::PeerId peer) override { network_.mark_ready(peer); }
    void post(Task task) override { network_.post(std::move(task)); }
    void post_at(Time time, Task task) override { network_.post_at(time, std::move(task)); }
    [[nodiscard]] Time now() const override { return std::chrono::steady_clock::now(); }

private:
    p2p::Network& network_;
    const std::string protocol_;
};

}  // namespace

std::unique_ptr<Peers> make_peers(p2p::Network& network, std::string_view protocol) {
    return std::make_unique<NetworkPeers>(network, protocol);
}

}  // namespace meta138::sync
