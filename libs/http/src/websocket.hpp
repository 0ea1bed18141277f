// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "read_buffer.hpp"

#include "meta138/http/handler.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace meta138::http::websocket {

enum class Opcode : std::uint8_t {
    continuation = 0,
    text = 1,
    binary = 2,
    close = 8,
    ping = 9,
    pong = 10,
};

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 4.2.2).
[[nodiscard]] std::string accept_value(std::string_view key);

/// A key is 16 bytes in base64.
[[nodiscard]] bool is_valid_key(std::string_view key) noexcept;

/// Who reads: clients mask their frames, servers do not (RFC 6455 5.1).
enum class Role : std::uint8_t { server, client };

/// A server's frame: its header and, behind it, the payload.
void append_frame(std::string& out, Opcode opcode, std::string_view payload, bool final = true);
void append_close(std::string& out, CloseCode code, std::string_view reason);
/// A client's frame. `mask` must be unpredictable.
void append_masked_frame(std::string& out, Opcode opcode, std::string_view payload,
                         std::uint32_t mask);
/// The payload of a close frame.
[[nodiscard]] std::string close_payload(CloseCode code, std::string_view reason);

/// XORs `data`, which begins at a multiple of four bytes of the payload, with the mask.
void unmask(char* data, std::size_t size, std::uint32_t mask) noexcept;

[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;

/// Reads the peer's frames out of a connection's buffer and puts messages together. Does no I/O.
class Reader {
public:
    enum class Event : std::uint8_t {
        nothing,  ///< more bytes are needed
        message,  ///< text() or binary, whole
        ping,     ///< answer with a pong of the same payload
        pong,
        close,  ///< the peer closes, with code()
        error,  ///< close with code() and reason()
    };

    Reader(std::size_t frame_bytes, std::size_t message_bytes, Role role = Role::server) noexcept
        : frame_bytes_{frame_bytes}, message_bytes_{message_bytes}, role_{role} {}

    [[nodiscard]] Event advance(ReadBuffer& buffer);

    /// Of a message, ping or pong, until next().
    [[nodiscard]] std::string_view payload() const noexcept { return payload_; }
    [[nodiscard]] CloseCode code() const noexcept { return code_; }
    [[nodiscard]] std::string_view reason() const noexcept { return reason_; }
    [[nodiscard]] std::size_t wanted() const noexcept { return wanted_; }

    /// Consumes the event's frame.
    void next(ReadBuffer& buffer);

private:
    struct Header {
        bool final;
        Opcode opcode;
        std::uint64_t length;
        std::uint32_t mask;
        std::size_t size;
    };

    Event fail(CloseCode code, std::string_view reason);
    bool read_header(std::string_view bytes);
    bool validate_header(std::uint8_t first, bool masked);
    Event take_data(std::string_view payload);
    Event take_close(std::string_view payload);

    std::size_t frame_bytes_;
    std::size_t message_bytes_;
    Role role_;
    Header header_{};
    bool failed_ = false;
    bool in_message_ = false;  // its first fragment has arrived
    Opcode message_opcode_ = Opcode::text;
    std::string fragments_;
    std::string_view payload_;
    std::size_t consumed_ = 0;
    std::size_t wanted_ = ReadBuffer::initial_capacity;
    CloseCode code_ = CloseCode::normal;
    std::string_view reason_;
};

}  // namespace meta138::http::websocket
