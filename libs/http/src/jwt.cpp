// SPDX-License-Identifier: Apache-2.0
#include "jwt.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/try.hpp"
#include "meta138/http/server.hpp"

#include <nlohmann/json.hpp>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace meta138::http {
namespace {

using Json = nlohmann::json;

template <auto free_it>
struct Deleter {
    void operator()(auto* object) const noexcept { free_it(object); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using DigestPtr = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using EcdsaPtr = std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG_free>>;

constexpr std::array<std::string_view, 7> algorithm_names = {"RS256", "RS384", "RS512", "ES256",
                                                             "ES384", "ES512", "HS256"};

std::string_view name_of(JwtAlgorithm algorithm) {
    return algorithm_names[static_cast<std::size_t>(algorithm)];
}

const EVP_MD* digest_of(JwtAlgorithm algorithm) {
    switch (algorithm) {
        case JwtAlgorithm::RS256:
        case JwtAlgorithm::ES256:
        case JwtAlgorithm::HS256: return EVP_sha256();
        case JwtAlgorithm::RS384:
        case JwtAlgorithm::ES384: return EVP_sha384();
        case JwtAlgorithm::RS512:
        case JwtAlgorithm::ES512: return EVP_sha512();
    }
    return nullptr;
}

/// The bits of the curve's order that an algorithm demands (RFC 7518 3.4); 0 for RSA.
int curve_bits(JwtAlgorithm algorithm) {
    switch (algorithm) {
        case JwtAlgorithm::ES256: return 256;
        case JwtAlgorithm::ES384: return 384;
        case JwtAlgorithm::ES512: return 521;
        case JwtAlgorithm::RS256:
        case JwtAlgorithm::RS384:
        case JwtAlgorithm::RS512:
        case JwtAlgorithm::HS256: return 0;
    }
    return 0;
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

KeyPtr read_public_key(std::string_view pem) {
    const BioPtr bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
    KeyPtr key{PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr)};
    ERR_clear_error();
    return key;
}

/// JWS has r and s side by side (RFC 7518 3.4), OpenSSL wants them in DER.
std::optional<std::string> to_der(std::string_view signature, int bits) {
    const auto half = static_cast<std::size_t>(bits + 7) / 8;
    if (signature.size() != 2 * half) return std::nullopt;
    const EcdsaPtr pair{ECDSA_SIG_new()};
    auto* r = BN_bin2bn(bytes_of(signature), static_cast<int>(half), nullptr);
    auto* s = BN_bin2bn(bytes_of(signature.substr(half)), static_cast<int>(half), nullptr);
    META138_ASSERT(ECDSA_SIG_set0(pair.get(), r, s) == 1);
    unsigned char* der = nullptr;
    const auto size = i2d_ECDSA_SIG(pair.get(), &der);
    if (size <= 0) return std::nullopt;
    std::string result{reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)};
    OPENSSL_free(der);
    return result;
}

struct Parts {
    std::string_view header;
    std::string_view payload;
    std::string_view signature;
    std::string_view signed_part;
};

std::optional<Parts> split(std::string_view token) {
    const auto first = token.find('.');
    const auto last = token.rfind('.');
    if (first == std::string_view::npos || first == last) return std::nullopt;
    const Parts parts{.header = token.substr(0, first),
                      .payload = token.substr(first + 1, last - first - 1),
                      .signature = token.substr(last + 1),
                      .signed_part = token.substr(0, last)};
    if (parts.payload.contains('.')) return std::nullopt;
    return parts;
}

std::optional<Json> parse_object(std::string_view base64) {
    const auto text = decode_base64url(base64);
    if (!text) return std::nullopt;
    auto json = Json::parse(*text, nullptr, false);
    if (!json.is_object()) return std::nullopt;
    return json;
}

/// A NumericDate (RFC 7519 2), which may have a fraction.
std::expected<std::optional<std::int64_t>, AuthenticationError> find_date(const Json& claims,
                                                                          const char* name) {
    const auto found = claims.find(name);
    if (found == claims.end()) return std::nullopt;
    if (!found->is_number()) return std::unexpected{AuthenticationError::malformed};
    constexpr double last = 253402300799;  // the year 9999
    return static_cast<std::int64_t>(std::clamp(std::floor(found->get<double>()), -last, last));
}

std::expected<Identity, AuthenticationError> read_claims(const Json& claims,
                                                         std::chrono::sys_seconds now) {
    const auto seconds_now = now.time_since_epoch().count();
    TRY_LET(const auto expires, find_date(claims, "exp"));
    if (!expires) return std::unexpected{AuthenticationError::no_expiry};
    if (*expires <= seconds_now) return std::unexpected{AuthenticationError::expired};
    TRY_LET(const auto not_before, find_date(claims, "nbf"));
    if (not_before && *not_before > seconds_now)
        return std::unexpected{AuthenticationError::not_yet_valid};

    Identity identity;
    identity.expires_at = std::chrono::sys_seconds{std::chrono::seconds{*expires}};
    if (const auto name = claims.find("username"); name != claims.end() && name->is_string())
        identity.username = name->get<std::string>();
    if (const auto list = claims.find("permissions"); list != claims.end()) {
        if (!list->is_array()) return std::unexpected{AuthenticationError::malformed};
        std::vector<std::string> permissions;
        for (const auto& permission : *list) {
            if (!permission.is_string()) return std::unexpected{AuthenticationError::malformed};
            permissions.push_back(permission.get<std::string>());
        }
        identity.permissions = Permissions{std::move(permissions)};
    }
    return identity;
}

std::expected<Identity, AuthenticationError> read_engine_claims(const Json& claims,
                                                                std::chrono::sys_seconds now) {
    constexpr std::chrono::seconds tolerance{60};
    TRY_LET(const auto issued_at, find_date(claims, "iat"));
    if (!issued_at) return std::unexpected{AuthenticationError::not_recent};
    const auto issued = std::chrono::sys_seconds{std::chrono::seconds{*issued_at}};
    if (issued > now + tolerance || now > issued + tolerance)
        return std::unexpected{AuthenticationError::not_recent};
    Identity identity;
    identity.permissions = Permissions{{"*:*"}};
    identity.expires_at = issued + tolerance;
    return identity;
}

}  // namespace

std::optional<JwtAlgorithm> parse_jwt_algorithm(std::string_view name) noexcept {
    const auto found = std::ranges::find(algorithm_names, name);
    if (found == algorithm_names.end()) return std::nullopt;
    return static_cast<JwtAlgorithm>(found - algorithm_names.begin());
}

std::string_view to_string(AuthenticationError error) noexcept {
    switch (error) {
        case AuthenticationError::missing: return "no credentials";
        case AuthenticationError::malformed: return "malformed credentials";
        case AuthenticationError::wrong_algorithm: return "token of another algorithm";
        case AuthenticationError::bad_signature: return "token with a bad signature";
        case AuthenticationError::no_expiry: return "token without expiry";
        case AuthenticationError::expired: return "token expired";
        case AuthenticationError::not_yet_valid: return "token not yet valid";
        case AuthenticationError::wrong_password: return "wrong user, password or key";
        case AuthenticationError::not_recent: return "token that was not issued within a minute";
    }
    return {};
}

struct JwtVerifier::State {
    JwtAlgorithm algorithm;
    KeyPtr key;          // RS and ES
    std::string secret;  // HS
    bool is_engine = false;

