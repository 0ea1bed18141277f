// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/p2p/discovery.hpp"

#include <expected>
#include <variant>

/// The datagrams of devp2p discv4.md with EIP-868: hash || signature || type || rlp.
namespace meta138::p2p::discv4 {

/// What others may send us: the specification says 1280, Besu accepts 1600.
inline constexpr std::size_t max_received_bytes = 1600;
inline constexpr std::size_t max_sent_bytes = 1280;
inline constexpr std::size_t header_bytes = 32 + 65 + 1;
/// As many as fit into max_sent_bytes with IPv6 addresses throughout.
inline constexpr std::size_t max_neighbors = 12;

/// An address that a packet claims. Absent if it is of no known size: some send none.
struct Endpoint {
    std::optional<IpAddress> ip{};
    std::uint16_t udp_port = 0;
    std::uint16_t tcp_port = 0;

    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

struct Ping {
    std::uint64_t version = 4;
    Endpoint from{};
    Endpoint to{};
    std::uint64_t expiration = 0;
    std::optional<std::uint64_t> record_sequence{};

    friend bool operator==(const Ping&, const Ping&) = default;
};

struct Pong {
    Endpoint to{};
    Hash32 ping_hash{};
    std::uint64_t expiration = 0;
    std::optional<std::uint64_t> record_sequence{};

    friend bool operator==(const Pong&, const Pong&) = default;
};

struct FindNode {
    FixedBytes<64> target{};
    std::uint64_t expiration = 0;

    friend bool operator==(const FindNode&, const FindNode&) = default;
};

struct Neighbors {
    std::vector<Node> nodes{};
    std::uint64_t expiration = 0;

    friend bool operator==(const Neighbors&, const Neighbors&) = default;
};

struct EnrRequest {
    std::uint64_t expiration = 0;

    friend bool operator==(const EnrRequest&, const EnrRequest&) = default;
};

struct EnrResponse {
    Hash32 request_hash{};
    Bytes record{};  ///< Encoded, not yet checked.

    friend bool operator==(const EnrResponse&, const EnrResponse&) = default;
};

/// In the order of the type byte, from 1 on.
using Message = std::variant<Ping, Pong, FindNode, Neighbors, EnrRequest, EnrResponse>;

/// A packet that its sender signed.
struct Packet {
    Hash32 hash{};
    crypto::PublicKey sender{};
    Message message{};
};

enum class PacketError : std::uint8_t {
    too_short,
    too_long,
    bad_hash,
    bad_signature,
    unknown_type,
    bad_content
};

/// Lenient where EIP-8 says so: more list items, and bytes after the list, do not matter. Does not
/// look at the expiration. `kind` first: what costs little is checked before the signature.
std::expected<Packet, PacketError> decode_packet(ByteView datagram);

struct EncodedPacket {
    Bytes datagram{};
    Hash32 hash{};
};

EncodedPacket encode_packet(const Message& message, const crypto::SecretKey& key);

}  // namespace meta138::p2p::discv4
