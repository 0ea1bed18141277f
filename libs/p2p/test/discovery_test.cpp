// SPDX-License-Identifier: Apache-2.0
// One core, and what a stranger may make it do.
#include "meta138/p2p/discovery.hpp"

#include "discovery/packet.hpp"
#include "discovery_simulation.hpp"

#include "meta138/codec/rlp/writer.hpp"
#include "meta138/crypto/keccak.hpp"

#include <gmock/gmock.h>

namespace meta138::p2p {
namespace {

using namespace std::chrono_literals;
using namespace discv4;

constexpr std::uint64_t unix_seconds = 1'700'000'000;

/// Our core, and a stranger who writes packets by hand.
class DiscoveryTest : public testing::Test {
protected:
    static IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }

    void make(DiscoveryOptions options = {}) {
        core.emplace(std::move(options), our_key,
                     RecordContent{.ip = here.ip, .tcp = here.port, .udp = here.port}, std::nullopt,
                     now, [this](std::span<std::uint8_t> out) {
                         for (auto& byte : out) byte = random++;
                     });
    }

    void pass(std::chrono::milliseconds time) {
        const auto end = now.time + time;
        while (core->due() <= end) {
            advance(std::max(core->due(), now.time));
            core->on_time(now);
            if (core->due() <= now.time) break;
        }
        advance(end);
    }
    void advance(Discovery::Time to) {
        passed += to - now.time;
        now.time = to;
        now.unix_seconds =
            unix_seconds + static_cast<std::uint64_t>(
                               std::chrono::duration_cast<std::chrono::seconds>(passed).count());
    }

    Hash32 send(const Message& message, const UdpEndpoint& from, const crypto::SecretKey& key) {
        const auto packet = encode_packet(message, key);
        core->receive(packet.datagram, from, now);
        return packet.hash;
    }
    Hash32 send(const Message& message) { return send(message, there, their_key); }

    struct Received {
        UdpEndpoint to;
        Packet packet;
        std::size_t size = 0;
    };
    std::vector<Received> output() {
        std::vector<Received> result;
        auto taken = core->take_output();
        for (auto& found : taken.found) told.push_back(std::move(found));
        if (taken.seen_as) seen_as = taken.seen_as->endpoint;
        for (const auto& [to, datagram] : taken.datagrams)
            result.push_back({to, decode_packet(datagram).value(), datagram.size()});
        return result;
    }
    template <typename Kind>
    std::vector<Received> only(std::vector<Received> packets) {
        std::erase_if(packets, [](const Received& received) {
            return !std::holds_alternative<Kind>(received.packet.message);
        });
        return packets;
    }

    [[nodiscard]] std::uint64_t later() const { return now.unix_seconds + 60; }
    [[nodiscard]] Ping ping() const {
        return {.from = {.ip = there.ip, .udp_port = there.port, .tcp_port = 30303},
                .to = {.ip = here.ip, .udp_port = here.port},
                .expiration = later()};
    }
    [[nodiscard]] Pong pong_to(const Received& ping) const {
        return {.to = {.ip = here.ip, .udp_port = here.port},
                .ping_hash = ping.packet.hash,
                .expiration = later()};
    }
    /// The stranger proves its endpoint.
    void bond() {
        send(ping());
        const auto pings = only<Ping>(output());
        ASSERT_EQ(pings.size(), 1U);
        send(pong_to(pings.front()));
        output();
    }

    crypto::SecretKey our_key = test::key_of(1);
    crypto::SecretKey their_key = test::key_of(2);
    UdpEndpoint here{ip("198.51.100.1"), 30303};
    UdpEndpoint there{ip("203.0.113.7"), 40404};
    Discovery::Now now{Discovery::Time{1000h}, unix_seconds};
    Discovery::Time::duration passed{};
    std::optional<Discovery> core;
    std::vector<Discovery::FoundNode> told;
    std::optional<UdpEndpoint> seen_as;
    std::uint8_t random = 0;
};

TEST_F(DiscoveryTest, a_ping_is_answered_and_asked_back) {
    make();
    const auto hash = send(ping());
    const auto packets = output();
    ASSERT_EQ(packets.size(), 2U);
    EXPECT_EQ(packets[0].to, there);
    const auto& pong = std::get<Pong>(packets[0].packet.message);
    EXPECT_EQ(pong.ping_hash, hash);
    EXPECT_EQ(pong.to.ip, there.ip);
    EXPECT_EQ(pong.to.udp_port, there.port);
    EXPECT_EQ(pong.record_sequence, core->record().sequence());
    const auto& back = std::get<Ping>(packets[1].packet.message);
    EXPECT_EQ(back.from.ip, here.ip);
    EXPECT_EQ(back.from.tcp_port, here.port);
    EXPECT_EQ(core->table_size(), 0U);
}

TEST_F(DiscoveryTest, who_proves_its_endpoint_is_found) {
    make();
    bond();
    EXPECT_EQ(core->table_size(), 1U);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].node.endpoint, there);
    EXPECT_EQ(told[0].node.tcp_port, 30303);
    EXPECT_FALSE(told[0].record);  // it gave no number of one
}

