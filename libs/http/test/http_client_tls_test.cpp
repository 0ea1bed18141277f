// SPDX-License-Identifier: Apache-2.0
#include "keys.hpp"
#include "raw_server.hpp"
#include "test_server.hpp"

#include "meta138/http/client.hpp"
#include "meta138/http/websocket_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>

namespace meta138::http {
namespace {

using test::Certificate;
using test::RawConnection;
using test::RawServer;
using test::TestServer;
using testing::HasSubstr;

/// Of a server called localhost, signed by itself.
const Certificate& server_certificate() {
    static const auto certificate = test::make_certificate("localhost");
    return certificate;
}

EndpointOptions tls_endpoint() {
    EndpointOptions options;
    options.websocket = true;
    options.tls.emplace();
    options.tls->certificate_file = server_certificate().certificate_file;
    options.tls->key_file = server_certificate().key_file;
    return options;
}

struct HttpClientTls : testing::Test {
    ClientOptions options;

    HttpClientTls() { options.tls.system_authorities = false; }

    static std::string url(std::uint16_t port, std::string_view path = "/who") {
        return "https://localhost:" + std::to_string(port) + std::string{path};
    }
    void trust(const std::string& known_servers) {
        options.tls.known_servers_file = test::write_file("known_servers", known_servers);
    }
    ClientResult ask(std::uint16_t port) { return Client{options}.exchange({.url = url(port)}); }
};

TEST_F(HttpClientTls, trusts_an_authority_of_its_own_file) {
    TestServer server{tls_endpoint()};
    options.tls.authorities_file = server_certificate().certificate_file;
    const auto answer = ask(server.port());
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_EQ(answer->status, 200u);
}

TEST_F(HttpClientTls, trusts_nobody_else) {
    TestServer server{tls_endpoint()};
    const auto answer = ask(server.port());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ClientErrorKind::tls);
    EXPECT_THAT(answer.error().text, HasSubstr("not trusted"));
    EXPECT_FALSE(answer.error().may_have_arrived);
}

TEST_F(HttpClientTls, does_not_trust_a_certificate_for_another_host) {
    TestServer server{tls_endpoint()};
    options.tls.authorities_file = server_certificate().certificate_file;
    const auto answer =
        Client{options}.exchange({.url = "https://127.0.0.1:" + std::to_string(server.port())});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ClientErrorKind::tls);
}

