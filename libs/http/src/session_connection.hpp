// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "document_splitter.hpp"
#include "link.hpp"
#include "request_reader.hpp"
#include "wake_up.hpp"
#include "websocket.hpp"

#include "meta138/base/mutex.hpp"
#include "meta138/http/handler.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meta138::http {

/// A connection that carries messages: a WebSocket, or IPC. Reads messages and hands them on,
/// several unanswered at a time; what is to be sent gathers in `pending_` and is written when the
/// socket takes it. A streamed answer is one message whose fragments nothing may come between but
/// control frames: other messages wait behind it.
///
/// Belongs to its io thread, but for the Session functions and answers, which may come from any.
class SessionConnection final : public Session,
                                public Member,
                                public std::enable_shared_from_this<SessionConnection> {
public:
    /// What the handshake said, kept for the session's life.
    struct Opening {
        std::string method;
        std::string target;
        std::string remote_address;
        std::string peer_name;
        std::vector<std::pair<std::string, std::string>> headers;
        std::vector<HeaderView> header_views;
        Request request;  // refers to the above
    };

    /// Answers the handshake and serves the session until it ends. On its io thread.
    /// `upgrade` is what `reader` has read last, and consumed here.
    static void start_websocket(std::unique_ptr<Link> link, const Request& upgrade,
                                RequestReader& reader);
    static void start_ipc(std::unique_ptr<Link> link);

    SessionConnection(std::unique_ptr<Link> link, std::unique_ptr<Opening> opening);
    ~SessionConnection() override;

    std::uint64_t id() const noexcept override { return id_; }
    const Request& opening() const noexcept override { return opening_->request; }
    bool send(std::string message) override META138_EXCLUDES(mutex_);
    void close(CloseCode code, std::string_view reason) override META138_EXCLUDES(mutex_);

    void sweep(Clock::time_point now) override META138_EXCLUDES(mutex_);
    void drain() override;
    void close_now() override;

private:
    class Call;
    enum class Phase : std::uint8_t {
        open,
        closing,  ///< our close frame is queued or sent: nothing more is dispatched
        ended,
    };

    asio::awaitable<void> run();
    asio::awaitable<void> wait_and_receive();
    asio::awaitable<void> linger();
    asio::awaitable<bool> wait_until(Io io);
    void end();
    [[nodiscard]] bool peer_is_done();

    [[nodiscard]] bool read_messages();
    bool read_frame();
    bool read_document();
    void dispatch(std::string_view message);
    void refuse(CloseCode code, std::string_view reason);
    [[nodiscard]] bool is_paused() META138_EXCLUDES(mutex_);
    [[nodiscard]] Access current_access() const;

    void answer(std::string_view message) META138_EXCLUDES(mutex_);
    void answered();
    bool stream(const Call& call, std::string_view piece) META138_EXCLUDES(mutex_);
    void end_stream(const Call& call) META138_EXCLUDES(mutex_);
    void append_message(std::string_view message) META138_REQUIRES(mutex_);
    void frame_message(std::string& out, std::string_view message) const;
    void append_control(websocket::Opcode opcode, std::string_view payload)
        META138_EXCLUDES(mutex_);
    void schedule_flush() META138_REQUIRES(mutex_);
    void flush() META138_EXCLUDES(mutex_);
    bool refill() META138_EXCLUDES(mutex_);
    void written(std::size_t size) META138_EXCLUDES(mutex_);
    void wait_writable(Io io);
    void begin_closing();
    void wake_soon();

    const std::uint64_t id_;
    const std::shared_ptr<IoThread> thread_;
    const std::shared_ptr<Endpoint> endpoint_;
    const std::unique_ptr<const Opening> opening_;
    const bool ipc_;

    // On the io thread.
    std::unique_ptr<Link> link_;  // until the connection has ended
    websocket::Reader frames_;
    DocumentSplitter documents_;
    WakeUp wake_up_;
    Phase phase_ = Phase::open;
    bool peer_closed_ = false;
    bool failed_ = false;  // what comes in makes no sense any more
    bool corked_ = false;  // answers of this moment leave together
    bool waiting_read_ = false;
    bool waiting_write_ = false;
    bool ping_sent_ = false;
    std::string out_;
    std::size_t out_written_ = 0;
    Clock::time_point last_received_;
    Clock::time_point last_written_;
    Clock::time_point close_deadline_ = Clock::time_point::max();

    std::atomic<std::size_t> unanswered_{0};
    std::atomic<bool> draining_{false};
    std::atomic<bool> has_ended_{false};

    Mutex mutex_;
    std::string pending_ META138_GUARDED_BY(mutex_);
    std::size_t unsent_ META138_GUARDED_BY(mutex_) = 0;  // pending_ and the rest of out_
    bool flush_scheduled_ META138_GUARDED_BY(mutex_) = false;
    bool closed_ META138_GUARDED_BY(mutex_) = false;              // nothing more may be queued
    const Call* streaming_ META138_GUARDED_BY(mutex_) = nullptr;  // whose message has begun
    std::string held_back_ META138_GUARDED_BY(mutex_);            // what may follow that message
    std::condition_variable_any room_;                            // or the session was closed
};

}  // namespace meta138::http
