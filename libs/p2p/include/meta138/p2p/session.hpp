// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/p2p/capability.hpp"
#include "meta138/p2p/disconnect.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace meta138::p2p {

/// devp2p rlpx.md, Hello (0x00).
struct Hello {
    std::uint64_t version = 5;
    std::string client_id{};
    std::vector<Capability> capabilities{};
    std::uint16_t listen_port = 0;
    crypto::PublicKey id{};

    friend bool operator==(const Hello&, const Hello&) = default;
};

/// This side of all connections. Outlives them.
struct LocalPeer {
    const crypto::SecretKey* key = nullptr;  ///< The node key.
    std::string client_id{};
    std::uint16_t listen_port = 0;
    std::vector<OfferedCapability> capabilities{};
};

/// One RLPx connection, from the first byte of the handshake on: bytes in, events out; messages in,
/// bytes out. No socket, no clock, no thread.
///
/// Bounded: a handshake of 2 KiB, a Hello of 2 KiB, a message of `max_message_bytes` after
/// decompression.
class Session {
public:
    /// Both Hellos are exchanged, and there is something to talk about.
    struct Established {
        Hello remote{};
        std::vector<SharedCapability> shared{};
    };
    /// A message of a shared capability.
    struct Message {
        std::size_t capability = 0;  ///< Index into Established::shared.
        std::uint8_t code = 0;       ///< Relative to the capability.
        Bytes payload{};             ///< Decompressed.
    };
    /// The connection is over: write what take_output() has left, then close it.
    struct Closed {
        DisconnectReason reason{};
        bool by_remote = false;
        std::string detail{};  ///< For the log: which check failed.
    };
    using Event = std::variant<Established, Message, Closed>;

    struct Limits {
        std::size_t max_message_bytes = std::size_t{10} << 20;
        std::chrono::seconds handshake_timeout{10};
        /// For the rest of a frame whose header has come: who sends ever slower holds its memory.
        std::chrono::seconds frame_timeout{60};
        std::chrono::seconds idle_before_ping{15};
        std::chrono::seconds pong_timeout{15};
    };
    using Time = std::chrono::steady_clock::time_point;

    /// Fills bytes for nonces, ephemeral keys and padding.
    using Random = std::function<void(std::span<std::uint8_t>)>;

    /// We dialled a node with that identity.
    static Session initiate(const LocalPeer& local, const crypto::PublicKey& remote, Time now,
                            const Limits& limits, const Random& random);
    /// Somebody dialled us.
    static Session accept(const LocalPeer& local, Time now, const Limits& limits,
                          const Random& random);
    ~Session();
    Session(Session&&) noexcept;
    Session& operator=(Session&&) noexcept;

    /// Takes bytes as they came, in any pieces. Nothing after a Closed event.
    [[nodiscard]] std::vector<Event> receive(ByteView bytes, Time now);
    /// Ping, and time-outs.
    [[nodiscard]] std::vector<Event> on_time(Time now);
    /// When on_time is due next.
    [[nodiscard]] Time due() const;

    /// Queues a message of shared capability number `capability`. False: too large, or not
    /// established, or closed.
    bool send(std::size_t capability, std::uint8_t code, ByteView payload);
    /// Queues a Disconnect; nothing is sent after it.
    void disconnect(DisconnectReason reason);

    /// Bytes to write to the socket now, in order; empty when there are none.
    [[nodiscard]] Bytes take_output();
    /// As take_output(), into a buffer whose memory then serves what is queued next.
    void take_output(Bytes& output);
    [[nodiscard]] std::size_t output_size() const noexcept;

    /// The identity that the handshake proved; absent before.
    [[nodiscard]] std::optional<crypto::PublicKey> remote_id() const;

private:
    class Implementation;
    explicit Session(std::unique_ptr<Implementation> implementation);
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace meta138::p2p
