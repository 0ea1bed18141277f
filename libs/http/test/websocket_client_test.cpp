// SPDX-License-Identifier: Apache-2.0
#include "meta138/http/websocket_client.hpp"

#include "raw_server.hpp"
#include "test_server.hpp"
#include "websocket.hpp"

#include "meta138/base/mutex.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <optional>

namespace meta138::http {
namespace {

using namespace std::chrono_literals;
using test::RawConnection;
using test::RawServer;
using test::TestServer;
using testing::ElementsAre;
using testing::HasSubstr;

EndpointOptions websocket_endpoint() {
    EndpointOptions options;
    options.websocket = true;
    return options;
}

/// What a WebSocket has told.
class Listener {
public:
    WebSocketCallbacks callbacks() {
        return {.on_open = [this] { note([this] { is_open_ = true; }); },
                .on_message =
                    [this](std::string_view message) {
                        note([&] { messages_.emplace_back(message); });
                    },
                .on_close = [this](const WebSocketEnd& end) { note([&] { end_ = end; }); }};
    }
    void wait_until_open() {
        const MutexLock lock{mutex_};
        while (!is_open_) changed_.wait(mutex_);
    }
    std::vector<std::string> wait_for_messages(std::size_t count) {
        const MutexLock lock{mutex_};
        while (messages_.size() < count) changed_.wait(mutex_);
        return messages_;
    }
    WebSocketEnd wait_for_end() {
        const MutexLock lock{mutex_};
        while (!end_) changed_.wait(mutex_);
        return *end_;
    }

private:
    void note(const std::function<void()>& change) {
        {
            const MutexLock lock{mutex_};
            change();
        }
        changed_.notify_all();
    }

    Mutex mutex_;
    std::condition_variable_any changed_;
    bool is_open_ = false;
    std::vector<std::string> messages_;
    std::optional<WebSocketEnd> end_;
};

struct WebSocketClientTest : testing::Test {
    Listener listener;
    Client client;

