// SPDX-License-Identifier: Apache-2.0
#include "test_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>

namespace meta138::http {
namespace {

using namespace std::chrono_literals;
using test::Client;
using test::ScriptedHandler;
using test::TestServer;
using testing::HasSubstr;

EndpointOptions with_limits(const Limits& limits) {
    EndpointOptions options;
    options.limits = limits;
    return options;
}

TEST(HttpServer, a_connection_serves_one_request_after_another) {
    TestServer server;
    auto client = server.connect();
    for (int i = 0; i < 3; ++i) {
        const auto response = client.post("{\"id\":" + std::to_string(i) + "}");
        EXPECT_EQ(response.status, 200u);
        EXPECT_EQ(response.header("content-type"), "application/json");
        EXPECT_EQ(response.body, "{\"id\":" + std::to_string(i) + "}");
    }
}

TEST(HttpServer, pipelined_requests_are_answered_in_their_order) {
    TestServer server;
    auto client = server.connect();
    std::string requests;
    for (int i = 0; i < 50; ++i)
        requests += "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n" +
                    std::to_string(10 + i);
    // The last is slow: those before it are answered nevertheless.
    client.send(requests + "POST /later HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    for (int i = 0; i < 50; ++i) EXPECT_EQ(client.response().body, std::to_string(10 + i));
    server.handler.wait_for_held(1);
    server.handler.release("last");
    EXPECT_EQ(client.response().body, "last");
}

TEST(HttpServer, another_thread_may_answer_later) {
    TestServer server;
    auto client = server.connect();
    for (int i = 0; i < 3; ++i) {
        client.send("POST /later HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx");
        server.handler.wait_for_held(1);
        server.handler.release("body was ");
        EXPECT_EQ(client.response().body, "body was x");
    }
}

TEST(HttpServer, a_slow_request_holds_up_nobody_else) {
    TestServer server;
    auto slow = server.connect();
    slow.send("POST /later HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    server.handler.wait_for_held(1);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(server.connect().post("a").body, "a");
    server.handler.release();
    EXPECT_EQ(slow.response().body, "late");
}

TEST(HttpServer, chunked_bodies_and_large_ones_arrive_whole) {
    TestServer server;
    auto client = server.connect();
    client.send(
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n");
    EXPECT_EQ(client.response().body, "abcd");
    const std::string large(3'000'000, 'L');
    EXPECT_EQ(client.post(large).body, large);
    EXPECT_EQ(client.post("small again").body, "small again");
}

TEST(HttpServer, a_large_answer_reaches_a_client_that_reads_late) {
    TestServer server;
    auto client = server.connect();
    EXPECT_EQ(client.get("/size?n=20000000").body.size(), 20'000'000u);
    EXPECT_EQ(client.get("/size?n=1").body, "x");
}

TEST(HttpServer, expect_100_continue_is_answered_before_the_body) {
    TestServer server;
    auto client = server.connect();
    client.send(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.response().status, 100u);
    client.send("ok");
    EXPECT_EQ(client.response().body, "ok");
}

TEST(HttpServer, get_of_the_root_is_201_and_empty) {
    TestServer server;
    const auto response = server.connect().get("/");
    EXPECT_EQ(response.status, 201u);
    EXPECT_EQ(response.body, "");
}

TEST(HttpServer, http_1_0_and_connection_close_end_the_connection) {
    TestServer server;
    auto old = server.connect();
    old.send("POST / HTTP/1.0\r\nHost: localhost\r\nContent-Length: 1\r\n\r\na");
    EXPECT_EQ(old.response().body, "a");
    EXPECT_TRUE(old.is_closed());
    auto closing = server.connect();
    EXPECT_EQ(closing.post("b", "Connection: close\r\n").header("connection"), "close");
    EXPECT_TRUE(closing.is_closed());
}

TEST(HttpServer, a_half_closed_client_gets_its_answer) {
    TestServer server;
    auto client = server.connect();
    client.send("POST /later HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    client.shutdown_write();
    server.handler.wait_until_abandoned();  // a hint to stop long work, no more
    server.handler.release();
    EXPECT_EQ(client.response().body, "late");
    EXPECT_TRUE(client.is_closed());
}

TEST(HttpServer, bodies_are_compressed_when_asked_and_worth_it) {
    TestServer server;
    auto client = server.connect();
    const auto compressed = client.get("/size?n=5000", "Accept-Encoding: gzip\r\n");
    EXPECT_EQ(compressed.header("content-encoding"), "gzip");
    EXPECT_LT(compressed.body.size(), 200u);
    EXPECT_EQ(client.get("/size?n=10", "Accept-Encoding: gzip\r\n").header("content-encoding"), "");
    EXPECT_EQ(client.get("/size?n=5000").header("content-encoding"), "");
    EXPECT_EQ(client.get("/size?n=5000", "Accept-Encoding: deflate\r\n").header("content-encoding"),
              "deflate");
}

TEST(HttpServer, a_streamed_body_is_chunked_and_waits_for_its_client) {
    TestServer server;
    auto client = server.connect();
    const auto response = client.get("/stream?n=1000");
    EXPECT_EQ(response.header("transfer-encoding"), "chunked");
    EXPECT_EQ(response.body.size(), 10'000'002u);
    EXPECT_EQ(client.post("next").body, "next");
}

TEST(HttpServer, the_producer_of_a_stream_hears_that_its_client_has_gone) {
    Limits limits;
    limits.write_timeout = 200ms;
    limits.stream_window = 10'000;
    TestServer server{with_limits(limits)};
    auto client = server.connect();
    client.send("GET /stream?n=100000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(client.read(15), "HTTP/1.1 200 OK");
    // The handler's end joins the producer: this test ends only if its write has failed.
}

TEST(HttpServer, a_stream_that_breaks_off_has_no_last_chunk) {
    TestServer server;
    auto client = server.connect();
    client.send("GET /broken?n=3 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto text = client.read_to_end();
    EXPECT_THAT(text, HasSubstr("transfer-encoding: chunked"));
    EXPECT_GT(text.size(), 3 * ScriptedHandler::piece_bytes);
    EXPECT_FALSE(text.ends_with("0\r\n\r\n"));
}

TEST(HttpServer, a_stream_that_breaks_off_resets_a_client_that_knows_no_chunks) {
    TestServer server;
    for (const auto* path : {"/stream?n=3", "/broken?n=3"}) {
        auto client = server.connect();
        client.send("GET " + std::string{path} + " HTTP/1.0\r\nHost: localhost\r\n\r\n");
        client.read_to_end();
        EXPECT_EQ(client.was_reset(), path == std::string_view{"/broken?n=3"}) << path;
    }
}

TEST(HttpServer, a_stream_runs_no_further_ahead_of_its_client_than_the_window) {
    Limits limits;
    limits.stream_window = 10'000;
    TestServer server{with_limits(limits)};
    auto slow = server.connect();
    slow.send("GET /stream?n=100000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(slow.read(15), "HTTP/1.1 200 OK");
    EXPECT_EQ(server.connect().post("another").body, "another");
    // A gigabyte in all; what the sockets' buffers take is a few megabytes.
    EXPECT_LT(server.handler.streamed(), 10'000u);
}

TEST(HttpServer, a_handler_that_throws_has_answered_500) {
    TestServer server;
    auto client = server.connect();
    EXPECT_EQ(client.post("", "", "/throw").status, 500u);
    EXPECT_EQ(client.post("still there").body, "still there");
    EXPECT_THAT(server.log(), HasSubstr("as scripted"));
}

TEST(HttpServer, an_unknown_host_is_refused) {
    TestServer server;
    auto client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: evil.example:8545\r\nContent-Length: 0\r\n\r\n");
    const auto response = client.response();
    EXPECT_EQ(response.status, 403u);
    EXPECT_EQ(response.body, R"({"message":"Host not authorized."})");
    client.send("GET /liveness HTTP/1.1\r\n\r\n");
    EXPECT_EQ(client.response().status, 403u);
    EXPECT_EQ(server.refusals("host"), 2u);
}

TEST(HttpServer, origins_are_allowed_by_pattern) {
    EndpointOptions options;
    options.cors_origins = {"http://.*\\.example"};
    TestServer server{std::move(options)};
    auto client = server.connect();
    const auto good = client.post("a", "Origin: http://app.example\r\n");
    EXPECT_EQ(good.status, 200u);
    EXPECT_EQ(good.header("access-control-allow-origin"), "http://app.example");
    EXPECT_EQ(client.post("a", "Origin: http://evil\r\n").status, 403u);
    EXPECT_EQ(client.post("a", "Origin: http://localhost\r\n").status, 200u);
    client.send(
        "OPTIONS / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://app.example\r\n"
        "Access-Control-Request-Method: POST\r\n\r\n");
    const auto preflight = client.response(true);
    EXPECT_EQ(preflight.status, 204u);
    EXPECT_THAT(preflight.header("access-control-allow-headers"), HasSubstr("content-type"));
    EXPECT_EQ(client.post("after").body, "after");
}

TEST(HttpServer, oversized_requests_are_refused_and_the_answer_arrives) {
    Limits limits;
    limits.body_bytes = 1000;
    TestServer server{with_limits(limits)};
    auto declared = server.connect();
    EXPECT_EQ(declared.post(std::string(1001, 'x')).status, 413u);
    EXPECT_TRUE(declared.is_closed());
    auto chunked = server.connect();
    chunked.send("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3E9\r\n" +
                 std::string(500, 'x'));
    EXPECT_EQ(chunked.response().status, 413u);
    auto headers = server.connect();
    headers.send("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(20'000, 'x'));
    EXPECT_EQ(headers.response().status, 431u);
    EXPECT_EQ(server.connect().post(std::string(1000, 'x')).status, 200u);
    EXPECT_EQ(server.refusals("body_too_large"), 2u);
    EXPECT_EQ(server.refusals("header_too_large"), 1u);
}

TEST(HttpServer, nonsense_is_400_and_the_end) {
    TestServer server;
    auto client = server.connect();
    client.send("\x16\x03\x01\x02 nonsense\r\n\r\n");
    EXPECT_EQ(client.response().status, 400u);
    EXPECT_TRUE(client.is_closed());
    EXPECT_EQ(server.refusals("malformed"), 1u);
}

TEST(HttpServer, connections_beyond_the_limit_are_closed_with_a_warning) {
    Limits limits;
    limits.connections = 2;
    TestServer server{with_limits(limits)};
    auto one = server.connect();
    auto two = server.connect();
    EXPECT_EQ(one.post("1").body, "1");
    EXPECT_EQ(two.post("2").body, "2");
    EXPECT_TRUE(server.connect().is_closed());
    EXPECT_EQ(server.refusals("connections"), 1u);
    EXPECT_THAT(server.log(), HasSubstr("Max 2 active connections limit reached."));
    EXPECT_EQ(one.post("still").body, "still");
    EXPECT_THAT(server.metrics.expose(), HasSubstr("besu_rpc_active_http_connection_count 2\n"));
}

TEST(HttpServer, slow_heads_are_closed_however_steadily_they_drip) {
    Limits limits;
    limits.header_timeout = 300ms;
    TestServer server{with_limits(limits)};
    auto silent = server.connect();
    auto half = server.connect();
    half.send("POST / HTTP/1.1\r\nHost: loc");
    auto pipelined = server.connect();
    pipelined.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\nPOST / HT");
    EXPECT_EQ(pipelined.response().status, 200u);
    auto dripping = server.connect();
    while (dripping.send("X")) std::this_thread::yield();  // ends when the server has closed
    EXPECT_TRUE(silent.is_closed());
    EXPECT_TRUE(half.is_closed());
    EXPECT_TRUE(pipelined.is_closed());
    EXPECT_GE(server.refusals("header_timeout"), 2u);
}

TEST(HttpServer, a_body_that_stops_arriving_is_408) {
    Limits limits;
    limits.body_timeout = 200ms;
    TestServer server{with_limits(limits)};
    auto client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf");
    EXPECT_EQ(client.response().status, 408u);
    EXPECT_TRUE(client.is_closed());
}

TEST(HttpServer, an_idle_connection_is_closed_in_the_end) {
    Limits limits;
    limits.idle_timeout = 200ms;
    TestServer server{with_limits(limits)};
    auto client = server.connect();
    EXPECT_EQ(client.post("a").body, "a");
    EXPECT_TRUE(client.is_closed());
    EXPECT_EQ(server.refusals("idle_timeout"), 1u);
}

TEST(HttpServer, a_request_that_takes_too_long_is_504_and_its_answer_is_dropped) {
    Limits limits;
    limits.request_timeout = 200ms;
    TestServer server{with_limits(limits)};
    auto client = server.connect();
    client.send("POST /later HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(client.response().status, 504u);
    EXPECT_TRUE(client.is_closed());
    server.handler.release();
    EXPECT_EQ(server.refusals("request_timeout"), 1u);
}

TEST(HttpServer, a_client_that_reads_nothing_is_closed) {
    Limits limits;
    limits.write_timeout = 200ms;
    TestServer server{with_limits(limits)};
    auto client = server.connect();
    client.send("GET /size?n=50000000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    while (server.refusals("write_timeout") == 0) std::this_thread::yield();
    EXPECT_LT(client.read_to_end().size(), 50'000'000u);
}

TEST(HttpServer, bodies_together_are_bounded) {
    Limits limits;
    limits.buffered_bytes = 3'000'000;
    TestServer server{with_limits(limits)};
    const auto most_of_it =
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n\r\n" +
        std::string(1'900'000, 'x');
    auto one = server.connect();
    auto two = server.connect();
    one.send(most_of_it);
    two.send(most_of_it);
    while (server.refusals("memory") == 0) std::this_thread::yield();
    EXPECT_EQ(server.connect().post("small").body, "small");
}

TEST(HttpServer, two_thousand_connections_cost_little_and_hinder_nobody) {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    const auto count = std::min<std::size_t>(2000, (files.rlim_cur - 100) / 2);
    Limits limits;
    limits.connections = count + 1;
    TestServer server{with_limits(limits)};
    std::vector<Client> clients;
    for (std::size_t i = 0; i < count; ++i) {
        clients.push_back(server.connect());
        clients.back().send("POST / HT");
    }
    EXPECT_EQ(server.connect().post("prompt").body, "prompt");
    for (auto& client : clients)
        client.send("TP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n.");
    for (auto& client : clients) ASSERT_EQ(client.response().body, ".");
}

TEST(HttpServer, drains_what_runs_and_closes_what_is_idle) {
    TestServer server;
    auto idle = server.connect();
    EXPECT_EQ(idle.post("a").body, "a");
    auto busy = server.connect();
    busy.send("POST /later HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    server.handler.wait_for_held(1);
    std::jthread stopping{[&] { server.stop(20s); }};
    EXPECT_TRUE(idle.is_closed());
    EXPECT_ANY_THROW(while (true) static_cast<void>(server.connect()));
    server.handler.release("finished");
    EXPECT_EQ(busy.response().body, "finished");
    EXPECT_TRUE(busy.is_closed());
}

TEST(HttpServer, closes_what_has_not_ended_when_its_grace_is_over) {
    TestServer server;
    auto client = server.connect();
    client.send("POST /never HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    server.handler.wait_for_held(1);
    server.stop(50ms);
    EXPECT_TRUE(client.is_closed());
    server.handler.release();  // too late, and harmless
}

TEST(HttpServer, an_address_in_use_is_told_to_the_operator) {
    TestServer server;
    telemetry::Metrics metrics;
    test::ScriptedHandler handler;
    Server second{{.io_threads = 1}, {}, metrics};
    EndpointOptions options;
    options.port = server.port();
    try {
        second.listen(options, handler);
        FAIL();
    } catch (const ConfigurationError& error) {
        EXPECT_THAT(error.what(), HasSubstr("127.0.0.1:" + std::to_string(server.port())));
        EXPECT_THAT(error.what(), HasSubstr("in use"));
    }
}

}  // namespace
}  // namespace meta138::http