TEST_F(DiscoveryTest, where_a_ping_says_it_comes_from_does_not_matter) {
    make();
    auto lying = ping();
    lying.from.ip = ip("198.51.100.99");
    lying.from.udp_port = 1;
    send(lying);
    for (const auto& packet : output()) EXPECT_EQ(packet.to, there);
}

TEST_F(DiscoveryTest, an_expired_ping_is_not_answered) {
    make();
    auto old = ping();
    old.expiration = now.unix_seconds - 1;
    send(old);
    EXPECT_TRUE(output().empty());
    EXPECT_EQ(core->counts().expired, 1U);
}

// geth's tests write an expiration in the past as a negative number.
TEST_F(DiscoveryTest, an_expiration_in_a_far_future_is_none) {
    make();
    auto strange = ping();
    for (const auto expiration : {~std::uint64_t{0}, now.unix_seconds + 25 * 3600}) {
        strange.expiration = expiration;
        send(strange);
        EXPECT_TRUE(output().empty());
    }
    strange.expiration = now.unix_seconds + 23 * 3600;
    send(strange);
    EXPECT_FALSE(output().empty());
}

TEST_F(DiscoveryTest, a_pong_must_name_our_ping) {
    make();
    send(ping());
    auto pong = pong_to(only<Ping>(output()).front());
    pong.ping_hash[0] ^= 1;
    send(pong);
    EXPECT_EQ(core->table_size(), 0U);
    EXPECT_EQ(core->counts().unsolicited, 1U);
}

TEST_F(DiscoveryTest, a_pong_from_elsewhere_proves_nothing) {
    make();
    send(ping());
    const auto pong = pong_to(only<Ping>(output()).front());
    send(pong, {there.ip, 9999}, their_key);
    send(pong, {ip("203.0.113.8"), there.port}, their_key);
    send(pong, there, test::key_of(3));
    EXPECT_EQ(core->table_size(), 0U);
    send(pong);
    EXPECT_EQ(core->table_size(), 1U);
}

TEST_F(DiscoveryTest, a_pong_that_comes_again_does_nothing) {
    make();
    send(ping());
    const auto pong = pong_to(only<Ping>(output()).front());
    send(pong);
    output();
    send(pong);
    EXPECT_TRUE(output().empty());
    EXPECT_EQ(core->counts().unsolicited, 1U);
}

TEST_F(DiscoveryTest, find_node_without_a_proof_is_answered_with_a_ping_at_most) {
    make();
    const auto size = encode_packet(FindNode{.expiration = later()}, their_key).datagram.size();
    send(FindNode{.expiration = later()});
    const auto packets = output();
    ASSERT_EQ(packets.size(), 1U);
    EXPECT_TRUE(std::holds_alternative<Ping>(packets[0].packet.message));
    EXPECT_LE(packets[0].size, size);  // nothing to gain for who fakes his address
    EXPECT_EQ(core->counts().unproven, 1U);
}

TEST_F(DiscoveryTest, a_record_without_a_proof_is_not_given) {
    make();
    send(EnrRequest{.expiration = later()});
    EXPECT_TRUE(only<EnrResponse>(output()).empty());
    EXPECT_EQ(core->counts().unproven, 1U);
}

TEST_F(DiscoveryTest, a_proof_is_of_one_endpoint) {
    make();
    bond();
    send(FindNode{.expiration = later()}, {ip("203.0.114.1"), there.port}, their_key);
    send(FindNode{.expiration = later()}, {there.ip, 1}, their_key);
    EXPECT_TRUE(output().empty());
    send(FindNode{.expiration = later()});
    EXPECT_EQ(only<Neighbors>(output()).size(), 1U);
}

