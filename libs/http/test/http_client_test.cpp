// SPDX-License-Identifier: Apache-2.0
#include "raw_server.hpp"
#include "test_server.hpp"

#include "meta138/http/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <latch>

namespace meta138::http {
namespace {

using namespace std::chrono_literals;
using test::RawConnection;
using test::RawServer;
using test::TestServer;
using testing::HasSubstr;

constexpr std::string_view hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

std::string url_of(const TestServer& server, std::string_view path = "/echo") {
    return "http://127.0.0.1:" + std::to_string(server.port()) + std::string{path};
}

ClientRequest post(std::string url, std::string body) {
    return {.method = "POST", .url = std::move(url), .body = std::move(body)};
}

ClientErrorKind error_of(const ClientResult& result) {
    EXPECT_FALSE(result.has_value());
    return result ? ClientErrorKind::invalid_request : result.error().kind;
}

/// Answers each head with the same bytes, on as many connections as come.
RawServer answering(std::string_view bytes) {
    return RawServer{[bytes](RawConnection& connection) {
        while (!connection.read_until("\r\n\r\n").empty()) connection.send(bytes);
    }};
}

TEST(HttpClient, exchanges_bodies_of_any_size) {
    TestServer server;
    Client client;
    EXPECT_EQ(client.exchange(post(url_of(server), "body"))->body, "body");
    const std::string large(3'000'000, 'L');
    EXPECT_EQ(client.exchange(post(url_of(server), large))->body, large);
    const auto streamed = client.exchange({.url = url_of(server, "/stream?n=20")});
    ASSERT_TRUE(streamed);
    EXPECT_EQ(streamed->body.size(), 200'002u);
    EXPECT_EQ(streamed->status, 200u);
    EXPECT_EQ(streamed->header("content-type"), "application/json");
}

TEST(HttpClient, keeps_its_connection) {
    TestServer server;
    Client client;
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(client.exchange(post(url_of(server), "x")));
    EXPECT_EQ(server.server().connections(), 1u);
    EXPECT_EQ(client.connections(), 1u);
}

TEST(HttpClient, opens_no_more_connections_than_allowed_and_serves_all_requests) {
    TestServer server;
    ClientOptions options;
    options.limits.connections_per_host = 3;
    Client client{options};
    constexpr int count = 200;
    std::latch answered{count};
    std::atomic<int> good{0};
    for (int i = 0; i < count; ++i)
        client.send(post(url_of(server), std::to_string(i)), [&, i](const ClientResult& result) {
            if (result && result->body == std::to_string(i)) ++good;
            answered.count_down();
        });
    answered.wait();
    EXPECT_EQ(good, count);
    EXPECT_LE(client.connections(), 3u);
}

TEST(HttpClient, refuses_more_waiting_requests_than_allowed) {
    TestServer server;
    ClientOptions options;
    options.limits.connections_per_host = 1;
    options.limits.waiting = 1;
    Client client{options};
    std::promise<ClientResult> third;
    client.send({.url = url_of(server, "/never")}, [](const ClientResult&) {});
    client.send({.url = url_of(server, "/never")}, [](const ClientResult&) {});
    client.send({.url = url_of(server)},
                [&](ClientResult result) { third.set_value(std::move(result)); });
    EXPECT_EQ(error_of(third.get_future().get()), ClientErrorKind::busy);
}

TEST(HttpClient, gives_up_after_the_timeout) {
    TestServer server;
    Client client;
    const auto result = client.exchange({.url = url_of(server, "/never"), .timeout = 50ms});
    ASSERT_EQ(error_of(result), ClientErrorKind::timed_out);
    EXPECT_THAT(result.error().text, HasSubstr("no answer within 50 ms"));
    EXPECT_TRUE(result.error().may_have_arrived);
    EXPECT_TRUE(client.exchange({.url = url_of(server)}));
}

TEST(HttpClient, can_be_cancelled) {
    TestServer server;
    Client client;
    std::promise<ClientResult> promise;
    const auto pending = client.send({.url = url_of(server, "/never")}, [&](ClientResult result) {
        promise.set_value(std::move(result));
    });
    server.handler.wait_for_held(1);
    pending.cancel();
    EXPECT_EQ(error_of(promise.get_future().get()), ClientErrorKind::cancelled);

    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(error_of(client.exchange({.url = url_of(server, "/never")}, stop.get_token())),
              ClientErrorKind::cancelled);
}

TEST(HttpClient, calls_back_when_it_ends) {
    TestServer server;
    std::vector<ClientErrorKind> errors;
    {
        ClientOptions options;
        options.limits.connections_per_host = 1;
        Client client{options};
        for (int i = 0; i < 3; ++i)
            client.send({.url = url_of(server, "/never")},
                        [&](const ClientResult& result) { errors.push_back(error_of(result)); });
        server.handler.wait_for_held(1);
    }
    EXPECT_THAT(errors, testing::ElementsAre(ClientErrorKind::cancelled, ClientErrorKind::cancelled,
                                             ClientErrorKind::cancelled));
}

TEST(HttpClient, tells_that_nobody_listens_and_that_nothing_was_sent) {
    std::uint16_t port = 0;
    {
        port = RawServer{[](RawConnection&) {}}.port();
    }
    Client client;
    const auto result = client.exchange({.url = "http://127.0.0.1:" + std::to_string(port)});
    ASSERT_EQ(error_of(result), ClientErrorKind::connect);
    EXPECT_FALSE(result.error().may_have_arrived);
    EXPECT_THAT(result.error().text, HasSubstr("127.0.0.1:" + std::to_string(port)));
}

TEST(HttpClient, tells_that_a_host_has_no_address) {
    Client client;
    // RFC 6761: .invalid never has one.
    EXPECT_EQ(error_of(client.exchange({.url = "http://nowhere.invalid"})),
              ClientErrorKind::resolve);
}

TEST(HttpClient, finds_a_host_by_its_name) {
    TestServer server;
    Client client;
    EXPECT_TRUE(
        client.exchange({.url = "http://localhost:" + std::to_string(server.port()) + "/echo"}));
}

TEST(HttpClient, refuses_requests_that_cannot_be_sent) {
    Client client;
    const auto kind = [&](const ClientRequest& request) {
        return error_of(client.exchange(request));
    };
    EXPECT_EQ(kind({.url = "nonsense"}), ClientErrorKind::invalid_request);
    EXPECT_EQ(kind({.url = "ws://a"}), ClientErrorKind::invalid_request);
    EXPECT_EQ(kind({.method = "GET /", .url = "http://a"}), ClientErrorKind::invalid_request);
    EXPECT_EQ(kind({.url = "http://a", .headers = {{"A", "b\r\nC: d"}}}),
              ClientErrorKind::invalid_request);
    EXPECT_EQ(kind({.url = "http://a", .headers = {{"content-length", "1"}}}),
              ClientErrorKind::invalid_request);
}

TEST(HttpClient, keeps_secrets_of_urls_out_of_errors) {
    Client client;
    const auto result = client.exchange({.url = "http://user:secret@127.0.0.1:1/v3/secret"});
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().text, testing::Not(HasSubstr("secret")));
    const auto bad = client.exchange({.url = "http://user:secret@127.0.0.1:x/v3/secret"});
    ASSERT_FALSE(bad);
    EXPECT_THAT(bad.error().text, testing::Not(HasSubstr("secret")));
}

TEST(HttpClient, sends_the_credentials_of_the_url) {
    std::promise<std::string> head;
    RawServer server{[&](RawConnection& connection) {
        head.set_value(connection.read_until("\r\n\r\n"));
        connection.send(hello);
    }};
    Client client;
    const auto url = "http://Aladdin:open%20sesame@127.0.0.1:" + std::to_string(server.port());
    EXPECT_TRUE(client.exchange({.url = url}));
    EXPECT_THAT(head.get_future().get(),  // the example of RFC 7617
                HasSubstr("Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
}

TEST(HttpClient, bounds_answers) {
    TestServer server;
    ClientOptions options;
    options.limits.body_bytes = 1000;
    Client client{options};
    EXPECT_TRUE(client.exchange({.url = url_of(server, "/size?n=1000")}));
    EXPECT_EQ(error_of(client.exchange({.url = url_of(server, "/size?n=1001")})),
              ClientErrorKind::too_large);
    EXPECT_EQ(error_of(client.exchange({.url = url_of(server, "/stream?n=2")})),
              ClientErrorKind::too_large);
}

TEST(HttpClient, tells_what_is_no_http) {
    auto server = answering("SSH-2.0-OpenSSH_9.2p1 Debian\r\n\r\n");
    Client client;
    EXPECT_EQ(error_of(client.exchange({.url = server.url()})), ClientErrorKind::malformed);
}

TEST(HttpClient, tells_that_the_server_hung_up) {
    RawServer server{[](RawConnection& connection) { connection.read_until("\r\n\r\n"); }};
    Client client;
    const auto result = client.exchange({.url = server.url()});
    ASSERT_EQ(error_of(result), ClientErrorKind::closed);
    EXPECT_TRUE(result.error().may_have_arrived);
}

/// Answers once a connection, and hangs up when the second request is there.
RawServer forgetful_server() {
    return RawServer{[](RawConnection& connection) {
        connection.read_until("\r\n\r\n");
        connection.send(hello);
        connection.read_until("\r\n\r\n");
    }};
}

TEST(HttpClient, repeats_a_repeatable_request_when_a_kept_connection_is_gone) {
    auto server = forgetful_server();
    Client client;
    ASSERT_TRUE(client.exchange({.url = server.url()}));
    EXPECT_TRUE(client.exchange({.url = server.url()}));
    EXPECT_EQ(server.connections(), 2u);
}

TEST(HttpClient, does_not_repeat_what_must_not_be_done_twice) {
    auto server = forgetful_server();
    Client client;
    ASSERT_TRUE(client.exchange({.url = server.url()}));
    EXPECT_EQ(error_of(client.exchange(post(server.url(), ""))), ClientErrorKind::closed);
}

TEST(HttpClient, does_not_take_unasked_bytes_for_the_next_answer) {
    auto server = answering(
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n"
        "Content-Length: 5\r\n\r\nwrong");
    Client client;
    for (int i = 0; i < 2; ++i) EXPECT_EQ(client.exchange({.url = server.url()})->body, "hello");
    EXPECT_EQ(server.connections(), 2u);
}

TEST(HttpClient, asks_a_proxy_by_the_absolute_form) {
    std::promise<std::string> head;
    RawServer proxy{[&](RawConnection& connection) {
        head.set_value(connection.read_until("\r\n\r\n"));
        connection.send(hello);
    }};
    ClientOptions options;
    options.proxy = {.host = "127.0.0.1", .port = proxy.port(), .user = "u", .password = "p"};
    Client client{options};
    EXPECT_EQ(client.exchange({.url = "http://nowhere.invalid/path"})->body, "hello");
    const auto sent = head.get_future().get();
    EXPECT_THAT(sent, HasSubstr("GET http://nowhere.invalid/path HTTP/1.1\r\n"));
    EXPECT_THAT(sent, HasSubstr("Proxy-Authorization: Basic dTpw\r\n"));
}

}  // namespace
}  // namespace meta138::http
