// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client_state.hpp"
#include "io_thread.hpp"
#include "stream.hpp"
#include "wake_up.hpp"
#include "websocket.hpp"

#include "meta138/base/mutex.hpp"
#include "meta138/http/url.hpp"
#include "meta138/http/websocket_client.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace meta138::http {

/// One connection: a coroutine that reads, and one that writes what others have queued. On the io
/// thread, but for what says otherwise.
struct WebSocketClient::State : Member, std::enable_shared_from_this<WebSocketClient::State> {
    State(Client::State& owner, WebSocketOptions given, WebSocketCallbacks told);

    void start();

    // Any thread:
    [[nodiscard]] bool enqueue(websocket::Opcode opcode, std::string_view payload)
        META138_EXCLUDES(mutex_);
    void close(CloseCode code, std::string_view reason);
    /// Ends without grace; no callback runs after that.
    void abandon();

    void sweep(Clock::time_point now) override;
    void drain() override { stream_->close(); }
    void close_now() override { stream_->close(); }

private:
    asio::awaitable<void> run(std::shared_ptr<State> self);
    asio::awaitable<void> write_queue(std::shared_ptr<State> self);
    asio::awaitable<std::expected<void, ClientError>> open();
    [[nodiscard]] std::string opening_request(std::string_view key) const;
    [[nodiscard]] std::expected<void, ClientError> check_answer(std::string_view head,
                                                                std::string_view key) const;
    /// Reads until one side closes.
    asio::awaitable<WebSocketEnd> read_messages();
    [[nodiscard]] std::optional<WebSocketEnd> handle(websocket::Reader& reader,
                                                     websocket::Reader::Event event);
    [[nodiscard]] WebSocketEnd closed_by_server(std::string_view payload);
    [[nodiscard]] std::unexpected<ClientError> failed(ClientErrorKind kind,
                                                      std::string_view text) const;
    [[nodiscard]] WebSocketEnd broken() const;
    void wake_writer();

    Client::State& client_;
    const WebSocketOptions options_;
    Url url_;
    const std::shared_ptr<Stream> stream_;
    bool is_open_ = false;
    bool has_ended_ = false;
    bool is_pinged_ = false;
    Clock::time_point heard_at_ = Clock::now();
    std::optional<Clock::time_point> give_up_at_;  // opening or closing takes too long
    std::string_view given_up_;                    // why the stream was closed from here
    WakeUp writer_;

    std::recursive_mutex callback_mutex_;  // a callback may destroy its WebSocketClient
    WebSocketCallbacks callbacks_;
    bool is_abandoned_ = false;  // under callback_mutex_: nobody listens any more

    Mutex mutex_;
    std::string queue_ META138_GUARDED_BY(mutex_);
    bool close_is_queued_ META138_GUARDED_BY(mutex_) = false;
};

}  // namespace meta138::http