TEST_F(DiscoveryTest, a_proof_lasts_twelve_hours) {
    make({.refresh_interval = 1000h, .refresh_interval_while_wanted = std::chrono::hours{1000}});
    bond();
    advance(now.time + 11h);
    send(FindNode{.expiration = later()});
    EXPECT_EQ(only<Neighbors>(output()).size(), 1U);
    advance(now.time + 2h);
    send(FindNode{.expiration = later()});
    EXPECT_TRUE(only<Neighbors>(output()).empty());
}

TEST_F(DiscoveryTest, our_record_is_given_to_who_asks) {
    make();
    bond();
    const auto hash = send(EnrRequest{.expiration = later()});
    const auto answers = only<EnrResponse>(output());
    ASSERT_EQ(answers.size(), 1U);
    const auto& answer = std::get<EnrResponse>(answers[0].packet.message);
    EXPECT_EQ(answer.request_hash, hash);
    EXPECT_EQ(NodeRecord::decode(answer.record), core->record());
}

TEST_F(DiscoveryTest, neighbors_are_given_in_packets_that_fit) {
    make();
    bond();
    for (std::uint32_t i = 10; i < 40; ++i) {
        const auto key = test::key_of(i);
        const UdpEndpoint from{*IpAddress::from(Bytes{192, static_cast<std::uint8_t>(i), 0, 1}),
                               30303};
        send(ping(), from, key);
        for (const auto& back : only<Ping>(output()))
            if (back.to == from) send(pong_to(back), from, key);
    }
    output();
    send(FindNode{.expiration = later()});
    const auto packets = only<Neighbors>(output());
    ASSERT_EQ(packets.size(), 2U);
    std::size_t nodes = 0;
    for (const auto& packet : packets) {
        EXPECT_LE(packet.size, max_sent_bytes);
        nodes += std::get<Neighbors>(packet.packet.message).nodes.size();
    }
    EXPECT_EQ(nodes, 16U);
}

TEST_F(DiscoveryTest, neighbors_that_nobody_asked_for_are_not_believed) {
    make();
    bond();
    pass(0ms);
    static_cast<void>(core->take_output());
    const UdpEndpoint other{ip("192.0.2.1"), 30303};
    const auto victim = crypto::public_key(test::key_of(9));
    send(Neighbors{.nodes = {{.id = victim, .endpoint = other}}, .expiration = later()},
         {ip("203.0.113.99"), 1}, test::key_of(5));
    pass(10s);
    for (const auto& packet : output()) EXPECT_NE(packet.to, other);
    EXPECT_GE(core->counts().unsolicited, 1U);
}

TEST_F(DiscoveryTest, addresses_of_our_own_network_are_not_taken_from_strangers) {
    make();
    bond();
    pass(1s);  // a lookup begins
    const auto asked = only<FindNode>(output());
    ASSERT_FALSE(asked.empty());
    std::vector<Node> lies;
    for (const auto* address : {"127.0.0.1", "10.0.0.1", "192.168.0.1", "224.0.0.1", "0.0.0.0"})
        lies.push_back({.id = crypto::public_key(test::key_of(100)),
                        .endpoint = {ip(address), 30303},
                        .tcp_port = 1});
    lies.push_back({.id = crypto::public_key(test::key_of(100)),
                    .endpoint = {ip("192.0.2.1"), 53},
                    .tcp_port = 1});
    send(Neighbors{.nodes = lies, .expiration = later()});
    pass(20s);
    for (const auto& packet : output()) EXPECT_EQ(packet.to, there);
}

TEST_F(DiscoveryTest, a_bootnode_is_asked_five_times_with_growing_delay) {
    const Node bootnode{.id = crypto::public_key(their_key), .endpoint = there, .tcp_port = 1};
    make({.bootnodes = {bootnode}, .refresh_interval_while_wanted = 1h});
    std::vector<Discovery::Time> times;
    const auto end = now.time + 60s;
    while (core->due() <= end) {
        advance(std::max(core->due(), now.time));
        core->on_time(now);
        for (const auto& packet : output()) {
            EXPECT_EQ(packet.to, there);
            times.push_back(now.time);
        }
    }
    ASSERT_EQ(times.size(), 5U);
    for (std::size_t i = 2; i < times.size(); ++i)
        EXPECT_GT(times[i] - times[i - 1], times[i - 1] - times[i - 2]);
    EXPECT_EQ(DiscoveryCounts::sum(core->counts().timeouts), 1U);
}

