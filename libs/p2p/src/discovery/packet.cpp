// SPDX-License-Identifier: Apache-2.0
#include "packet.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/try.hpp"
#include "meta138/codec/rlp/item.hpp"
#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/crypto/keccak.hpp"

#include <algorithm>
#include <type_traits>

namespace meta138::p2p::discv4 {
namespace {

constexpr std::size_t max_depth = 8;

void skip_rest(rlp::Reader& in) {
    while (!in.empty()) static_cast<void>(in.raw_item());
}

/// A port that some leave out, or write with more than two bytes: then it is none.
std::uint16_t read_port(rlp::Reader& in) {
    if (!in.is_string()) return 0;
    const auto bytes = in.bytes();
    if (bytes.size() > 2) return 0;
    unsigned port = 0;
    for (const auto byte : bytes) port = port << 8 | byte;
    return static_cast<std::uint16_t>(port);
}

Endpoint read_endpoint(rlp::Reader& in) {
    Endpoint result;
    if (!in.is_list()) {
        // Besu PingPacketData reads a ping whose `from` is not there.
        static_cast<void>(in.bytes());
        return result;
    }
    auto items = in.list();
    if (items.is_string()) result.ip = IpAddress::from(items.bytes());
    result.udp_port = read_port(items);
    result.tcp_port = read_port(items);
    skip_rest(items);
    return result;
}

std::optional<std::uint64_t> read_sequence(rlp::Reader& in) {
    if (!in.is_string()) return std::nullopt;
    const auto bytes = in.bytes();
    if (bytes.empty() || bytes.size() > 8 || bytes.front() == 0) return std::nullopt;
    std::uint64_t result = 0;
    for (const auto byte : bytes) result = result << 8 | byte;
    return result;
}

Message read_message(rlp::Reader& in, std::type_identity<Ping>) {
    Ping ping;
    static_cast<void>(in.raw_item());  // the version: discv4.md says to ignore it
    ping.from = read_endpoint(in);
    ping.to = read_endpoint(in);
    ping.expiration = in.integer<std::uint64_t>();
    ping.record_sequence = read_sequence(in);
    return ping;
}

Message read_message(rlp::Reader& in, std::type_identity<Pong>) {
    Pong pong;
    pong.to = read_endpoint(in);
    pong.ping_hash = in.fixed<Hash32>();
    pong.expiration = in.integer<std::uint64_t>();
    pong.record_sequence = read_sequence(in);
    return pong;
}

Message read_message(rlp::Reader& in, std::type_identity<FindNode>) {
    FindNode find_node;
    find_node.target = in.fixed<FixedBytes<64>>();
    find_node.expiration = in.integer<std::uint64_t>();
    return find_node;
}

Message read_message(rlp::Reader& in, std::type_identity<Neighbors>) {
    Neighbors neighbors;
    auto list = in.list();
    while (!list.empty()) {
        auto item = list.list();
        Node node;
        const auto ip = IpAddress::from(item.bytes());
        node.endpoint.port = read_port(item);
        node.tcp_port = read_port(item);
        node.id = item.fixed<crypto::PublicKey>();
        skip_rest(item);
        if (!ip) continue;
        node.endpoint.ip = *ip;
        neighbors.nodes.push_back(node);
    }
    neighbors.expiration = in.integer<std::uint64_t>();
    return neighbors;
}

Message read_message(rlp::Reader& in, std::type_identity<EnrRequest>) {
    return EnrRequest{.expiration = in.integer<std::uint64_t>()};
}

Message read_message(rlp::Reader& in, std::type_identity<EnrResponse>) {
    EnrResponse response;
    response.request_hash = in.fixed<Hash32>();
    response.record = to_bytes(in.raw_item());
    return response;
}

template <typename Kind>
std::expected<Message, PacketError> decode_as(ByteView list) {
    auto in = rlp::Reader::list(list);
    auto message = read_message(in, std::type_identity<Kind>{});
    skip_rest(in);
    if (!in.finish()) return std::unexpected{PacketError::bad_content};
    return message;
}

std::expected<Message, PacketError> decode_message(std::uint8_t type, ByteView data) {
    auto sequence = rlp::Reader::sequence(data);
    const auto list = sequence.raw_item();  // bytes after it do not matter
    if (sequence.failed() || !rlp::validate_item(list, max_depth))
        return std::unexpected{PacketError::bad_content};
    switch (type) {
        case 1: return decode_as<Ping>(list);
        case 2: return decode_as<Pong>(list);
        case 3: return decode_as<FindNode>(list);
        case 4: return decode_as<Neighbors>(list);
        case 5: return decode_as<EnrRequest>(list);
        case 6: return decode_as<EnrResponse>(list);
        default: return std::unexpected{PacketError::unknown_type};
    }
}

void write_address(rlp::Writer& out, const std::optional<IpAddress>& ip) {
    out.string(ip ? ip->bytes() : ByteView{});
}

void write_endpoint(rlp::Writer& out, const Endpoint& endpoint) {
    out.list([&] {
        write_address(out, endpoint.ip);
        out.integer(endpoint.udp_port).integer(endpoint.tcp_port);
    });
}

void write_sequence(rlp::Writer& out, const std::optional<std::uint64_t>& sequence) {
    if (sequence) out.integer(*sequence);
}

void write(rlp::Writer& out, const Ping& ping) {
    out.integer(ping.version);
    write_endpoint(out, ping.from);
    write_endpoint(out, ping.to);
    out.integer(ping.expiration);
    write_sequence(out, ping.record_sequence);
}

void write(rlp::Writer& out, const Pong& pong) {
    write_endpoint(out, pong.to);
    out.fixed(pong.ping_hash).integer(pong.expiration);
    write_sequence(out, pong.record_sequence);
}

void write(rlp::Writer& out, const FindNode& find_node) {
    out.fixed(find_node.target).integer(find_node.expiration);
}

void write(rlp::Writer& out, const Neighbors& neighbors) {
    out.items(neighbors.nodes, [](rlp::Writer& items, const Node& node) {
        items.list([&] {
            items.string(node.endpoint.ip.bytes())
                .integer(node.endpoint.port)
                .integer(node.tcp_port)
                .fixed(node.id);
        });
    });
    out.integer(neighbors.expiration);
}

void write(rlp::Writer& out, const EnrRequest& request) {
    out.integer(request.expiration);
}

void write(rlp::Writer& out, const EnrResponse& response) {
    out.fixed(response.request_hash).raw(response.record);
}

}  // namespace

std::expected<Packet, PacketError> decode_packet(ByteView datagram) {
    if (datagram.size() > max_received_bytes) return std::unexpected{PacketError::too_long};
    if (datagram.size() <= header_bytes) return std::unexpected{PacketError::too_short};
    Packet packet;
    packet.hash = Hash32::from(datagram.first<32>());
    if (crypto::keccak256(datagram.subspan(32)) != packet.hash)
        return std::unexpected{PacketError::bad_hash};
    const auto type = datagram[header_bytes - 1];
    TRY_LET(packet.message, decode_message(type, datagram.subspan(header_bytes)));
    const auto signature = datagram.subspan<32, 65>();
    const auto sender = crypto::recover_public_key(
        crypto::keccak256(datagram.subspan(header_bytes - 1)), Hash32::from(signature.first<32>()),
        Hash32::from(signature.subspan<32, 32>()), signature[64]);
    if (!sender) return std::unexpected{PacketError::bad_signature};
    packet.sender = *sender;
    return packet;
}

EncodedPacket encode_packet(const Message& message, const crypto::SecretKey& key) {
    rlp::Writer out;
    out.list([&] { std::visit([&out](const auto& content) { write(out, content); }, message); });
    Bytes signed_part{static_cast<std::uint8_t>(message.index() + 1)};
    signed_part.insert(signed_part.end(), out.view().begin(), out.view().end());
    const auto signature = crypto::sign(crypto::keccak256(signed_part), key);
    EncodedPacket packet;
    packet.datagram.resize(32);
    const auto append = [&packet](ByteView bytes) {
        packet.datagram.insert(packet.datagram.end(), bytes.begin(), bytes.end());
    };
    append(signature.r.bytes);
    append(signature.s.bytes);
    packet.datagram.push_back(signature.y_parity);
    append(signed_part);
    META138_ASSERT(packet.datagram.size() <= max_sent_bytes);
    packet.hash = crypto::keccak256(ByteView{packet.datagram}.subspan(32));
    std::ranges::copy(packet.hash, packet.datagram.begin());
    return packet;
}

}  // namespace meta138::p2p::discv4
