// SPDX-License-Identifier: Apache-2.0
#include "credentials.hpp"
#include "files.hpp"
#include "jwt.hpp"
#include "response_head.hpp"
#include "text.hpp"

#include "meta138/base/mutex.hpp"
#include "meta138/http/authentication.hpp"
#include "meta138/http/server.hpp"

#include <nlohmann/json.hpp>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <array>
#include <filesystem>
#include <unordered_map>

namespace meta138::http {
namespace {

using Clock = std::chrono::system_clock;

// Credentials that have been checked, so that a client that sends the same token with each request
// pays for one signature. Forgotten all at once when full.
constexpr std::size_t remembered_credentials = 1024;
// A password that has been changed or a user who has been removed may still call for so long.
constexpr std::chrono::seconds remember_password{60};
constexpr std::size_t max_credentials_bytes = 8 * 1024;
constexpr std::size_t max_login_bytes = 8 * 1024;

constexpr std::string_view wrong_login =
    "Authentication failed: the username or password is incorrect.";
constexpr std::string_view incomplete_login =
    "Authentication failed: username and password are required.";

/// A hash that no password opens, so that an unknown user takes as long as a wrong password.
const std::string nobody = "$2b$10$CwTycUXWue0Thq9StjUM0uJ8mTnL0vB3yZ1x2c3v4b5n6m7a8s9d0";

std::string sha256_hex(std::string_view text) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    for (const auto byte : digest) {
        result += digits[byte >> 4];
        result += digits[byte & 15];
    }
    return result;
}

struct Scheme {
    std::string_view name;
    std::string_view value;
};

Scheme split_authorization(std::string_view authorization) {
    const auto space = authorization.find(' ');
    if (space == std::string_view::npos) return {authorization, {}};
    return {authorization.substr(0, space), trim(authorization.substr(space))};
}

}  // namespace

struct Authenticator::State {
    AuthenticationOptions options;
    std::optional<JwtIssuer> issuer;
    std::optional<JwtVerifier> verifier;
    Credentials api_keys;
    std::shared_ptr<const OpenMethods> open_methods;
    std::string memory_key = std::string(32, '\0');

    struct Remembered {
        std::shared_ptr<const Identity> identity;
        std::chrono::sys_seconds until;
    };
    // By keyed hash: a memory dump shows no token.
    mutable Mutex mutex;
    mutable std::unordered_map<std::string, Remembered> remembered META138_GUARDED_BY(mutex);

    using Result = std::expected<std::shared_ptr<const Identity>, AuthenticationError>;

    [[nodiscard]] std::string memory_name(std::string_view credentials) const {
        std::string result(SHA256_DIGEST_LENGTH, '\0');
        unsigned size = 0;
        HMAC(EVP_sha256(), memory_key.data(), static_cast<int>(memory_key.size()),
             reinterpret_cast<const unsigned char*>(credentials.data()), credentials.size(),
             reinterpret_cast<unsigned char*>(result.data()), &size);
        return result;
    }

    [[nodiscard]] std::shared_ptr<const Identity> recall(const std::string& name,
                                                         std::chrono::sys_seconds now) const
        META138_EXCLUDES(mutex) {
        const MutexLock lock{mutex};
        const auto found = remembered.find(name);
        if (found == remembered.end()) return nullptr;
        if (found->second.until > now) return found->second.identity;
        remembered.erase(found);
        return nullptr;
    }

    void remember(const std::string& name, const std::shared_ptr<const Identity>& identity,
                  std::chrono::sys_seconds until) const META138_EXCLUDES(mutex) {
        const MutexLock lock{mutex};
        if (remembered.size() >= remembered_credentials) remembered.clear();
        remembered.insert_or_assign(name, Remembered{identity, until});
    }

    [[nodiscard]] Result check_token(std::string_view token, const std::string& name,
                                     std::chrono::sys_seconds now) const {
        if (!verifier) return std::unexpected{AuthenticationError::malformed};
        auto verified = verifier->verify(token, now);
        if (!verified) return std::unexpected{verified.error()};
        auto identity = std::make_shared<const Identity>(*std::move(verified));
        remember(name, identity, identity->expires_at);
        return identity;
    }

    [[nodiscard]] Result check_basic(std::string_view value, const std::string& name,
                                     std::chrono::sys_seconds now) const {
        const auto pair = decode_base64(value);
        const auto colon = pair ? pair->find(':') : std::string::npos;
        if (colon == std::string::npos) return std::unexpected{AuthenticationError::malformed};
        auto identity =
            check_password(pair->substr(0, colon), std::string_view{*pair}.substr(colon + 1));
        if (identity) remember(name, *identity, now + remember_password);
        return identity;
    }

    /// Reads the file again: a new password counts at once.
    [[nodiscard]] Result check_password(const std::string& user, std::string_view password) const {
        Credentials users;
        try {
            users = read_users(options.credentials_file);
        } catch (const ConfigurationError&) {  // half written, or gone: nobody gets in
            return std::unexpected{AuthenticationError::wrong_password};
        }
        const auto found = users.find(user);
        const auto matches =
            bcrypt_matches(password, found == users.end() ? nobody : found->second.secret);
        if (!matches || found == users.end())
            return std::unexpected{AuthenticationError::wrong_password};
        Identity identity;
        identity.username = user;
        identity.permissions = Permissions{found->second.permissions};
        return std::make_shared<const Identity>(std::move(identity));
    }

