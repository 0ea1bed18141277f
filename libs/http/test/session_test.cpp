// SPDX-License-Identifier: Apache-2.0
// WebSocket and IPC over real sockets.
#include "test_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace meta138::http {
namespace {

using namespace std::chrono_literals;
using test::Client;
using test::masked_frame;
using test::TestServer;
using testing::HasSubstr;

EndpointOptions websocket_options(const Limits& limits = {}) {
    EndpointOptions options;
    options.name = "ws";
    options.http = false;
    options.websocket = true;
    options.limits = limits;
    return options;
}

Client open_websocket(TestServer& server) {
    auto client = server.connect();
    EXPECT_EQ(client.upgrade().status, 101u);
    return client;
}

TEST(WebSocketSession, messages_are_answered_with_messages) {
    TestServer server{websocket_options()};
    auto client = server.connect();
    const auto handshake = client.upgrade();
    EXPECT_EQ(handshake.status, 101u);
    EXPECT_EQ(handshake.header("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    client.send_text("one");
    EXPECT_EQ(client.frame().payload, "echo:one");
    client.send(masked_frame(0x82, "binary"));
    const auto answer = client.frame();
    EXPECT_EQ(answer.payload, "echo:binary");
    EXPECT_EQ(answer.opcode, 1u);
    EXPECT_TRUE(answer.final);
    client.send_text("big");
    EXPECT_EQ(client.frame().payload.size(), 300'000u);
}

TEST(WebSocketSession, messages_behind_the_handshake_are_not_lost) {
    TestServer server{websocket_options()};
    auto client = server.connect();
    client.send(
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\n"
        "Upgrade: WebSocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n" +
        masked_frame(0x81, "early"));
    EXPECT_EQ(client.response().status, 101u);
    EXPECT_EQ(client.frame().payload, "echo:early");
}

TEST(WebSocketSession, fragments_and_pings_are_understood) {
    TestServer server{websocket_options()};
    auto client = open_websocket(server);
    client.send(masked_frame(0x01, "frag") + masked_frame(0x89, "are you there") +
                masked_frame(0x80, "mented"));
    const auto pong = client.frame();
    EXPECT_EQ(pong.opcode, 10u);
    EXPECT_EQ(pong.payload, "are you there");
    EXPECT_EQ(client.frame().payload, "echo:fragmented");
}

TEST(WebSocketSession, a_slow_message_holds_up_no_other) {
    TestServer server{websocket_options()};
    auto client = open_websocket(server);
    client.send_text("later");
    client.send_text("prompt");
    EXPECT_EQ(client.frame().payload, "echo:prompt");
    server.handler.wait_for_held(1);
    server.handler.release("finally ");
    EXPECT_EQ(client.frame().payload, "finally later");
}

TEST(WebSocketSession, unanswered_messages_are_bounded) {
    Limits limits;
    limits.session_requests = 2;
    TestServer server{websocket_options(limits)};
    auto client = open_websocket(server);
    for (int i = 0; i < 3; ++i) client.send_text("later");
    client.send_text("behind them");
    server.handler.wait_for_held(2);
    server.handler.release();
    EXPECT_EQ(client.frame().payload, "latelater");
    EXPECT_EQ(client.frame().payload, "latelater");
    EXPECT_EQ(client.frame().payload, "echo:behind them");
    server.handler.wait_for_held(1);
}

TEST(WebSocketSession, too_big_is_1009) {
    Limits limits;
    limits.frame_bytes = 1000;
    limits.message_bytes = 1500;
    TestServer server{websocket_options(limits)};
    auto frame = open_websocket(server);
    frame.send_text(std::string(1001, 'x'));
    EXPECT_EQ(frame.frame().close_code(), 1009u);
    EXPECT_EQ(frame.frame().opcode, 0u);
    auto message = open_websocket(server);
    message.send(masked_frame(0x01, std::string(1000, 'x')) +
                 masked_frame(0x80, std::string(1000, 'x')));
    EXPECT_EQ(message.frame().close_code(), 1009u);
    EXPECT_EQ(server.refusals("websocket"), 2u);
}

TEST(WebSocketSession, protocol_errors_are_1002_and_bad_text_1007) {
    TestServer server{websocket_options()};
    auto unmasked = open_websocket(server);
    unmasked.send(std::string{"\x81\x01x", 3});
    EXPECT_EQ(unmasked.frame().close_code(), 1002u);
    auto text = open_websocket(server);
    text.send_text("\xff");
    EXPECT_EQ(text.frame().close_code(), 1007u);
}

TEST(WebSocketSession, a_close_is_answered_with_the_same_code) {
    TestServer server{websocket_options()};
    auto client = open_websocket(server);
    client.send(masked_frame(0x88, std::string{"\x03\xe8", 2} + "bye"));
    EXPECT_EQ(client.frame().close_code(), 1000u);
    EXPECT_TRUE(client.is_closed());
    server.handler.wait_for_closed_sessions(1);
}

TEST(WebSocketSession, notifications_come_from_any_thread) {
    TestServer server{websocket_options()};
    auto client = open_websocket(server);
    const auto session = server.handler.wait_for_session();
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (int n = 0; n < 100; ++n) EXPECT_TRUE(session->send("notification"));
            });
    }
    for (int i = 0; i < 400; ++i) ASSERT_EQ(client.frame().payload, "notification");
}

TEST(WebSocketSession, a_slow_consumer_is_closed_and_told_1013) {
    Limits limits;
    limits.session_queue_bytes = 1'000'000;
    TestServer server{websocket_options(limits)};
    auto other = open_websocket(server);
    other.send_text("x");
    EXPECT_EQ(other.frame().payload, "echo:x");
    auto slow = open_websocket(server);
    slow.send_text("x");
    EXPECT_EQ(slow.frame().payload, "echo:x");
    const auto slow_session = server.handler.wait_for_session();
    std::size_t sent = 0;  // until the system's socket buffers and our queue are full
    while (slow_session->send(std::string(100'000, 'n'))) ++sent;
    EXPECT_FALSE(slow_session->send("after"));
    EXPECT_EQ(server.refusals("slow_consumer"), 1u);
    // It may still read what was on its way, and learns why the rest is missing.
    auto frame = slow.frame();
    std::size_t read = 0;
    while (frame.opcode == 1) {
        ++read;
        frame = slow.frame();
    }
    EXPECT_EQ(frame.close_code(), 1013u);
    EXPECT_LT(read, sent);
    other.send_text("y");
    EXPECT_EQ(other.frame().payload, "echo:y");
}

TEST(WebSocketSession, a_client_that_does_not_read_its_answers_is_not_read_from) {
    Limits limits;
    limits.stream_window = 100'000;
    limits.write_timeout = 500ms;
    TestServer server{websocket_options(limits)};
    auto client = open_websocket(server);
    // 3 GB of answers if all were read; the server stops reading, then closes.
    for (int i = 0; i < 10'000 && client.send_text("big"); ++i) {
    }
    while (server.refusals("write_timeout") == 0) std::this_thread::yield();
    server.handler.wait_for_closed_sessions(1);
}

/// A message with all its fragments, pings left out; empty and `final` false at the stream's end.
Client::Frame whole_message(Client& client) {
    auto message = client.frame();
    if (message.opcode == 0) return {};
    for (auto last = message; !last.final;) {
        last = client.frame();
        if (last.opcode != 0 || (!last.final && last.payload.empty())) return {};
        message.payload += last.payload;
        message.final = last.final;
    }
    return message;
}

TEST(WebSocketSession, a_streamed_answer_is_one_message_that_others_wait_for) {
    TestServer server{websocket_options()};
    auto client = open_websocket(server);
    client.send_text("stream 1000");
    client.send_text("stream 500");
    while (server.handler.streamed() == 0) std::this_thread::yield();
    client.send_text("x");
    auto sizes = std::vector<std::size_t>{};
    for (int i = 0; i < 3; ++i) {
        const auto message = whole_message(client);
        EXPECT_TRUE(message.final);
        EXPECT_EQ(message.opcode, 1u);
        sizes.push_back(message.payload.size());
    }
    std::ranges::sort(sizes);
    EXPECT_EQ(sizes, (std::vector<std::size_t>{6, 5'000'002, 10'000'002}));
    client.send_text("next");
    EXPECT_EQ(client.frame().payload, "echo:next");
}

TEST(WebSocketSession, a_stream_runs_no_further_ahead_of_its_client_than_the_window) {
    Limits limits;
    limits.stream_window = 10'000;
    TestServer server{websocket_options(limits)};
    auto slow = open_websocket(server);
    auto other = open_websocket(server);
    slow.send_text("stream 100000");
    EXPECT_FALSE(slow.frame().final);
    other.send_text("y");
    EXPECT_EQ(other.frame().payload, "echo:y");
    // A gigabyte in all; what the sockets' buffers take is a few megabytes.
    EXPECT_LT(server.handler.streamed(), 10'000u);
}

TEST(WebSocketSession, a_stream_that_breaks_off_is_no_message) {
    TestServer server{websocket_options()};
    auto client = open_websocket(server);
    client.send_text("broken 3");
    auto frame = client.frame();
    EXPECT_EQ(frame.opcode, 1u);
    while (frame.opcode < 8 && !frame.payload.empty()) {
        EXPECT_FALSE(frame.final);
        frame = client.frame();
    }
    EXPECT_EQ(frame.close_code(), 1011u);
}

TEST(WebSocketSession, a_notification_waits_for_the_end_of_a_streamed_answer) {
    TestServer server{websocket_options()};
    auto client = open_websocket(server);
    client.send_text("stream 1000");
    while (server.handler.streamed() == 0) std::this_thread::yield();
    server.handler.wait_for_session()->send("notified");
    EXPECT_EQ(whole_message(client).payload.size(), 10'000'002u);
    EXPECT_EQ(whole_message(client).payload, "notified");
}

TEST(WebSocketSession, a_silent_peer_is_pinged_and_then_closed) {
    Limits limits;
    limits.ping_interval = 150ms;
    TestServer server{websocket_options(limits)};
    auto client = open_websocket(server);
    EXPECT_EQ(client.frame().opcode, 9u);
    client.send(masked_frame(0x8a, ""));
    EXPECT_EQ(client.frame().opcode, 9u);
    EXPECT_EQ(client.frame().opcode, 0u);  // no pong: closed
    server.handler.wait_for_closed_sessions(1);
}

TEST(WebSocketSession, is_told_1001_when_the_server_drains) {
    TestServer server{websocket_options()};
    auto idle = open_websocket(server);
    auto busy = open_websocket(server);
    busy.send_text("later");
    server.handler.wait_for_held(1);
    std::jthread stopping{[&] { server.stop(20s); }};
    EXPECT_EQ(idle.frame().close_code(), 1001u);
    idle.send(masked_frame(0x88, std::string{"\x03\xe9", 2}));
    server.handler.release();
    EXPECT_EQ(busy.frame().payload, "latelater");
    EXPECT_EQ(busy.frame().close_code(), 1001u);
    busy.send(masked_frame(0x88, std::string{"\x03\xe9", 2}));
    EXPECT_TRUE(busy.is_closed());
}

TEST(WebSocketSession, plain_http_on_its_port_is_400) {
    TestServer server{websocket_options()};
    const auto response = server.connect().post("{}");
    EXPECT_EQ(response.status, 400u);
    EXPECT_EQ(response.body, "Websocket endpoint can't handle HTTP requests");
}

TEST(WebSocketSession, wrong_handshakes_are_refused) {
    TestServer server{websocket_options()};
    EXPECT_EQ(server.connect().get("/", "Connection: Upgrade\r\nUpgrade: websocket\r\n").status,
              400u);
    const auto old = server.connect().get(
        "/",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    EXPECT_EQ(old.status, 426u);
    EXPECT_EQ(old.header("sec-websocket-version"), "13");
    auto client = server.connect();
    client.send(
        "GET / HTTP/1.1\r\nHost: evil\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    EXPECT_EQ(client.response().status, 403u);
}

TEST(WebSocketSession, http_may_share_its_port) {
    auto options = websocket_options();
    options.http = true;
    TestServer server{std::move(options)};
    auto client = server.connect();
    EXPECT_EQ(client.post("plain").body, "plain");
    EXPECT_EQ(client.upgrade({}, "/path?x=1").status, 101u);
    client.send_text("target");
    EXPECT_EQ(client.frame().payload, "/path?x=1");
    EXPECT_THAT(server.metrics.expose(), HasSubstr("besu_rpc_active_ws_connection_count 1\n"));
}

/// What a process leaves behind that was killed while it listened.
void leave_stale_socket(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path, address.sun_path);
    const auto descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT_EQ(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(descriptor);
}

class IpcSession : public testing::Test {
protected:
    IpcSession() {
        EndpointOptions options;
        options.name = "ipc";
        options.ipc_path = path;
        options.limits.message_bytes = 10'000;
        server.emplace(std::move(options));
    }

    const std::string path = test::write_file("node.ipc", "") + ".sock";
    std::optional<TestServer> server;
};

TEST_F(IpcSession, a_streamed_answer_is_one_line) {
    Client client{path};
    client.send("[\"stream 100\"]");
    EXPECT_EQ(client.read_until("\n").size(), 1'000'003u);
    client.send("[1]");
    EXPECT_EQ(client.read_until("\n"), "echo:[1]\n");
}

TEST_F(IpcSession, a_stream_that_breaks_off_ends_the_connection_without_a_line) {
    Client client{path};
    client.send("[\"broken 3\"]");
    const auto text = client.read_to_end();
    EXPECT_EQ(text.size(), 30'001u);
    EXPECT_FALSE(text.ends_with('\n'));
}

TEST_F(IpcSession, documents_are_answered_with_lines) {
    Client client{path};
    client.send("{\"a\":1}{\"b\":");
    EXPECT_EQ(client.read_until("\n"), "echo:{\"a\":1}\n");
    client.send("2}\n [3] ");
    EXPECT_EQ(client.read_until("\n"), "echo:{\"b\":2}\n");
    EXPECT_EQ(client.read_until("\n"), "echo:[3]\n");
    server->handler.wait_for_session()->send("notified");
    EXPECT_EQ(client.read_until("\n"), "notified\n");
}

TEST_F(IpcSession, garbage_is_handed_on_to_be_answered) {
    Client client{path};
    client.send("nonsense\n{}");
    EXPECT_EQ(client.read_until("\n"), "echo:nonsense\n");
    EXPECT_EQ(client.read_until("\n"), "\n");
    EXPECT_EQ(client.read_until("\n"), "echo:{}\n");
}

TEST_F(IpcSession, an_endless_document_is_the_end) {
    Client client{path};
    client.send("[" + std::string(20'000, '1'));
    EXPECT_TRUE(client.is_closed());
}

TEST_F(IpcSession, the_socket_is_the_owners_alone_and_goes_with_the_server) {
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    server->stop(0ms);
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(IpcSession, a_file_left_by_a_killed_process_is_replaced_but_a_living_one_is_not) {
    telemetry::Metrics metrics;
    test::ScriptedHandler handler;
    EndpointOptions options;
    options.ipc_path = path;
    Server second{{.io_threads = 1}, {}, metrics};
    EXPECT_THROW(second.listen(options, handler), ConfigurationError);
    const auto stale = path + "2";
    leave_stale_socket(stale);
    options.ipc_path = stale;
    EXPECT_NO_THROW(second.listen(options, handler));
}

}  // namespace
}  // namespace meta138::http