TEST_F(DiscoveryTest, bootnodes_are_tried_again_at_each_refresh_if_so_set) {
    const Node bootnode{.id = crypto::public_key(their_key), .endpoint = there, .tcp_port = 1};
    make({.bootnodes = {bootnode}});
    pass(10min);
    EXPECT_GT(output().size(), 40U);
    make({.bootnodes = {bootnode}, .retry_bootnodes = false});
    pass(10min);
    EXPECT_GT(output().size(), 40U);  // as long as nobody is known
    const UdpEndpoint other{ip("192.0.2.1"), 30303};
    const auto key = test::key_of(3);
    send(ping(), other, key);
    for (const auto& back : only<Ping>(output()))
        if (back.to == other) send(pong_to(back), other, key);
    pass(30s);
    output();
    pass(10min);
    for (const auto& packet : output()) EXPECT_EQ(packet.to, other);
}

TEST_F(DiscoveryTest, a_record_of_another_key_is_refused) {
    make();
    auto greeting = ping();
    greeting.record_sequence = 1;
    send(greeting);
    auto pong = pong_to(only<Ping>(output()).front());
    pong.record_sequence = 1;
    send(pong);
    const auto asked = only<EnrRequest>(output());
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_TRUE(told.empty());  // until the record is here
    const auto answer = [&](const crypto::SecretKey& key) {
        const LocalRecord record{key, {.ip = there.ip, .tcp = 5555, .udp = 1}, std::nullopt};
        send(EnrResponse{.request_hash = asked[0].packet.hash,
                         .record = to_bytes(record.record().encoded())});
        output();
    };
    answer(test::key_of(8));
    EXPECT_TRUE(told.empty());
    answer(their_key);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].node.tcp_port, 5555);
    EXPECT_EQ(told[0].node.endpoint, there);  // proven, whatever the record says
}

TEST_F(DiscoveryTest, without_an_answer_about_its_record_a_node_is_told_as_it_is) {
    make();
    send(ping());
    auto pong = pong_to(only<Ping>(output()).front());
    pong.record_sequence = 1;
    send(pong);
    pass(10s);
    output();
    EXPECT_EQ(told.size(), 1U);
}

TEST_F(DiscoveryTest, whom_permissions_refuse_gets_no_answer) {
    make({.accepts = [this](const Node& node) { return node.endpoint != there; }});
    send(ping());
    EXPECT_TRUE(output().empty());
    send(ping(), {there.ip, 1}, their_key);
    EXPECT_FALSE(output().empty());
}

TEST_F(DiscoveryTest, permissions_may_name_the_tcp_port) {
    make({.accepts = [](const Node& node) { return node.tcp_port == 30303; }});
    bond();
    EXPECT_EQ(core->table_size(), 1U);
    send(FindNode{.expiration = later()});
    EXPECT_EQ(only<Neighbors>(output()).size(), 1U);
    auto other = ping();
    other.from.tcp_port = 4;
    send(other, {ip("203.0.113.8"), there.port}, test::key_of(3));
    EXPECT_TRUE(output().empty());
}

TEST_F(DiscoveryTest, after_permissions_changed_nodes_are_forgotten) {
    bool permitted = true;
    make({.accepts = [&](const Node&) { return permitted; }});
    bond();
    permitted = false;
    core->recheck();
    EXPECT_EQ(core->table_size(), 0U);
}

TEST_F(DiscoveryTest, our_own_packets_are_ignored) {
    make();
    send(ping(), there, our_key);
    EXPECT_TRUE(output().empty());
}

TEST_F(DiscoveryTest, a_loud_source_is_not_read) {
    make();
    std::size_t answers = 0;
    for (int i = 0; i < 2000; ++i) {
        send(ping());
        answers += only<Pong>(output()).size();
    }
    EXPECT_LE(answers, 250U + 8);
    EXPECT_GE(core->counts().over_rate, 1700U);
    // Others are served.
    const UdpEndpoint other{ip("192.0.2.1"), 30303};
    send(ping(), other, test::key_of(3));
    EXPECT_FALSE(output().empty());
}