    [[nodiscard]] Result check_api_key(std::string_view key) const {
        const auto hash = sha256_hex(key);
        for (const auto& [name, entry] : api_keys) {
            if (entry.secret.size() != hash.size() ||
                CRYPTO_memcmp(entry.secret.data(), hash.data(), hash.size()) != 0)
                continue;
            Identity identity;
            identity.username = name;
            identity.permissions = Permissions{entry.permissions};
            return std::make_shared<const Identity>(std::move(identity));
        }
        return std::unexpected{AuthenticationError::wrong_password};
    }
};

Authenticator::Authenticator(AuthenticationOptions options, std::string_view endpoint)
    : state_{std::make_unique<State>()} {
    auto& state = *state_;
    state.options = std::move(options);
    const auto& given = state.options;
    if (given.credentials_file.empty() && given.jwt_public_key_file.empty() &&
        given.api_keys_file.empty() && given.engine_secret.empty())
        throw ConfigurationError{"Unable to authenticate JSON-RPC " + std::string{endpoint} +
                                 " endpoint without a supplied credentials file or "
                                 "authentication public key file"};
    if (!given.credentials_file.empty()) {
        if (!std::filesystem::exists(given.credentials_file))
            throw ConfigurationError{"The specified RPC " + std::string{endpoint} +
                                     " authentication credential file '" + given.credentials_file +
                                     "' does not exist"};
        static_cast<void>(read_users(given.credentials_file));
    }
    // With both, tokens come from outside and the users are for Basic alone.
    if (!given.engine_secret.empty()) {
        state.verifier.emplace(JwtVerifier::for_engine(given.engine_secret));
        OPENSSL_cleanse(state.options.engine_secret.data(), state.options.engine_secret.size());
    } else if (!given.jwt_public_key_file.empty()) {
        auto key = read_file(given.jwt_public_key_file);
        if (given.jwt_algorithm == JwtAlgorithm::HS256)
            while (key.ends_with('\n') || key.ends_with('\r')) key.pop_back();
        state.verifier.emplace(given.jwt_algorithm, key);
        OPENSSL_cleanse(key.data(), key.size());
    } else if (!given.credentials_file.empty()) {
        state.issuer.emplace();
        state.verifier.emplace(state.issuer->verifier());
    }
    if (!given.api_keys_file.empty()) state.api_keys = read_api_keys(given.api_keys_file);
    for (auto& [name, entry] : state.api_keys)
        for (auto& c : entry.secret) c = to_lower(c);
    state.open_methods = std::make_shared<const OpenMethods>(given.open_methods);
    RAND_bytes(reinterpret_cast<unsigned char*>(state.memory_key.data()),
               static_cast<int>(state.memory_key.size()));
}

Authenticator::~Authenticator() = default;

std::expected<std::shared_ptr<const Identity>, AuthenticationError> Authenticator::authenticate(
    std::string_view authorization, std::string_view api_key, std::chrono::sys_seconds now) const {
    if (authorization.empty()) {
        if (api_key.empty()) return std::unexpected{AuthenticationError::missing};
        return state_->check_api_key(api_key);
    }
    if (authorization.size() > max_credentials_bytes)
        return std::unexpected{AuthenticationError::malformed};
    const auto name = state_->memory_name(authorization);
    if (auto identity = state_->recall(name, now)) return identity;
    const auto [scheme, value] = split_authorization(authorization);
    if (equals_ignoring_case(scheme, "bearer")) return state_->check_token(value, name, now);
    if (equals_ignoring_case(scheme, "basic") && state_->options.basic &&
        !state_->options.credentials_file.empty())
        return state_->check_basic(value, name, now);
    return std::unexpected{AuthenticationError::malformed};
}

Access Authenticator::access(std::string_view authorization, std::string_view api_key,
                             std::chrono::sys_seconds now) const {
    auto identity = authenticate(authorization, api_key, now);
    return {state_->open_methods, identity ? *std::move(identity) : nullptr};
}

bool Authenticator::is_slow(std::string_view authorization, std::chrono::sys_seconds now) const {
    return state_->options.basic && authorization.size() <= max_credentials_bytes &&
           equals_ignoring_case(split_authorization(authorization).name, "basic") &&
           !state_->recall(state_->memory_name(authorization), now);
}

Response Authenticator::login(std::string_view body, std::chrono::sys_seconds now) const {
    if (!state_->issuer) return text_response(400, "Authentication not enabled");
    if (body.size() > max_login_bytes) return text_response(400, incomplete_login);
    const auto json = nlohmann::json::parse(body, nullptr, false);
    if (!json.is_object()) return text_response(400, incomplete_login);
    const auto user = json.find("username");
    const auto password = json.find("password");
    if (user == json.end() || password == json.end() || !user->is_string() ||
        !password->is_string())
        return text_response(400, incomplete_login);
    const auto identity =
        state_->check_password(user->get<std::string>(), password->get_ref<const std::string&>());
    if (!identity) return text_response(401, wrong_login);
    return {.status = 200,
            .body = R"({"token":")" + state_->issuer->issue(**identity, now) + R"("})",
            .headers = {}};
}

bool Authenticator::accepts_api_keys() const noexcept {
    return !state_->api_keys.empty();
}

}  // namespace meta138::http
