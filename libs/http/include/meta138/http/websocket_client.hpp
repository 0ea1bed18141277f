// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/http/client.hpp"
#include "meta138/http/handler.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meta138::http {

struct WebSocketOptions {
    /// `ws://` or `wss://`; a user and password in it are sent as Basic authentication.
    std::string url = {};
    std::vector<std::pair<std::string, std::string>> headers = {};  ///< of the opening request
    /// From the constructor to the answer of the server.
    std::chrono::milliseconds open_timeout{10'000};
    /// A server that is silent for so long is sent a ping, and given up when it stays silent for as
    /// long again.
    std::chrono::milliseconds ping_interval{20'000};
    /// A message of the server, fragments put together; a larger one ends the connection (1009).
    std::size_t message_bytes = 16 * 1024 * 1024;
    /// Messages that were sent and not yet written: beyond that send() refuses.
    std::size_t queue_bytes = 16 * 1024 * 1024;
};

/// How a WebSocket ended.
struct WebSocketEnd {
    /// Why it could not be opened, or broke. Absent: one side closed it as the protocol has it.
    std::optional<ClientError> error = {};
    /// The close frame's code and reason; without one, 1006 as browsers have it.
    std::uint16_t code = 1006;
    std::string reason = {};
};

/// What a WebSocket tells. Called on the io thread of the Client, one at a time; they must return
/// soon. on_close is the last, and called exactly once, also when opening has failed.
struct WebSocketCallbacks {
    std::move_only_function<void()> on_open = {};
    /// A whole text or binary message; the view is valid during the call.
    std::move_only_function<void(std::string_view message)> on_message = {};
    std::move_only_function<void(const WebSocketEnd& end)> on_close = {};
};

/// One WebSocket (RFC 6455) to a server. Opens itself once; who wants it back after on_close makes
/// another, after a pause.
///
/// All functions may be called from any thread.
class WebSocketClient {
public:
    /// Begins to open it, on the io thread and with the TLS and proxy options of `client`, which
    /// outlives this object.
    WebSocketClient(Client& client, WebSocketOptions options, WebSocketCallbacks callbacks);
    /// Ends the connection without grace. No callback runs after that (called on the io thread:
    /// none after the running one).
    ~WebSocketClient();
    WebSocketClient(const WebSocketClient&) = delete;
    WebSocketClient& operator=(const WebSocketClient&) = delete;

    /// Queues a text message; before on_open it waits for the opening. False if the connection has
    /// ended or the queue is full.
    bool send(std::string message);

    /// Sends a close frame behind what is queued, and waits for the server's no longer than a
    /// second.
    void close(CloseCode code = CloseCode::normal, std::string_view reason = {});

    struct State;

private:
    std::shared_ptr<State> state_;
};

}  // namespace meta138::http
