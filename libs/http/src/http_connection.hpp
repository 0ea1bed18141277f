// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "body_pipe.hpp"
#include "link.hpp"
#include "request_reader.hpp"
#include "response_head.hpp"
#include "wake_up.hpp"

#include "meta138/http/message.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace meta138::http {

/// One HTTP/1.1 connection: reads a request, has it answered, writes the answer, and so on; one
/// request at a time, pipelined ones in their order. Becomes a session when a client upgrades.
/// Three files: its life and what it reads; http_connection_rules.cpp, what it answers by itself;
/// http_connection_answer.cpp, how answers come and go.
///
/// Belongs to its io thread. The ResponseSink functions may be called from any thread; request_ and
/// the buffers behind it stay as they are until the answer is there, and `exchange_` hands
/// response_ from one thread to the other.
class HttpConnection final : public ResponseSink,
                             public Member,
                             public std::enable_shared_from_this<HttpConnection> {
public:
    explicit HttpConnection(std::unique_ptr<Link> link);
    ~HttpConnection() override;

    /// Serves the connection until it ends. On its io thread.
    static void start(std::unique_ptr<Link> link);

    void respond(Response response) override;
    bool is_abandoned() const noexcept override;
    std::string take_buffer() override { return std::move(recycled_); }
    std::shared_ptr<BodySink> begin(Response head) override;

    void sweep(Clock::time_point now) override;
    void drain() override;
    void close_now() override;

private:
    enum class Exchange : std::uint8_t {
        none,
        dispatched,  ///< the handler runs, on this thread or another
        awaited,     ///< and the coroutine sleeps until it has answered
        answered,    ///< response_ is there
        abandoned,   ///< nobody waits for the answer any more
    };
    enum class Step : std::uint8_t { next, end };

    /// Answers to pipelined requests are gathered up to here before they are written.
    static constexpr std::size_t pipelined_output = 64 * 1024;

    asio::awaitable<void> run();
    asio::awaitable<bool> handshake();
    asio::awaitable<Step> serve();
    asio::awaitable<Step> read_on(RequestReader::Progress progress);
    asio::awaitable<bool> receive(RequestReader::Progress progress);
    asio::awaitable<Step> refuse(unsigned status);
    asio::awaitable<bool> find_access();
    asio::awaitable<bool> wait_for_answer();
    asio::awaitable<bool> stream_body();
    asio::awaitable<bool> flush();
    asio::awaitable<bool> wait_until(Io io);
    asio::awaitable<void> linger();
    void end();

    void prepare_request();
    bool answer_by_rule();
    bool answer_upgrade(const RequestHead& head);
    bool answer_origin(const RequestHead& head);
    bool answer_login();
    bool take_api_key();
    void call_handler();
    void open_session();
    void answer(Response response);
    void append_response();
    void recycle(std::string& body);
    [[nodiscard]] Io flush_now();
    [[nodiscard]] bool is_flushed() const noexcept { return out_.empty() && body_.empty(); }
    [[nodiscard]] bool publish_answer();
    void close_pipe();
    void wake_soon();
    void interrupt();
    void begin_deadline(std::chrono::milliseconds timeout);
    void begin_deadline(RequestReader::Progress progress);

    const std::shared_ptr<IoThread> thread_;
    const std::shared_ptr<Endpoint> endpoint_;
    const std::string remote_address_;
    std::string peer_name_;
    std::unique_ptr<Link> link_;  // until the connection has ended
    ReadBuffer kept_;             // what request_ refers to, after that
    RequestReader reader_;
    WakeUp wake_up_;

    Request request_;
    std::string_view allowed_origin_;
    bool access_found_ = false;
    bool is_upgrade_ = false;
    bool keep_alive_ = true;
    bool closing_ = false;    // at once
    bool resets_ = false;     // at the end
    bool timed_out_ = false;  // the deadline has passed
    bool idle_ = false;       // between requests
    RequestReader::Progress awaiting_ = RequestReader::Progress::complete;  // what deadline_ is for
    bool served_ = false;        // a request, so that the client's next byte is not urgent
    bool continued_ = false;     // 100 Continue has been sent for this request
    std::size_t body_mark_ = 0;  // bytes received when the body's deadline began

    // Between the io thread and the thread that answers.
    std::atomic<Exchange> exchange_{Exchange::none};
    std::atomic<bool> client_has_gone_{false};
    ContentCoding accepted_coding_ = ContentCoding::identity;
    ContentCoding coding_ = ContentCoding::identity;  // of response_
    Response response_;
    std::shared_ptr<BodyPipe> pipe_;  // of a streamed answer
    std::string recycled_;

    std::string out_;   // heads and small bodies
    std::string body_;  // a large one, behind out_
    std::size_t written_ = 0;
    Clock::time_point deadline_ = Clock::time_point::max();
    Clock::time_point idle_since_{};
};

}  // namespace meta138::http