    WebSocketOptions to(std::uint16_t port, std::string_view path = "/") {
        return {.url = "ws://127.0.0.1:" + std::to_string(port) + std::string{path}};
    }
};

/// Answers the opening rightly, and then says `frames`.
std::function<void(RawConnection&)> opening(std::string frames) {
    return [frames = std::move(frames)](RawConnection& connection) {
        const auto head = connection.read_until("\r\n\r\n");
        const std::string_view name = "Sec-WebSocket-Key: ";
        const auto key = head.substr(head.find(name) + name.size(), 24);
        connection.send(
            "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
            "Sec-WebSocket-Accept: " +
            websocket::accept_value(key) + "\r\n\r\n" + frames);
        connection.read_until("never");
    };
}

std::string frame(websocket::Opcode opcode, std::string_view payload, bool final = true) {
    std::string out;
    websocket::append_frame(out, opcode, payload, final);
    return out;
}

TEST_F(WebSocketClientTest, sends_and_receives_messages_in_their_order) {
    TestServer server{websocket_endpoint()};
    WebSocketClient socket{client, to(server.port()), listener.callbacks()};
    EXPECT_TRUE(socket.send("before it is open"));
    listener.wait_until_open();
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(socket.send(std::to_string(i)));
    const auto messages = listener.wait_for_messages(51);
    EXPECT_EQ(messages[0], "echo:before it is open");
    EXPECT_EQ(messages[50], "echo:49");
}

TEST_F(WebSocketClientTest, carries_large_messages_both_ways) {
    TestServer server{websocket_endpoint()};
    WebSocketClient socket{client, to(server.port()), listener.callbacks()};
    const std::string large(900'000, 'L');
    socket.send(large);
    socket.send("big");
    const auto messages = listener.wait_for_messages(2);
    EXPECT_EQ(messages[0], "echo:" + large);
    EXPECT_EQ(messages[1].size(), 300'000u);
}

TEST_F(WebSocketClientTest, asks_for_the_target_of_its_url) {
    TestServer server{websocket_endpoint()};
    WebSocketClient socket{client, to(server.port(), "/feed?pair=ETH-USD"), listener.callbacks()};
    socket.send("target");
    EXPECT_THAT(listener.wait_for_messages(1), ElementsAre("/feed?pair=ETH-USD"));
}

TEST_F(WebSocketClientTest, closes_as_the_protocol_has_it) {
    TestServer server{websocket_endpoint()};
    WebSocketClient socket{client, to(server.port()), listener.callbacks()};
    listener.wait_until_open();
    socket.close(CloseCode::going_away, "done");
    const auto end = listener.wait_for_end();
    EXPECT_FALSE(end.error);
    EXPECT_EQ(end.code, 1001);
    server.handler.wait_for_closed_sessions(1);
    EXPECT_FALSE(socket.send("too late"));
}

TEST_F(WebSocketClientTest, tells_why_the_server_closed) {
    TestServer server{websocket_endpoint()};
    const WebSocketClient socket{client, to(server.port()), listener.callbacks()};
    server.handler.wait_for_session()->close(CloseCode::try_again_later, "busy");
    const auto end = listener.wait_for_end();
    EXPECT_FALSE(end.error);
    EXPECT_EQ(end.code, 1013);
    EXPECT_EQ(end.reason, "busy");
}

TEST_F(WebSocketClientTest, tells_that_nobody_listens) {
    std::uint16_t port = 0;
    {
        port = RawServer{[](RawConnection&) {}}.port();
    }
    const WebSocketClient socket{client, to(port), listener.callbacks()};
    const auto end = listener.wait_for_end();
    ASSERT_TRUE(end.error);
    EXPECT_EQ(end.error->kind, ClientErrorKind::connect);
}

TEST_F(WebSocketClientTest, tells_that_the_server_speaks_no_websocket) {
    TestServer server;
    const WebSocketClient socket{client, to(server.port(), "/echo"), listener.callbacks()};
    const auto end = listener.wait_for_end();
    ASSERT_TRUE(end.error);
    EXPECT_THAT(end.error->text, HasSubstr("in place of a WebSocket"));
}

TEST_F(WebSocketClientTest, refuses_a_wrong_handshake) {
    const RawServer server{[](RawConnection& connection) {
        connection.read_until("\r\n\r\n");
        connection.send(
            "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
    }};
    const WebSocketClient socket{client, to(server.port()), listener.callbacks()};
    EXPECT_THAT(listener.wait_for_end().error->text, HasSubstr("handshake is wrong"));
}

TEST_F(WebSocketClientTest, gives_up_an_opening_that_takes_too_long) {
    const RawServer server{[](RawConnection& connection) { connection.read_until("never"); }};
    auto options = to(server.port());
    options.open_timeout = 1ms;
    const WebSocketClient socket{client, options, listener.callbacks()};
    EXPECT_EQ(listener.wait_for_end().error->kind, ClientErrorKind::timed_out);
}

TEST_F(WebSocketClientTest, pings_a_silent_server_and_gives_it_up) {
    const RawServer server{opening("")};
    auto options = to(server.port());
    options.ping_interval = 1ms;
    const WebSocketClient socket{client, options, listener.callbacks()};
    const auto end = listener.wait_for_end();
    EXPECT_EQ(end.error->kind, ClientErrorKind::timed_out);
    EXPECT_THAT(end.error->text, HasSubstr("pings"));
}

TEST_F(WebSocketClientTest, puts_fragments_together_and_answers_pings_between_them) {
    using websocket::Opcode;
    const RawServer server{opening(frame(Opcode::text, "one ", false) + frame(Opcode::ping, "p") +
                                   frame(Opcode::continuation, "message"))};
    const WebSocketClient socket{client, to(server.port()), listener.callbacks()};
    EXPECT_THAT(listener.wait_for_messages(1), ElementsAre("one message"));
}

TEST_F(WebSocketClientTest, ends_at_a_message_that_is_too_large) {
    const RawServer server{opening(frame(websocket::Opcode::text, std::string(101, 'x')))};
    auto options = to(server.port());
    options.message_bytes = 100;
    const WebSocketClient socket{client, options, listener.callbacks()};
    const auto end = listener.wait_for_end();
    EXPECT_EQ(end.error->kind, ClientErrorKind::too_large);
    EXPECT_EQ(end.code, 1009);
}

TEST_F(WebSocketClientTest, ends_at_a_masked_frame) {
    std::string masked;
    websocket::append_masked_frame(masked, websocket::Opcode::text, "x", 0x01020304);
    const RawServer server{opening(masked)};
    const WebSocketClient socket{client, to(server.port()), listener.callbacks()};
    EXPECT_EQ(listener.wait_for_end().code, 1002);
}

TEST_F(WebSocketClientTest, refuses_to_queue_more_than_allowed) {
    const RawServer server{[](RawConnection& connection) { connection.read_until("never"); }};
    auto options = to(server.port());
    options.queue_bytes = 100;
    WebSocketClient socket{client, options, listener.callbacks()};
    EXPECT_TRUE(socket.send(std::string(60, 'x')));
    EXPECT_FALSE(socket.send(std::string(60, 'x')));
}

TEST_F(WebSocketClientTest, refuses_urls_and_headers_it_cannot_use) {
    const WebSocketClient socket{client, {.url = "http://a"}, listener.callbacks()};
    EXPECT_EQ(listener.wait_for_end().error->kind, ClientErrorKind::invalid_request);
    Listener other;
    const WebSocketClient evil{
        client, {.url = "ws://a", .headers = {{"A", "b\r\nC: d"}}}, other.callbacks()};
    EXPECT_EQ(other.wait_for_end().error->kind, ClientErrorKind::invalid_request);
}

TEST_F(WebSocketClientTest, may_be_destroyed_by_its_own_callback) {
    TestServer server{websocket_endpoint()};
    std::promise<void> done;
    std::optional<WebSocketClient> socket;
    std::promise<void> assigned;
    WebSocketCallbacks callbacks;
    callbacks.on_open = [&] {
        assigned.get_future().wait();
        socket.reset();
        done.set_value();
    };
    callbacks.on_close = [](const WebSocketEnd&) { ADD_FAILURE() << "nobody listens any more"; };
    socket.emplace(client, to(server.port()), std::move(callbacks));
    assigned.set_value();
    done.get_future().wait();
    server.handler.wait_for_closed_sessions(1);
}

}  // namespace
}  // namespace meta138::http