    ~State() { OPENSSL_cleanse(secret.data(), secret.size()); }

    [[nodiscard]] bool has_signed(std::string_view text, std::string_view signature) const {
        if (algorithm == JwtAlgorithm::HS256) return has_mac(text, signature);
        auto checked = std::string{signature};
        if (const auto bits = curve_bits(algorithm)) {
            auto der = to_der(signature, bits);
            if (!der) return false;
            checked = std::move(*der);
        }
        const DigestPtr context{EVP_MD_CTX_new()};
        const auto good = EVP_DigestVerifyInit(context.get(), nullptr, digest_of(algorithm),
                                               nullptr, key.get()) == 1 &&
                          EVP_DigestVerify(context.get(), bytes_of(checked), checked.size(),
                                           bytes_of(text), text.size()) == 1;
        ERR_clear_error();
        return good;
    }

    [[nodiscard]] bool has_mac(std::string_view text, std::string_view mac) const {
        std::array<unsigned char, EVP_MAX_MD_SIZE> expected{};
        unsigned size = 0;
        HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(text),
             text.size(), expected.data(), &size);
        return mac.size() == size && CRYPTO_memcmp(expected.data(), mac.data(), size) == 0;
    }
};

JwtVerifier::JwtVerifier(JwtAlgorithm algorithm, std::string_view key)
    : state_{std::make_unique<State>(algorithm, nullptr, std::string{})} {
    if (algorithm == JwtAlgorithm::HS256) {
        // RFC 7518 3.2: no shorter than the hash.
        if (key.size() < 32)
            throw ConfigurationError{"The secret for JWT algorithm HS256 is shorter than 32 bytes"};
        state_->secret = key;
        return;
    }
    state_->key = read_public_key(key);
    if (!state_->key) throw ConfigurationError{"The JWT public key is not a PEM public key"};
    const auto bits = curve_bits(algorithm);
    const auto fits = bits ? EVP_PKEY_get_base_id(state_->key.get()) == EVP_PKEY_EC &&
                                 EVP_PKEY_get_bits(state_->key.get()) == bits
                           : EVP_PKEY_get_base_id(state_->key.get()) == EVP_PKEY_RSA;
    if (!fits)
        throw ConfigurationError{"The JWT public key does not fit the algorithm " +
                                 std::string{name_of(algorithm)}};
}

