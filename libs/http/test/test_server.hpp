// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client.hpp"

#include "meta138/base/mutex.hpp"
#include "meta138/http/server.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace meta138::http::test {

/// Answers by path: `/echo` with the body, `/later` from another thread when release() is called,
/// `/never` not at all, `/size?n=N` with N bytes, `/stream?n=N` with N pieces, `/broken?n=N` with
/// as many and no end, `/who`, `/access`, `/throw`. Messages: `stream N` and `broken N`, others see
/// on_message.
class ScriptedHandler : public Handler {
public:
    /// Of a streamed body, between brackets.
    static constexpr std::size_t piece_bytes = 10'000;

    ~ScriptedHandler() override;

    void on_request(const Request& request, Responder responder) override;
    void on_open(const std::shared_ptr<Session>& session) override;
    void on_message(const std::shared_ptr<Session>& session, const Request& message,
                    Responder responder) override;
    void on_close(const std::shared_ptr<Session>& session) override;

    /// Answers what waits at `/later`, on a thread of its own.
    void release(std::string body = "late");
    /// Waits until that many requests wait at `/later` or `/never`.
    void wait_for_held(std::size_t count);
    /// Whether the client of the first held request is known to have gone; waits until it is.
    void wait_until_abandoned();
    std::shared_ptr<Session> wait_for_session();
    void wait_for_closed_sessions(std::size_t count);
    /// Drops what is held.
    void clear();
    /// Pieces of streams that were taken.
    [[nodiscard]] std::size_t streamed() const noexcept { return streamed_; }

private:
    void hold(Responder responder, std::string text);
    void stream(Responder responder, std::size_t pieces, bool whole);

    struct Held {
        Responder responder;
        std::string text;
    };
    Mutex mutex_;
    std::condition_variable_any changed_;
    std::vector<Held> held_ META138_GUARDED_BY(mutex_);
    std::vector<std::shared_ptr<Session>> sessions_ META138_GUARDED_BY(mutex_);
    std::size_t closed_sessions_ META138_GUARDED_BY(mutex_) = 0;
    std::atomic<std::size_t> streamed_{0};
    std::vector<std::jthread> threads_;
};

/// A server with one endpoint on port 0.
class TestServer {
public:
    explicit TestServer(EndpointOptions options = {});
    ~TestServer();
    TestServer(const TestServer&) = delete;
    TestServer& operator=(const TestServer&) = delete;

    [[nodiscard]] Client connect() const { return Client{port_}; }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// `meta138_http_refusals_total` for a reason.
    [[nodiscard]] std::uint64_t refusals(std::string_view reason);
    void stop(std::chrono::milliseconds grace) { server_.stop(grace); }
    [[nodiscard]] Server& server() noexcept { return server_; }
    [[nodiscard]] std::string log();

    ScriptedHandler handler;
    telemetry::Metrics metrics;

private:
    std::string name_;
    Mutex mutex_;
    std::string lines_ META138_GUARDED_BY(mutex_);
    std::shared_ptr<telemetry::Log> log_;
    Server server_;
    std::uint16_t port_;
};

/// A file in the test's temporary folder; its path.
std::string write_file(const std::string& name, std::string_view content);

}  // namespace meta138::http::test