TEST_F(HttpClientTls, trusts_known_servers_whoever_signed_them) {
    TestServer server{tls_endpoint()};
    const auto port = std::to_string(server.port());
    auto print = test::sha256_fingerprint(server_certificate());
    trust("# a comment\n\nlocalhost:" + port + " " + print + "\r\n");
    EXPECT_TRUE(ask(server.port()));
    std::erase(print, ':');
    std::ranges::transform(print, print.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    trust("LOCALHOST:" + port + "\t" + print);
    EXPECT_TRUE(ask(server.port()));
}

TEST_F(HttpClientTls, knows_a_server_by_host_port_and_fingerprint_together) {
    TestServer server{tls_endpoint()};
    const auto port = std::to_string(server.port());
    const auto print = test::sha256_fingerprint(server_certificate());
    trust("localhost:1 " + print);
    EXPECT_FALSE(ask(server.port()));
    trust("localhost:" + port + " " + test::sha256_fingerprint(test::make_certificate("other")));
    EXPECT_FALSE(ask(server.port()));
}

TEST_F(HttpClientTls, refuses_an_expired_certificate_even_of_a_known_server) {
    const auto expired = test::make_certificate("localhost", nullptr, -1);
    auto endpoint = tls_endpoint();
    endpoint.tls->certificate_file = expired.certificate_file;
    endpoint.tls->key_file = expired.key_file;
    TestServer server{endpoint};
    trust("localhost:" + std::to_string(server.port()) + " " + test::sha256_fingerprint(expired));
    EXPECT_FALSE(ask(server.port()));
}

TEST_F(HttpClientTls, tells_which_line_of_the_known_servers_is_wrong) {
    trust("localhost:8545 " + test::sha256_fingerprint(server_certificate()) + "\nlocalhost:1 AB");
    try {
        const Client client{options};
        FAIL() << "accepted";
    } catch (const ConfigurationError& error) {
        EXPECT_THAT(error.what(), HasSubstr("known_servers:2: expected"));
    }
}

TEST_F(HttpClientTls, shows_its_own_certificate) {
    const auto alice = test::make_certificate("alice");
    auto endpoint = tls_endpoint();
    endpoint.tls->client_authentication = true;
    endpoint.tls->known_clients_file =
        test::write_file("known_clients", "alice " + test::sha256_fingerprint(alice));
    TestServer server{endpoint};
    options.tls.authorities_file = server_certificate().certificate_file;
    EXPECT_FALSE(ask(server.port()));

    options.tls.keystore_file = test::write_pkcs12("alice", alice, true);
    options.tls.keystore_password_file = test::write_file("password", "changeit\n");
    const auto by_keystore = ask(server.port());
    ASSERT_TRUE(by_keystore) << by_keystore.error().text;
    EXPECT_EQ(by_keystore->body, "alice");

    options.tls.keystore_file.clear();
    options.tls.certificate_file = alice.certificate_file;
    options.tls.key_file = alice.key_file;
    EXPECT_TRUE(ask(server.port()));
}

TEST_F(HttpClientTls, refuses_files_it_cannot_use) {
    options.tls.keystore_file = test::write_pkcs12("bob", test::make_certificate("bob"), true);
    options.tls.keystore_password_file = test::write_file("wrong", "guess\n");
    EXPECT_THROW(Client{options}, ConfigurationError);
    options.tls = {};
    options.tls.authorities_file = "/nowhere";
    EXPECT_THROW(Client{options}, ConfigurationError);
}

/// A proxy that lets everybody through to one port, and remembers what it was asked.
struct TunnelProxy {
    std::promise<std::string> asked;
    RawServer server;

    explicit TunnelProxy(std::uint16_t port)
        : server{[this, port](RawConnection& connection) {
              asked.set_value(connection.read_until("\r\n\r\n"));
              connection.send("HTTP/1.1 200 Connection established\r\n\r\n");
              connection.relay_to(port);
          }} {}
};

TEST_F(HttpClientTls, goes_through_a_proxys_tunnel) {
    TestServer server{tls_endpoint()};
    TunnelProxy proxy{server.port()};
    options.tls.authorities_file = server_certificate().certificate_file;
    options.proxy = {
        .host = "127.0.0.1", .port = proxy.server.port(), .user = "u", .password = "p"};
    const auto answer = ask(server.port());
    ASSERT_TRUE(answer) << answer.error().text;
    const auto asked = proxy.asked.get_future().get();
    EXPECT_THAT(asked, HasSubstr("CONNECT localhost:" + std::to_string(server.port())));
    EXPECT_THAT(asked, HasSubstr("Proxy-Authorization: Basic dTpw\r\n"));
}

TEST_F(HttpClientTls, tells_that_the_proxy_refuses) {
    const RawServer proxy{[](RawConnection& connection) {
        connection.read_until("\r\n\r\n");
        connection.send("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    }};
    options.proxy = {.host = "127.0.0.1", .port = proxy.port()};
    const auto answer = ask(1);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ClientErrorKind::proxy);
    EXPECT_THAT(answer.error().text, HasSubstr("407"));
}

TEST_F(HttpClientTls, carries_websockets_through_a_tunnel) {
    TestServer server{tls_endpoint()};
    TunnelProxy proxy{server.port()};
    options.tls.authorities_file = server_certificate().certificate_file;
    options.proxy = {.host = "127.0.0.1", .port = proxy.server.port()};
    Client client{options};
    std::promise<std::string> answer;
    WebSocketCallbacks callbacks;
    callbacks.on_message = [&](std::string_view message) {
        answer.set_value(std::string{message});
    };
    callbacks.on_close = [&](const WebSocketEnd& end) {
        if (end.error) answer.set_value(end.error->text);
    };
    WebSocketClient socket{
        client, {.url = "wss://localhost:" + std::to_string(server.port())}, std::move(callbacks)};
    socket.send("hello");
    EXPECT_EQ(answer.get_future().get(), "echo:hello");
}

}  // namespace
}  // namespace meta138::http
