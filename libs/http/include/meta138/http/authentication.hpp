// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/http/access.hpp"
#include "meta138/http/message.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::http {

/// `--rpc-http-authentication-jwt-algorithm`.
enum class JwtAlgorithm : std::uint8_t { RS256, RS384, RS512, ES256, ES384, ES512, HS256 };
[[nodiscard]] std::optional<JwtAlgorithm> parse_jwt_algorithm(std::string_view name) noexcept;

enum class AuthenticationError : std::uint8_t {
    missing,    ///< no credentials were sent
    malformed,  ///< not three parts of base64url JSON, a claim of the wrong type, too long
    wrong_algorithm,
    bad_signature,
    no_expiry,  ///< `exp` is mandatory
    expired,
    not_yet_valid,   ///< `nbf`
    wrong_password,  ///< or unknown user, or unknown API key
    not_recent,      ///< `iat` of the Engine API's tokens
};
[[nodiscard]] std::string_view to_string(AuthenticationError error) noexcept;

/// Verifies tokens with one public key (HS256: one secret) and one algorithm; `alg` of a token must
/// be that one. Any thread.
class JwtVerifier {
public:
    /// `key`: PEM public key, or the secret itself for HS256. @throws ConfigurationError
    JwtVerifier(JwtAlgorithm algorithm, std::string_view key);
    /// The Engine API's tokens (execution-apis, engine/authentication.md): HS256, and in place of
    /// an expiry an `iat` within a minute of now. @throws ConfigurationError
    [[nodiscard]] static JwtVerifier for_engine(std::string_view secret);
    ~JwtVerifier();
    JwtVerifier(JwtVerifier&&) noexcept;
    JwtVerifier& operator=(JwtVerifier&&) noexcept;

    [[nodiscard]] std::expected<Identity, AuthenticationError> verify(
        std::string_view token, std::chrono::sys_seconds now) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Issues RS256 tokens with a key pair of its own, made at construction: they die with it.
class JwtIssuer {
public:
    static constexpr std::chrono::minutes lifetime{5};

    JwtIssuer();
    ~JwtIssuer();
    JwtIssuer(JwtIssuer&&) noexcept;
    JwtIssuer& operator=(JwtIssuer&&) noexcept;

    [[nodiscard]] std::string issue(const Identity& identity, std::chrono::sys_seconds now) const;
    [[nodiscard]] JwtVerifier verifier() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// bcrypt, `$2a$` and `$2b$` (also `$2y$`). False for a hash in another form. Takes as long as the
/// hash's cost says: 60 ms and more.
[[nodiscard]] bool bcrypt_matches(std::string_view password, const std::string& hash);
/// A hash of that kind, `$2a$10$`, for a credentials file. Absent: bcrypt has no hash for it; it
/// takes at most 72 bytes, none of them zero.
[[nodiscard]] std::optional<std::string> bcrypt_hash(std::string_view password);

struct AuthenticationOptions {
    /// TOML: `[Users.NAME]` with `password` (bcrypt) and `permissions`; read again at each login.
    std::string credentials_file = {};
    /// PEM of whoever issues tokens elsewhere (HS256: the secret).
    std::string jwt_public_key_file = {};
    JwtAlgorithm jwt_algorithm = JwtAlgorithm::RS256;
    /// Methods that need no token.
    std::vector<std::string> open_methods = {};
    /// Accept `Authorization: Basic` with a user of the credentials file.
    bool basic = false;
    /// TOML: `[Keys.NAME]` with `sha256` (hex, of the key) and `permissions`. A key is the first
    /// segment of the request's path: `https://host/<key>`.
    std::string api_keys_file = {};
    /// Tokens of the Engine API with this secret of 32 bytes, in place of all others; empty: none.
    std::string engine_secret = {};
};

/// The one authentication of all transports of an endpoint. Any thread.
class Authenticator {
public:
    /// `endpoint` is Besu's word in messages: `HTTP`, `WS`. @throws ConfigurationError with Besu's
    /// text
    Authenticator(AuthenticationOptions options, std::string_view endpoint);
    ~Authenticator();
    Authenticator(const Authenticator&) = delete;
    Authenticator& operator=(const Authenticator&) = delete;

    /// The identity that an Authorization header's value or else an API key proves.
    [[nodiscard]] std::expected<std::shared_ptr<const Identity>, AuthenticationError> authenticate(
        std::string_view authorization, std::string_view api_key,
        std::chrono::sys_seconds now) const;

    /// The same as what a handler is given.
    [[nodiscard]] Access access(std::string_view authorization, std::string_view api_key,
                                std::chrono::sys_seconds now) const;

    /// `POST /login`: 200 `{"token":"..."}`, or 400 or 401 as Besu words them. Takes as long as
    /// bcrypt does: not for an io thread.
    [[nodiscard]] Response login(std::string_view body, std::chrono::sys_seconds now) const;

    /// Whether authenticate() would check a password now: as slow as login().
    [[nodiscard]] bool is_slow(std::string_view authorization, std::chrono::sys_seconds now) const;

    [[nodiscard]] bool accepts_api_keys() const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace meta138::http
