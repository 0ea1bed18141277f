// SPDX-License-Identifier: Apache-2.0
#include "peer_control.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/p2p/enode.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

namespace meta138::node {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using Refusal = rpc::PeerControl::Refusal;

/// Counts connections.
class Counting final : public p2p::Protocol {
public:
    void on_connected(const std::shared_ptr<const p2p::Peer>&) override { change(1); }
    void on_message(p2p::PeerId, std::uint64_t, std::uint8_t, Bytes) override {}
    void on_disconnected(p2p::PeerId, p2p::DisconnectReason, bool) override { change(-1); }

    bool wait(int count) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, 20s, [&] { return count_ == count; });
    }

private:
    void change(int by) {
        {
            const std::lock_guard lock{mutex_};
            count_ += by;
        }
        changed_.notify_all();
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    int count_ = 0;
};

struct TestNode {
    explicit TestNode(PeerControl::Settings settings = {.dns = true,
                                                        .eth_version = 69,
                                                        .chain_of = {}})
        : control{network, std::move(settings)} {
        network.add_protocol({{.capability = {"eth", 68}, .message_count = 17},
                              {.capability = {"eth", 69}, .message_count = 18}},
                             protocol);
    }
    static p2p::NetworkOptions options() {
        p2p::NetworkOptions result;
        result.client_id = "meta138/v1";
        result.listen_host = "127.0.0.1";
        result.port = 0;
        result.discovery = false;
        return result;
    }

    crypto::SecretKey key = crypto::SecretKey::generate();
    telemetry::Metrics metrics;
    Counting protocol;
    p2p::Network network{options(), key, telemetry::Logger{}, metrics};
    PeerControl control;
};

TEST(PeerControl, describes_this_node_once_it_listens) {
    TestNode node;
    EXPECT_FALSE(node.control.is_listening());
    EXPECT_FALSE(node.control.local_node().has_value());
    node.network.start();
    EXPECT_TRUE(node.control.is_listening());
    const auto local = node.control.local_node().value();
    const auto id = to_hex_digits(crypto::public_key(node.key).bytes);
    EXPECT_EQ(local.id, id);
    EXPECT_THAT(local.enode, StartsWith("enode://" + id + "@127.0.0.1:"));
    EXPECT_EQ(local.ip, "127.0.0.1");
    EXPECT_EQ(local.listen_address, "127.0.0.1:" + std::to_string(local.listener_port));
    EXPECT_NE(local.listener_port, 0);
    EXPECT_EQ(node.control.eth_version(), 69U);
}

TEST(PeerControl, adds_peers_tells_of_them_and_removes_them) {
    TestNode a{{.dns = true, .eth_version = 69, .chain_of = [](p2p::PeerId) {
                    return sync::PeerChain{.version = 69,
                                           .total_difficulty = std::nullopt,
                                           .number = 7,
                                           .head = Hash32{{1}},
                                           .earliest = 0};
                }}};
    TestNode b;
    a.network.start();
    b.network.start();
    const auto enode = b.control.local_node()->enode;
    EXPECT_TRUE(a.control.add(enode).value());
    EXPECT_FALSE(a.control.add(enode).value()) << "known already";
    ASSERT_TRUE(a.protocol.wait(1));
    ASSERT_TRUE(b.protocol.wait(1));
    EXPECT_EQ(a.control.count(), 1U);

    const auto seen = a.control.peers().at(0);
    EXPECT_EQ(seen.enode, enode.substr(0, enode.find('?')));
    EXPECT_EQ(seen.id, "0x" + b.control.local_node()->id);
    EXPECT_EQ(seen.name, "meta138/v1");
    EXPECT_THAT(seen.capabilities, ElementsAre("eth/68", "eth/69"));
    EXPECT_EQ(seen.port, b.control.local_node()->listener_port);
    EXPECT_EQ(seen.remote_address, "127.0.0.1:" + std::to_string(seen.port));
    EXPECT_FALSE(seen.is_inbound);
    EXPECT_EQ(seen.eth_version, 69U);
    EXPECT_EQ(seen.head, Hash32{{1}});
    EXPECT_TRUE(b.control.peers().at(0).is_inbound);
    EXPECT_EQ(b.control.peers().at(0).eth_version, 0U);

    EXPECT_TRUE(a.control.remove(enode).value());
    EXPECT_FALSE(a.control.remove(enode).value());
    EXPECT_TRUE(a.protocol.wait(0));
}

TEST(PeerControl, refuses_what_is_no_peer) {
    TestNode node{{.dns = false, .eth_version = {}, .chain_of = {}}};
    node.network.start();
    const auto refusal = [](const auto& result) { return result.error().first; };
    EXPECT_EQ(refusal(node.control.add("enode://12@127.0.0.1:1")), Refusal::invalid_enode);
    EXPECT_THAT(node.control.add("enode://12@127.0.0.1:1").error().second,
                HasSubstr("node ID must have exactly 128 hexadecimal characters"));
    EXPECT_EQ(refusal(node.control.add(node.control.local_node()->enode)), Refusal::local_node);
    const auto id = to_hex_digits(crypto::public_key(crypto::SecretKey::generate()).bytes);
    EXPECT_EQ(refusal(node.control.add("enode://" + id + "@besu.example:30303")),
              Refusal::dns_disabled);
    EXPECT_EQ(refusal(node.control.add("enode://" + id + "@127.0.0.1:0")), Refusal::invalid_enode);
    EXPECT_FALSE(node.control.remove("enode://" + id + "@127.0.0.1:30303").value());
}

}  // namespace
}  // namespace meta138::node
