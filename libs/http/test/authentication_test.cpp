// SPDX-License-Identifier: Apache-2.0
#include "meta138/http/authentication.hpp"

#include "jwt.hpp"
#include "keys.hpp"
#include "test_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace meta138::http {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const std::chrono::sys_seconds now{1'700'000'000s};

// RFC 7515 appendix A.1's key and token; it expired in 2011.
constexpr auto rfc_key_base64 =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
constexpr auto rfc_token =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
    "fQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

// RFC 7515 appendix A.3's key (as PEM) and signature.
constexpr auto rfc_es256_key =
    "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"
    "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n-----END PUBLIC KEY-----\n";
constexpr auto rfc_es256_token =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
    "fQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
const std::chrono::sys_seconds rfc_time{1'300'000'000s};

std::string hs256_token(std::string_view header, std::string_view claims, std::string_view secret) {
    const auto text = encode_base64url(header) + "." + encode_base64url(claims);
    return text + "." + encode_base64url(test::hmac_sha256(secret, text));
}

constexpr std::string_view secret = "0123456789abcdef0123456789abcdef";
constexpr std::string_view hs256 = R"({"alg":"HS256"})";

TEST(JwtVerifier, the_rfcs_tokens_verify) {
    const JwtVerifier hmac{JwtAlgorithm::HS256, *decode_base64url(rfc_key_base64)};
    EXPECT_TRUE(hmac.verify(rfc_token, rfc_time));
    EXPECT_EQ(hmac.verify(rfc_token, now).error(), AuthenticationError::expired);
    const JwtVerifier curve{JwtAlgorithm::ES256, rfc_es256_key};
    EXPECT_TRUE(curve.verify(rfc_es256_token, rfc_time));
    EXPECT_EQ(curve.verify(rfc_es256_token, now).error(), AuthenticationError::expired);
}

TEST(JwtVerifier, what_the_issuer_made_verifies_for_five_minutes) {
    const JwtIssuer issuer;
    const auto verifier = issuer.verifier();
    const auto token = issuer.issue({.username = "u", .permissions = Permissions{{"eth:*"}}}, now);
    const auto identity = verifier.verify(token, now + 299s);
    ASSERT_TRUE(identity);
    EXPECT_EQ(identity->username, "u");
    EXPECT_TRUE(identity->permissions.allow("eth_call"));
    EXPECT_EQ(identity->expires_at, now + 5min);
    EXPECT_EQ(verifier.verify(token, now + 300s).error(), AuthenticationError::expired);
    EXPECT_EQ(JwtIssuer{}.verifier().verify(token, now).error(),
              AuthenticationError::bad_signature);
}

TEST(JwtVerifier, every_algorithm_verifies_its_own_and_no_other) {
    for (const auto* name : {"RS256", "RS384", "RS512", "ES256", "ES384", "ES512"}) {
        const auto algorithm = parse_jwt_algorithm(name);
        ASSERT_TRUE(algorithm) << name;
        const auto key = test::make_key(name);
        const JwtVerifier verifier{*algorithm, test::public_pem(key)};
        const auto text = encode_base64url(R"({"alg":")" + std::string{name} + R"("})") + "." +
                          encode_base64url(R"({"exp":1700000001,"permissions":["*:*"]})");
        const auto token = text + "." + encode_base64url(test::sign_jws(key, name, text));
        EXPECT_TRUE(verifier.verify(token, now)) << name;
        auto tampered = token;
        tampered[tampered.find('.') + 3] ^= 1;
        EXPECT_FALSE(verifier.verify(tampered, now)) << name;
        EXPECT_EQ(verifier.verify(text + ".", now).error(), AuthenticationError::bad_signature);
    }
    EXPECT_EQ(parse_jwt_algorithm("none"), std::nullopt);
    EXPECT_THROW((JwtVerifier{JwtAlgorithm::ES384, rfc_es256_key}), ConfigurationError);
    EXPECT_THROW((JwtVerifier{JwtAlgorithm::RS256, rfc_es256_key}), ConfigurationError);
    EXPECT_THROW((JwtVerifier{JwtAlgorithm::RS256, "no key"}), ConfigurationError);
    EXPECT_THROW((JwtVerifier{JwtAlgorithm::HS256, "short"}), ConfigurationError);
}

TEST(JwtVerifier, the_token_does_not_choose_its_algorithm) {
    const JwtIssuer issuer;
    const auto verifier = issuer.verifier();
    const auto claims = R"({"exp":1700000001,"permissions":["*:*"]})";
    const auto none = encode_base64url(R"({"alg":"none"})") + "." + encode_base64url(claims) + ".";
    EXPECT_EQ(verifier.verify(none, now).error(), AuthenticationError::wrong_algorithm);
    EXPECT_EQ(verifier.verify(hs256_token(hs256, claims, secret), now).error(),
              AuthenticationError::wrong_algorithm);
    EXPECT_EQ(verifier.verify(hs256_token("{}", claims, secret), now).error(),
              AuthenticationError::wrong_algorithm);
}

TEST(JwtVerifier, expiry_is_mandatory_and_claims_have_their_types) {
    const JwtVerifier verifier{JwtAlgorithm::HS256, secret};
    const auto error_of = [&](std::string_view claims) {
        const auto result = verifier.verify(hs256_token(hs256, claims, secret), now);
        return result ? std::optional<AuthenticationError>{} : result.error();
    };
    EXPECT_EQ(error_of(R"({"exp":1700000000.5})"), AuthenticationError::expired);
    EXPECT_EQ(error_of(R"({"exp":1700000001})"), std::nullopt);
    EXPECT_EQ(error_of(R"({"exp":1e300})"), std::nullopt);
    EXPECT_EQ(error_of(R"({})"), AuthenticationError::no_expiry);
    EXPECT_EQ(error_of(R"({"exp":"1700000001"})"), AuthenticationError::malformed);
    EXPECT_EQ(error_of(R"({"exp":1700000001,"nbf":1700000001})"),
              AuthenticationError::not_yet_valid);
    EXPECT_EQ(error_of(R"({"exp":1700000001,"permissions":"*:*"})"),
              AuthenticationError::malformed);
    EXPECT_EQ(error_of(R"({"exp":1700000001,"permissions":[1]})"), AuthenticationError::malformed);
    EXPECT_EQ(error_of("[]"), AuthenticationError::malformed);
    EXPECT_EQ(
        verifier
            .verify(hs256_token(R"({"alg":"HS256","crit":["x"]})", R"({"exp":1700000001})", secret),
                    now)
            .error(),
        AuthenticationError::malformed);
}

TEST(JwtVerifier, the_engine_apis_tokens_are_a_minute_old_at_most) {
    const auto verifier = JwtVerifier::for_engine(secret);
    const auto verify = [&](std::string_view claims) {
        return verifier.verify(hs256_token(hs256, claims, secret), now);
    };
    const auto around = [&](int offset) {
        return R"({"iat":)" + std::to_string(now.time_since_epoch().count() + offset) + "}";
    };
    for (const int offset : {-60, 0, 60}) {
        const auto identity = verify(around(offset));
        ASSERT_TRUE(identity) << offset;
        EXPECT_TRUE(identity->permissions.allow("engine_forkchoiceUpdatedV3"));
    }
    for (const int offset : {-61, 61})
        EXPECT_EQ(verify(around(offset)).error(), AuthenticationError::not_recent) << offset;
    EXPECT_EQ(verify("{}").error(), AuthenticationError::not_recent);
    EXPECT_EQ(verifier.verify(hs256_token(hs256, around(0), std::string(32, 'x')), now).error(),
              AuthenticationError::bad_signature);
}

TEST(JwtVerifier, what_is_no_token_is_malformed) {
    const JwtVerifier verifier{JwtAlgorithm::HS256, secret};
    for (const std::string_view token :
         {"", ".", "..", "a.b", "a.b.c.d", "!!.!!.!!", "e30.e30.e30="})
        EXPECT_FALSE(verifier.verify(token, now)) << token;
    EXPECT_FALSE(verifier.verify(std::string(10'000, 'a'), now));
}

TEST(Base64Url, is_strict) {
    EXPECT_EQ(decode_base64url("aGk"), "hi");
    EXPECT_EQ(encode_base64url("hi"), "aGk");
    EXPECT_EQ(decode_base64url("aGk="), std::nullopt);
    EXPECT_EQ(decode_base64url("aGl"), std::nullopt);  // left-over bits
    EXPECT_EQ(decode_base64url("a"), std::nullopt);
    EXPECT_EQ(decode_base64url("+/"), std::nullopt);
    EXPECT_EQ(encode_base64url("\xfb\xff"), "-_8");
    EXPECT_EQ(decode_base64("dTpw"), "u:p");
    EXPECT_EQ(decode_base64("aGk="), "hi");
    EXPECT_EQ(decode_base64("aGk"), std::nullopt);
}

TEST(Bcrypt, published_vectors_match) {
    // From the test vectors of Openwall's crypt_blowfish.
    EXPECT_TRUE(
        bcrypt_matches("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
    EXPECT_TRUE(
        bcrypt_matches("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"));
    EXPECT_TRUE(bcrypt_matches("", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"));
    EXPECT_TRUE(
        bcrypt_matches("\xa3", "$2b$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"));
}

TEST(Bcrypt, a_hash_matches_its_password_alone) {
    const auto hash = bcrypt_hash("correct horse");
    ASSERT_TRUE(hash);
    EXPECT_TRUE(hash->starts_with("$2a$10$")) << *hash;
    EXPECT_TRUE(bcrypt_matches("correct horse", *hash));
    EXPECT_FALSE(bcrypt_matches("correct mule", *hash));
    EXPECT_NE(bcrypt_hash("correct horse"), hash);  // another salt
    EXPECT_FALSE(bcrypt_hash(std::string(73, 'x')));
    EXPECT_FALSE(bcrypt_hash(std::string_view{"a\0b", 3}));
}

TEST(Bcrypt, anything_else_does_not_match) {
    const std::string hash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    EXPECT_FALSE(bcrypt_matches("U*V", hash));
    EXPECT_FALSE(bcrypt_matches(std::string_view{"U*U\0x", 5}, hash));
    EXPECT_FALSE(bcrypt_matches("U*U", hash.substr(0, 59)));
    EXPECT_FALSE(bcrypt_matches("U*U", "$6$salt$hash"));
    EXPECT_FALSE(bcrypt_matches("U*U", ""));
    EXPECT_FALSE(bcrypt_matches("*0", "*0"));
}

constexpr auto users = R"(
[Users.alice]
password = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
permissions = ["eth:*"]
groups = ["ops"]
)";

AuthenticationOptions with_users(std::string_view toml = users) {
    AuthenticationOptions options;
    options.credentials_file = test::write_file("auth.toml", toml);
    return options;
}

TEST(Authenticator, a_login_gives_a_token_that_is_accepted) {
    const Authenticator authenticator{with_users(), "HTTP"};
    const auto response = authenticator.login(R"({"username":"alice","password":"U*U"})", now);
    ASSERT_EQ(response.status, 200u);
    const auto token = nlohmann::json::parse(response.body)["token"].get<std::string>();
    for (int twice = 0; twice < 2; ++twice) {
        const auto identity = authenticator.authenticate("Bearer " + token, {}, now);
        ASSERT_TRUE(identity);
        EXPECT_EQ((*identity)->username, "alice");
    }
    EXPECT_EQ(authenticator.authenticate("Bearer " + token, {}, now + 5min).error(),
              AuthenticationError::expired);
    EXPECT_FALSE(authenticator.access("Bearer " + token, {}, now).allows("net_version"));
}

TEST(Authenticator, refuses_logins_in_besus_words) {
    const Authenticator authenticator{with_users(), "HTTP"};
    for (const auto* body :
         {R"({"username":"alice","password":"no"})", R"({"username":"bob","password":"U*U"})"}) {
        const auto response = authenticator.login(body, now);
        EXPECT_EQ(response.status, 401u);
        EXPECT_EQ(response.body, "Authentication failed: the username or password is incorrect.");
    }
    for (const auto* body : {"", "{", "[]", R"({"username":"alice"})", R"({"password":1})"}) {
        const auto response = authenticator.login(body, now);
        EXPECT_EQ(response.status, 400u);
        EXPECT_EQ(response.body, "Authentication failed: username and password are required.");
    }
}

TEST(Authenticator, reads_the_file_again_at_each_login) {
    const Authenticator authenticator{with_users(), "HTTP"};
    const std::string login = R"({"username":"alice","password":"U*U*"})";
    EXPECT_EQ(authenticator.login(login, now).status, 401u);
    with_users(R"([Users.alice]
password = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK")");
    EXPECT_EQ(authenticator.login(login, now).status, 200u);
    with_users("[Users.alice");
    EXPECT_EQ(authenticator.login(login, now).status, 401u);
}

TEST(Authenticator, a_password_may_come_with_each_request_if_that_is_allowed) {
    auto options = with_users();
    const auto basic = "Basic YWxpY2U6VSpV";  // alice:U*U
    EXPECT_FALSE(Authenticator(options, "HTTP").authenticate(basic, {}, now));
    options.basic = true;
    const Authenticator authenticator{options, "HTTP"};
    EXPECT_TRUE(authenticator.is_slow(basic, now));
    EXPECT_TRUE(authenticator.authenticate(basic, {}, now));
    EXPECT_FALSE(authenticator.is_slow(basic, now));
    EXPECT_TRUE(authenticator.is_slow(basic, now + 60s));
    EXPECT_FALSE(authenticator.authenticate("Basic YWxpY2U6eA==", {}, now));
    EXPECT_FALSE(authenticator.authenticate("Basic !", {}, now));
}

TEST(Authenticator, an_api_key_is_known_by_its_hash) {
    AuthenticationOptions options;
    // SHA-256 of "key-1".
    options.api_keys_file = test::write_file("keys.toml", R"([Keys.explorer]
sha256 = "be2974546978e3739e6d6da85c4be9f334ce32df2b9fd4b6ff1b55c0d57e9d44"
permissions = ["eth:*"])");
    const Authenticator authenticator{options, "HTTP"};
    EXPECT_EQ((*authenticator.authenticate({}, "key-1", now))->username, "explorer");
    EXPECT_FALSE(authenticator.authenticate({}, "key-2", now));
    EXPECT_EQ(authenticator.authenticate({}, {}, now).error(), AuthenticationError::missing);
    EXPECT_EQ(authenticator.login("{}", now).body, "Authentication not enabled");
}

TEST(Authenticator, a_wrong_configuration_is_told_in_besus_words) {
    const auto message_of = [](const AuthenticationOptions& options) -> std::string {
        try {
            const Authenticator authenticator{options, "HTTP"};
            return "accepted";
        } catch (const ConfigurationError& error) {
            return error.what();
        }
    };
    EXPECT_EQ(message_of({}),
              "Unable to authenticate JSON-RPC HTTP endpoint without a supplied credentials file "
              "or authentication public key file");
    AuthenticationOptions missing;
    missing.credentials_file = "/nowhere";
    EXPECT_EQ(message_of(missing),
              "The specified RPC HTTP authentication credential file '/nowhere' does not exist");
    EXPECT_EQ(message_of(with_users("[Users.a]\npermissions=[\"*:*\"]")),
              "RPC user specified without password.");
    EXPECT_EQ(message_of(with_users("[Users.a]\npassword=\"x\"\npermissions=[]")),
              "RPC authentication configuration file contains invalid values.");
    EXPECT_EQ(message_of(with_users("[Users.a]\npassword=\"x\"\npermissions=[1]")),
              "RPC authentication configuration file contains invalid values.");
    const auto broken = message_of(with_users("[Users.a]\npassword = \"hidden"));
    EXPECT_THAT(broken, HasSubstr("auth.toml:2: invalid TOML"));
    EXPECT_THAT(broken, Not(HasSubstr("hidden")));
}

class AuthenticatedServer : public testing::Test {
protected:
    static EndpointOptions options(bool http) {
        auto authentication = with_users();
        authentication.basic = true;
        authentication.open_methods = {"net_*"};
        authentication.api_keys_file = test::write_file("keys.toml", R"([Keys.explorer]
sha256 = "be2974546978e3739e6d6da85c4be9f334ce32df2b9fd4b6ff1b55c0d57e9d44"
permissions = ["eth:call"])");
        EndpointOptions result;
        result.http = http;
        result.websocket = true;
        result.authenticator = std::make_shared<Authenticator>(authentication, "HTTP");
        return result;
    }

    static std::string token_of(test::TestServer& server) {
        const auto response =
            server.connect().post(R"({"username":"alice","password":"U*U"})", {}, "/login");
        EXPECT_EQ(response.status, 200u);
        return nlohmann::json::parse(response.body)["token"].get<std::string>();
    }
};

TEST_F(AuthenticatedServer, http_takes_tokens_passwords_and_keys) {
    test::TestServer server{options(true)};
    auto client = server.connect();
    EXPECT_EQ(client.get("/access").body, "nobody may not");
    EXPECT_EQ(client.get("/access", "Authorization: Bearer x.y.z\r\n").body, "nobody may not");
    EXPECT_EQ(client.get("/access", "Authorization: Bearer " + token_of(server) + "\r\n").body,
              "alice may");
    for (int twice = 0; twice < 2; ++twice)
        EXPECT_EQ(client.get("/access", "Authorization: Basic YWxpY2U6VSpV\r\n").body, "alice may");
    EXPECT_EQ(client.get("/key-1/access").body, "explorer may");
    EXPECT_EQ(client.get("/key-2/access").body, "");
    EXPECT_EQ(client.post("echo", "", "/key-1").body, "echo");
}

TEST_F(AuthenticatedServer, websocket_takes_the_same_at_its_handshake) {
    test::TestServer server{options(false)};
    const auto answer_to = [&](std::string_view headers, std::string_view path = "/") {
        auto client = server.connect();
        EXPECT_EQ(client.upgrade(headers, path).status, 101u);
        client.send_text("access");
        return client.frame().payload;
    };
    EXPECT_EQ(answer_to(""), "may not");
    EXPECT_EQ(answer_to("Authorization: Bearer " + token_of(server) + "\r\n"), "may");
    EXPECT_EQ(answer_to("Authorization: Basic YWxpY2U6VSpV\r\n"), "may");
    EXPECT_EQ(answer_to("", "/key-1"), "may");
    EXPECT_EQ(answer_to("", "/key-2"), "may not");
}

TEST_F(AuthenticatedServer, login_without_authentication_is_400) {
    test::TestServer server;
    const auto response = server.connect().post("{}", {}, "/login");
    EXPECT_EQ(response.status, 400u);
    EXPECT_EQ(response.body, "Authentication not enabled");
}

}  // namespace
}  // namespace meta138::http
