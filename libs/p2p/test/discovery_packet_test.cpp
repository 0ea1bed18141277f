// SPDX-License-Identifier: Apache-2.0
#include "discovery/packet.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/test/fixtures.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace meta138::p2p::discv4 {
namespace {

using nlohmann::json;
using namespace literals;

crypto::SecretKey example_key() {
    constexpr auto bytes =
        "0xb71c71a67e1177ad4e901695e1b4b9ee17ae16c6668d313eac2f96dbcda3f291"_hash32;
    return crypto::SecretKey::from(bytes.bytes).value();
}

IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}

Endpoint endpoint_of(const json& value) {
    return {.ip = ip(value.at("ip").get<std::string>()),
            .udp_port = value.at("udp"),
            .tcp_port = value.at("tcp")};
}

/// A packet with any content, truly signed.
Bytes signed_packet(std::uint8_t type, const Bytes& content) {
    Bytes signed_part{type};
    signed_part.insert(signed_part.end(), content.begin(), content.end());
    const auto signature = crypto::sign(crypto::keccak256(signed_part), example_key());
    Bytes rest = to_bytes(signature.r.bytes);
    rest.insert(rest.end(), signature.s.begin(), signature.s.end());
    rest.push_back(signature.y_parity);
    rest.insert(rest.end(), signed_part.begin(), signed_part.end());
    Bytes packet = to_bytes(crypto::keccak256(rest).bytes);
    packet.insert(packet.end(), rest.begin(), rest.end());
    return packet;
}

TEST(DiscoveryPacket, reads_the_packets_of_the_fixture) {
    META138_FIXTURE_OR_SKIP(path, "devp2p/discv4/eip8-packets.json");
    std::ifstream file{path};
    const auto fixture = json::parse(file);
    for (const auto& entry : fixture.at("packets")) {
        const auto bytes = decode_hex(entry.at("packet").get<std::string>()).value();
        const auto packet = decode_packet(bytes);
        ASSERT_TRUE(packet) << entry.at("name");
        EXPECT_EQ(packet->sender, crypto::public_key(example_key()));
        EXPECT_EQ(packet->message.index() + 1, entry.at("type").get<std::size_t>());
        if (const auto* ping = std::get_if<Ping>(&packet->message)) {
            EXPECT_EQ(ping->from, endpoint_of(entry.at("from")));
            EXPECT_EQ(ping->to, endpoint_of(entry.at("to")));
            EXPECT_EQ(ping->expiration, entry.at("expiration").get<std::uint64_t>());
        } else if (const auto* find_node = std::get_if<FindNode>(&packet->message)) {
            EXPECT_EQ(to_hex(find_node->target.bytes), entry.at("target").get<std::string>());
            EXPECT_EQ(find_node->expiration, entry.at("expiration").get<std::uint64_t>());
        } else if (const auto* neighbors = std::get_if<Neighbors>(&packet->message)) {
            ASSERT_EQ(neighbors->nodes.size(), entry.at("nodes").size());
            EXPECT_EQ(neighbors->expiration, entry.at("expiration").get<std::uint64_t>());
            for (std::size_t i = 0; i < neighbors->nodes.size(); ++i) {
                const auto& node = neighbors->nodes[i];
                const auto& expected = entry.at("nodes").at(i);
                EXPECT_EQ(to_hex(node.id.bytes), expected.at("id").get<std::string>());
                EXPECT_EQ(to_string(node.endpoint.ip), expected.at("ip").get<std::string>());
                EXPECT_EQ(node.endpoint.port, expected.at("udp").get<std::uint64_t>());
                EXPECT_EQ(node.tcp_port, expected.at("tcp").get<std::uint64_t>());
            }
        }
    }
}

// go-ethereum p2p/discover/v4wire: a ping of EIP-868 with an item that nobody knows.
TEST(DiscoveryPacket, a_ping_carries_the_number_of_the_record) {
    const auto packet = decode_packet(
        decode_hex_digits(
            "e9614ccfd9fc3e74360018522d30e1419a143407ffcce748de3e22116b7e8dc92ff74788c0b6663aaa3d67"
            "d641936511c8f8d6ad8698b820a7cf9e1be7155e9a241f556658c55428ec0563514365799a4be2be5a685a"
            "80971ddcfa80cb422cdd0101ec04cb847f000001820cfa8215a8d790000000000000000000000000000000"
            "018208ae820d058443b9a3550102")
            .value());
    ASSERT_TRUE(packet);
    const auto* ping = std::get_if<Ping>(&packet->message);
    ASSERT_NE(ping, nullptr);
    EXPECT_EQ(ping->record_sequence, 1U);
    EXPECT_EQ(ping->to.ip, ip("::1"));
}

