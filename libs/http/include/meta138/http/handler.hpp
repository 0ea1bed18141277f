// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/http/message.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace meta138::http {

/// WebSocket close codes (RFC 6455 7.4.1) that the server or a handler sends.
enum class CloseCode : std::uint16_t {
    normal = 1000,
    going_away = 1001,
    protocol_error = 1002,
    unsupported_data = 1003,
    invalid_payload = 1007,
    policy_violation = 1008,
    message_too_big = 1009,
    internal_error = 1011,
    try_again_later = 1013,
};

/// An open WebSocket or IPC connection. All functions may be called from any thread, and do nothing
/// once the session is closed. Whoever keeps it keeps the connection's memory, not the connection.
class Session {
public:
    virtual ~Session() = default;
    Session() = default;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Unique in the process, never reused.
    [[nodiscard]] virtual std::uint64_t id() const noexcept = 0;

    /// The upgrade request (without a body); on IPC only its transport and access mean something.
    [[nodiscard]] virtual const Request& opening() const noexcept = 0;

    /// Queues a message that answers nothing: a notification. Never waits. A consumer that leaves
    /// more than Limits::session_queue_bytes unread is closed with 1013 and its queue dropped.
    /// False if the message was not queued.
    virtual bool send(std::string message) = 0;

    /// Closes after what is queued; IPC ignores the code.
    virtual void close(CloseCode code, std::string_view reason) = 0;

    /// The handler's own state for this session, such as its subscriptions; the server never looks.
    std::shared_ptr<void> context;
};

/// What answers. Its functions run on io threads, several at a time (those of one session never at
/// the same time): they must return within microseconds, and hand longer work together with the
/// Responder to another thread.
class Handler {
public:
    virtual ~Handler() = default;
    Handler() = default;
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;

    /// An HTTP request that passed the endpoint's checks. `request` lives until `responder`
    /// answers.
    virtual void on_request(const Request& request, Responder responder) = 0;

    /// A session begins; a WebSocket's handshake has been answered.
    virtual void on_open(const std::shared_ptr<Session>& /*session*/) {}

    /// A whole text or binary message (IPC: a JSON document), with the sender's access of this
    /// moment. `message.body` lives until `responder` answers. Several messages of a session may be
    /// unanswered at a time; beyond Limits::session_requests the server reads no further.
    virtual void on_message(const std::shared_ptr<Session>& /*session*/, const Request& message,
                            Responder responder) {
        on_request(message, std::move(responder));
    }

    /// The session has ended, for whatever reason. The last call for it.
    virtual void on_close(const std::shared_ptr<Session>& /*session*/) {}
};

}  // namespace meta138::http