JwtVerifier JwtVerifier::for_engine(std::string_view secret) {
    JwtVerifier verifier{JwtAlgorithm::HS256, secret};
    verifier.state_->is_engine = true;
    return verifier;
}

JwtVerifier::~JwtVerifier() = default;
JwtVerifier::JwtVerifier(JwtVerifier&&) noexcept = default;
JwtVerifier& JwtVerifier::operator=(JwtVerifier&&) noexcept = default;

std::expected<Identity, AuthenticationError> JwtVerifier::verify(
    std::string_view token, std::chrono::sys_seconds now) const {
    if (token.size() > max_token_bytes) return std::unexpected{AuthenticationError::malformed};
    const auto parts = split(token);
    if (!parts) return std::unexpected{AuthenticationError::malformed};
    const auto header = parse_object(parts->header);
    const auto signature = decode_base64url(parts->signature);
    if (!header || !signature) return std::unexpected{AuthenticationError::malformed};
    // The algorithm is ours to choose, never the token's: `none`, or HS256 with a public key as its
    // secret, would let anybody in (RFC 8725 3.1).
    const auto algorithm = header->find("alg");
    if (algorithm == header->end() || *algorithm != name_of(state_->algorithm))
        return std::unexpected{AuthenticationError::wrong_algorithm};
    // Extensions that must be understood, and are not (RFC 7515 4.1.11).
    if (header->contains("crit")) return std::unexpected{AuthenticationError::malformed};
    if (!state_->has_signed(parts->signed_part, *signature))
        return std::unexpected{AuthenticationError::bad_signature};
    const auto claims = parse_object(parts->payload);
    if (!claims) return std::unexpected{AuthenticationError::malformed};
    return state_->is_engine ? read_engine_claims(*claims, now) : read_claims(*claims, now);
}

struct JwtIssuer::State {
    KeyPtr key;
};

JwtIssuer::JwtIssuer() : state_{std::make_unique<State>(KeyPtr{EVP_RSA_gen(2048)})} {
    META138_ASSERT(state_->key != nullptr);
}

JwtIssuer::~JwtIssuer() = default;
JwtIssuer::JwtIssuer(JwtIssuer&&) noexcept = default;
JwtIssuer& JwtIssuer::operator=(JwtIssuer&&) noexcept = default;

std::string JwtIssuer::issue(const Identity& identity, std::chrono::sys_seconds now) const {
    const auto issued = now.time_since_epoch();
    const Json claims{{"permissions", identity.permissions.list()},
                      {"username", identity.username},
                      {"iat", issued.count()},
                      {"exp", (issued + lifetime).count()}};
    auto token =
        encode_base64url(R"({"typ":"JWT","alg":"RS256"})") + "." + encode_base64url(claims.dump());
    const DigestPtr context{EVP_MD_CTX_new()};
    std::size_t size = 0;
    META138_ASSERT(
        EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, state_->key.get()) == 1);
    META138_ASSERT(EVP_DigestSign(context.get(), nullptr, &size, bytes_of(token), token.size()) ==
                   1);
    std::string signature(size, '\0');
    META138_ASSERT(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                                  &size, bytes_of(token), token.size()) == 1);
    signature.resize(size);
    return token + "." + encode_base64url(signature);
}

JwtVerifier JwtIssuer::verifier() const {
    const BioPtr bio{BIO_new(BIO_s_mem())};
    META138_ASSERT(PEM_write_bio_PUBKEY(bio.get(), state_->key.get()) == 1);
    char* pem = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &pem);
    return {JwtAlgorithm::RS256, {pem, static_cast<std::size_t>(size)}};
}

}  // namespace meta138::http