TEST_F(DiscoveryTest, a_flood_of_strangers_is_pinged_back_at_a_bounded_rate) {
    make();
    std::size_t pings = 0;
    for (std::uint32_t i = 0; i < 400; ++i) {
        const UdpEndpoint from{*IpAddress::from(Bytes{192, static_cast<std::uint8_t>(i / 200), 1,
                                                      static_cast<std::uint8_t>(1 + i % 200)}),
                               30303};
        send(ping(), from, test::key_of(100 + i));
        pings += only<Ping>(output()).size();
    }
    EXPECT_LE(pings, 61U);
    EXPECT_LE(core->requests_in_flight(), 61U);
}

// Somebody passes our ping on to the real node and its pong back to us.
TEST_F(DiscoveryTest, who_answers_is_not_moved_by_a_relayed_proof) {
    make();
    bond();
    output();
    const UdpEndpoint attacker{ip("192.0.2.66"), 30303};
    send(ping(), attacker, their_key);  // replayed
    for (const auto& back : only<Ping>(output()))
        if (back.to == attacker) send(pong_to(back), attacker, their_key);
    // The old endpoint is asked, and answers.
    for (const auto& check : only<Ping>(output()))
        if (check.to == there) send(pong_to(check));
    pass(400ms);
    ASSERT_EQ(core->nodes().size(), 1U);
    EXPECT_EQ(core->nodes()[0].endpoint, there);
}

TEST_F(DiscoveryTest, many_who_do_not_answer_do_not_keep_it_busy) {
    make({.limits = {.requests = 20}});
    for (std::uint32_t i = 0; i < 500; ++i)
        core->add({.id = crypto::public_key(test::key_of(100 + i)),
                   .endpoint = {*IpAddress::from(Bytes{10, 0, static_cast<std::uint8_t>(i >> 8),
                                                       static_cast<std::uint8_t>(i)}),
                                30303}},
                  now);
    const auto end = now.time + 30s;
    std::size_t turns = 0;
    while (core->due() <= end && turns < 100'000) {
        advance(std::max(core->due(), now.time));
        core->on_time(now);
        ++turns;
        EXPECT_LE(core->requests_in_flight(), 20U);
    }
    EXPECT_LT(turns, 1500U);
}

TEST_F(DiscoveryTest, a_silent_node_is_looked_for_where_others_say_it_is) {
    make();
    bond();
    pass(5min);
    output();
    ASSERT_TRUE(core->nodes().empty());  // it does not answer any more
    const UdpEndpoint elsewhere{ip("192.0.2.9"), 30303};
    core->add({.id = crypto::public_key(their_key), .endpoint = elsewhere, .tcp_port = 1}, now);
    core->on_time(now);
    for (const auto& packet : only<Ping>(output()))
        if (packet.to == elsewhere) send(pong_to(packet), elsewhere, their_key);
    ASSERT_EQ(core->nodes().size(), 1U);
    EXPECT_EQ(core->nodes()[0].endpoint, elsewhere);
}

TEST_F(DiscoveryTest, garbage_is_counted_and_forgotten) {
    make();
    core->receive({}, there, now);
    core->receive(Bytes(100, 7), there, now);
    core->receive(Bytes(2000, 7), there, now);
    EXPECT_EQ(core->counts().malformed, 3U);
    EXPECT_TRUE(output().empty());
}

TEST_F(DiscoveryTest, most_of_us_saying_the_same_address_is_told) {
    make();
    const UdpEndpoint outside{ip("192.0.2.200"), 31000};
    for (std::uint32_t i = 0; i < 4; ++i) {
        const UdpEndpoint from{*IpAddress::from(Bytes{193, static_cast<std::uint8_t>(i), 1, 1}),
                               30303};
        send(ping(), from, test::key_of(100 + i));
        for (const auto& back : only<Ping>(output())) {
            auto pong = pong_to(back);
            pong.to = {.ip = outside.ip, .udp_port = outside.port};
            send(pong, from, test::key_of(100 + i));
        }
        output();
        EXPECT_EQ(seen_as.has_value(), i >= 2) << i;
    }
    EXPECT_EQ(seen_as, outside);
}

}  // namespace
}  // namespace meta138::p2p