TEST(DiscoveryPacket, every_kind_is_read_back) {
    const auto key = example_key();
    const Endpoint here{.ip = ip("192.0.2.1"), .udp_port = 30303, .tcp_port = 30304};
    const Endpoint there{.ip = ip("2001:db8::1"), .udp_port = 1, .tcp_port = 0};
    const Node node{.id = crypto::public_key(key),
                    .endpoint = {.ip = ip("2001:db8::2"), .port = 65535},
                    .tcp_port = 7};
    const std::vector<Message> messages{
        Ping{.from = here, .to = there, .expiration = 1700000000, .record_sequence = 3},
        Ping{.from = there, .to = here, .expiration = 1},
        Pong{
            .to = there, .ping_hash = crypto::keccak256({}), .expiration = 5, .record_sequence = 1},
        FindNode{.target = node.id, .expiration = 6},
        Neighbors{.nodes = {}, .expiration = 7},
        Neighbors{.nodes = std::vector<Node>(max_neighbors, node), .expiration = 7'000'000'000},
        EnrRequest{.expiration = 8},
        EnrResponse{.request_hash = crypto::keccak256({}), .record = Bytes{0xc1, 0x01}},
    };
    for (const auto& message : messages) {
        const auto encoded = encode_packet(message, key);
        EXPECT_LE(encoded.datagram.size(), max_sent_bytes);
        const auto packet = decode_packet(encoded.datagram);
        ASSERT_TRUE(packet) << "kind " << message.index();
        EXPECT_EQ(packet->hash, encoded.hash);
        EXPECT_EQ(packet->sender, node.id);
        EXPECT_EQ(packet->message, message);
    }
}

TEST(DiscoveryPacket, one_more_neighbor_would_be_too_long) {
    const auto key = example_key();
    const Node node{.id = crypto::public_key(key),
                    .endpoint = {.ip = ip("2001:db8::2"), .port = 65535},
                    .tcp_port = 65535};
    const auto one = encode_packet(
        Neighbors{.nodes = std::vector<Node>(1, node), .expiration = 1700000000}, key);
    const auto two = encode_packet(
        Neighbors{.nodes = std::vector<Node>(2, node), .expiration = 1700000000}, key);
    const auto of_one = two.datagram.size() - one.datagram.size();
    const auto full = encode_packet(
        Neighbors{.nodes = std::vector<Node>(max_neighbors, node), .expiration = 1700000000}, key);
    EXPECT_GT(full.datagram.size() + of_one, max_sent_bytes);
}

// Besu PingPacketData reads pings without `from`, and endpoints without a TCP port.
TEST(DiscoveryPacket, a_ping_may_lack_where_it_comes_from) {
    rlp::Writer out;
    out.list([&] {
        out.integer(5).string({});
        out.list([&] { out.string(ip("127.0.0.1").bytes()).integer(30303); });
        out.integer(9);
    });
    const auto packet = decode_packet(signed_packet(1, out.take()));
    ASSERT_TRUE(packet);
    const auto& ping = std::get<Ping>(packet->message);
    EXPECT_EQ(ping.from, Endpoint{});
    EXPECT_EQ(ping.to, (Endpoint{.ip = ip("127.0.0.1"), .udp_port = 30303}));
    EXPECT_EQ(ping.expiration, 9U);
}

TEST(DiscoveryPacket, a_neighbor_without_an_address_is_left_out) {
    rlp::Writer out;
    out.list([&] {
        out.list([&] {
            for (const auto size : {0, 4, 5, 16})
                out.list([&] {
                    out.string(Bytes(static_cast<std::size_t>(size), 9));
                    out.integer(1).integer(2).fixed(crypto::public_key(example_key()));
                });
        });
        out.integer(9);
    });
    const auto packet = decode_packet(signed_packet(4, out.take()));
    ASSERT_TRUE(packet);
    EXPECT_EQ(std::get<Neighbors>(packet->message).nodes.size(), 2U);
}

TEST(DiscoveryPacket, a_changed_byte_is_a_wrong_hash) {
    auto bytes = encode_packet(EnrRequest{.expiration = 8}, example_key()).datagram;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] ^= 1;
        EXPECT_EQ(decode_packet(bytes).error(), PacketError::bad_hash) << i;
        bytes[i] ^= 1;
    }
}

TEST(DiscoveryPacket, what_does_not_fit_is_refused) {
    EXPECT_EQ(decode_packet({}).error(), PacketError::too_short);
    EXPECT_EQ(decode_packet(Bytes(header_bytes)).error(), PacketError::too_short);
    EXPECT_EQ(decode_packet(Bytes(max_received_bytes + 1)).error(), PacketError::too_long);
    const Bytes list = rlp::encode_list(std::uint64_t{9});
    EXPECT_TRUE(decode_packet(signed_packet(5, list)));
    EXPECT_EQ(decode_packet(signed_packet(0, list)).error(), PacketError::unknown_type);
    EXPECT_EQ(decode_packet(signed_packet(7, list)).error(), PacketError::unknown_type);
    EXPECT_EQ(decode_packet(signed_packet(3, list)).error(), PacketError::bad_content);
    EXPECT_EQ(decode_packet(signed_packet(5, Bytes{0x09})).error(), PacketError::bad_content);
    EXPECT_EQ(decode_packet(signed_packet(5, Bytes{0xc0})).error(), PacketError::bad_content);
}

}  // namespace
}  // namespace meta138::p2p::discv4
