// SPDX-License-Identifier: Apache-2.0
#include "keys.hpp"
#include "test_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

namespace meta138::http {
namespace {

using namespace std::chrono_literals;
using test::Certificate;
using test::Client;
using test::TestServer;
using testing::HasSubstr;

const Certificate& server_certificate() {
    static const auto certificate = test::make_certificate("localhost");
    return certificate;
}

TlsOptions pem() {
    TlsOptions tls;
    tls.certificate_file = server_certificate().certificate_file;
    tls.key_file = server_certificate().key_file;
    return tls;
}

EndpointOptions with_tls(const TlsOptions& tls) {
    EndpointOptions options;
    options.websocket = true;
    options.tls = tls;
    return options;
}

Client::Tls as(const Certificate& certificate) {
    Client::Tls tls;
    tls.certificate_file = certificate.certificate_file;
    tls.key_file = certificate.key_file;
    return tls;
}

/// What the server calls the client, or "refused". TLS 1.3 tells a client only when it reads.
std::string name_of(TestServer& server, const Client::Tls& tls) {
    auto client = server.connect();
    if (!client.start_tls(tls)) return "refused";
    const auto response = client.get("/who");
    return response.status == 200 ? response.body : "refused";
}

TEST(Tls, carries_http_and_websocket) {
    TestServer server{with_tls(pem())};
    auto client = server.connect();
    ASSERT_TRUE(client.start_tls());
    EXPECT_EQ(client.post("secret").body, "secret");
    const std::string large(2'000'000, 'L');
    EXPECT_EQ(client.post(large).body, large);
    EXPECT_EQ(client.upgrade().status, 101u);
    client.send_text("hello");
    EXPECT_EQ(client.frame().payload, "echo:hello");
    client.send_text("big");
    EXPECT_EQ(client.frame().payload.size(), 300'000u);
}

TEST(Tls, takes_a_pkcs12_keystore) {
    TlsOptions tls;
    tls.keystore_file = test::write_pkcs12("server.p12", server_certificate(), true);
    tls.keystore_password_file = test::write_file("password", "changeit\nsecond line\n");
    {
        TestServer server{with_tls(tls)};
        auto client = server.connect();
        ASSERT_TRUE(client.start_tls());
        EXPECT_EQ(client.post("a").body, "a");
    }
    tls.keystore_password_file.clear();
    tls.keystore_password = "changeit";
    EXPECT_NO_THROW(TestServer{with_tls(tls)});
}

TEST(Tls, plain_or_broken_bytes_end_the_connection) {
    TestServer server{with_tls(pem())};
    auto plain = server.connect();
    plain.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    plain.read_to_end();
    EXPECT_EQ(server.refusals("tls"), 1u);
    auto good = server.connect();
    EXPECT_TRUE(good.start_tls());
}

TEST(Tls, a_handshake_that_stops_is_closed) {
    auto options = with_tls(pem());
    options.limits.header_timeout = 200ms;
    TestServer server{std::move(options)};
    EXPECT_TRUE(server.connect().is_closed());
}

TEST(Tls, protocols_are_those_asked_for) {
    auto tls = pem();
    tls.protocols = {"TLSv1.3"};
    TestServer server{with_tls(tls)};
    EXPECT_FALSE(server.connect().start_tls({.max_version = TLS1_2_VERSION}));
    EXPECT_TRUE(server.connect().start_tls());
    tls.protocols = {"TLSv1.1"};
    EXPECT_THROW(TestServer{with_tls(tls)}, ConfigurationError);
}

TEST(Tls, ciphers_have_the_standards_names_and_unknown_ones_stop_the_start) {
    auto tls = pem();
    tls.protocols = {"TLSv1.2"};
    tls.ciphers = {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"};
    TestServer server{with_tls(tls)};
    EXPECT_TRUE(server.connect().start_tls({.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384"}));
    EXPECT_FALSE(server.connect().start_tls({.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256"}));
    tls.ciphers.emplace_back("TLS_ROT13");
    EXPECT_THROW(TestServer{with_tls(tls)}, ConfigurationError);
}

TEST(Tls, known_clients_are_recognised_by_name_and_fingerprint) {
    const auto alice = test::make_certificate("alice");
    const auto mallory = test::make_certificate("alice");
    auto tls = pem();
    tls.client_authentication = true;
    tls.known_clients_file = test::write_file(
        "known_clients", "# people\nalice " + test::sha256_fingerprint(alice) + "\n");
    TestServer server{with_tls(tls)};
    EXPECT_EQ(name_of(server, as(alice)), "alice");
    EXPECT_EQ(name_of(server, as(mallory)), "refused");
    EXPECT_EQ(name_of(server, {}), "refused");
}

TEST(Tls, an_expired_known_client_is_refused) {
    const auto late = test::make_certificate("late", nullptr, -1);
    auto tls = pem();
    tls.client_authentication = true;
    tls.known_clients_file =
        test::write_file("known_clients", "late " + test::sha256_fingerprint(late) + "\n");
    TestServer server{with_tls(tls)};
    EXPECT_EQ(name_of(server, as(late)), "refused");
}

TEST(Tls, a_truststore_accepts_what_its_authorities_have_signed) {
    const auto authority = test::make_certificate("authority");
    const auto bob = test::make_certificate("bob", &authority);
    const auto stranger = test::make_certificate("stranger");
    auto tls = pem();
    tls.client_authentication = true;
    tls.truststore_file = test::write_pkcs12("trust.p12", authority, false);
    tls.truststore_password_file = test::write_file("password", "changeit");
    TestServer pkcs12{with_tls(tls)};
    EXPECT_EQ(name_of(pkcs12, as(bob)), "bob");
    EXPECT_EQ(name_of(pkcs12, as(stranger)), "refused");

    tls.truststore_file.clear();
    tls.trusted_certificates_file = authority.certificate_file;
    TestServer trusted_pem{with_tls(tls)};
    EXPECT_EQ(name_of(trusted_pem, as(bob)), "bob");
    EXPECT_EQ(name_of(trusted_pem, as(stranger)), "refused");
}

TEST(Tls, a_wrong_configuration_says_what_is_wrong) {
    const auto message_of = [](const TlsOptions& tls) -> std::string {
        try {
            const TestServer server{with_tls(tls)};
            return "accepted";
        } catch (const ConfigurationError& error) {
            return error.what();
        }
    };
    EXPECT_THAT(message_of({}), HasSubstr("neither a keystore nor a certificate"));
    TlsOptions store;
    store.keystore_file = test::write_pkcs12("server.p12", server_certificate(), true);
    store.keystore_password_file = test::write_file("wrong", "wrong");
    EXPECT_THAT(message_of(store), HasSubstr("wrong password?"));
    store.keystore_file = "/nowhere";
    EXPECT_THAT(message_of(store), HasSubstr("Cannot read the keystore '/nowhere'"));
    auto mismatch = pem();
    mismatch.key_file = test::make_certificate("other").key_file;
    EXPECT_THAT(message_of(mismatch), HasSubstr("private key"));
    auto nobody = pem();
    nobody.client_authentication = true;
    EXPECT_THAT(message_of(nobody), HasSubstr("which clients are accepted"));
    nobody.known_clients_file = test::write_file("bad_clients", "\nalice 12:34\n");
    EXPECT_THAT(message_of(nobody), HasSubstr("bad_clients:2: expected"));
}

}  // namespace
}  // namespace meta138::http
