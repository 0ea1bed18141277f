// SPDX-License-Identifier: Apache-2.0
#include "client_tls.hpp"

#include "files.hpp"
#include "keystore.hpp"
#include "text.hpp"
#include "tls.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/http/server.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <sstream>

namespace meta138::http {
namespace {

/// Where a connection keeps its `host:port`, for the check of the certificate.
int authority_index() {
    static const int index =
        SSL_get_ex_new_index(0, nullptr, nullptr, nullptr,
                             [](void*, void* authority, CRYPTO_EX_DATA*, int, long, void*) {
                                 delete static_cast<std::string*>(authority);
                             });
    return index;
}

/// Called for each certificate of a server's chain. What the chain's check refuses may still be a
/// known server, self-signed.
int verify_server(int accepted, X509_STORE_CTX* store) {
    if (accepted) return 1;
    const auto* ssl =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    const auto* context =
        static_cast<const ClientTlsContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    const auto* authority = static_cast<std::string*>(SSL_get_ex_data(ssl, authority_index()));
    const auto error = X509_STORE_CTX_get_error(store);
    if (error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID) return 0;
    if (!context->is_known_server(*authority, X509_STORE_CTX_get0_cert(store))) return 0;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

bool is_address(const std::string& host) {
    ASN1_OCTET_STRING* const address = a2i_IPADDRESS(host.c_str());
    ASN1_OCTET_STRING_free(address);
    return address != nullptr;
}

/// 64 hexadecimal digits, with colons between bytes or without, as fingerprint() writes them.
std::optional<std::string> normal_fingerprint(std::string_view text) {
    constexpr std::size_t digits = 64;
    std::string result;
    std::size_t count = 0;
    for (const auto c : text) {
        if (c == ':') continue;
        if (hex_digit_value(c) > 15) return std::nullopt;
        if (count != 0 && count % 2 == 0) result += ':';
        result += c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
        ++count;
    }
    return count == digits ? std::optional{std::move(result)} : std::nullopt;
}

std::string lower_case(std::string_view text) {
    std::string result{text};
    std::ranges::transform(result, result.begin(), to_lower);
    return result;
}

}  // namespace

ClientTlsContext::ClientTlsContext(const ClientTlsOptions& options)
    : context_{SSL_CTX_new(TLS_client_method())} {
    if (!context_) fail_tls("Cannot set up TLS");
    try {
        SSL_CTX_set_app_data(context_, this);
        SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
        SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                          SSL_OP_IGNORE_UNEXPECTED_EOF);
        SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                       SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, verify_server);
        load_authorities(options);
        load_identity(options);
        if (!options.known_servers_file.empty()) load_known_servers(options.known_servers_file);
    } catch (...) {
        SSL_CTX_free(context_);
        throw;
    }
}

ClientTlsContext::~ClientTlsContext() {
    SSL_CTX_free(context_);
}

SSL* ClientTlsContext::connect(int descriptor, const Url& url) {
    // Takes tens of milliseconds, which a client that never uses TLS need not wait for.
    if (std::exchange(awaits_system_authorities_, false))
        SSL_CTX_set_default_verify_paths(context_);
    auto* ssl = SSL_new(context_);
    if (!ssl) return nullptr;
    auto authority = std::make_unique<std::string>(url.authority());
    bool usable = SSL_set_ex_data(ssl, authority_index(), authority.get()) == 1;
    if (usable) static_cast<void>(authority.release());  // freed with the connection
    if (is_address(url.host)) {
        usable =
            usable && X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), url.host.c_str()) == 1;
    } else {
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        usable = usable && SSL_set1_host(ssl, url.host.c_str()) == 1 &&
                 SSL_set_tlsext_host_name(ssl, url.host.c_str()) == 1;
    }
    if (!usable || SSL_set_fd(ssl, descriptor) != 1) {
        SSL_free(ssl);
        return nullptr;
    }
    SSL_set_connect_state(ssl);
    return ssl;
}

void ClientTlsContext::load_authorities(const ClientTlsOptions& options) {
    awaits_system_authorities_ = options.system_authorities;
    const auto& pem = options.authorities_file;
    if (!pem.empty() && SSL_CTX_load_verify_file(context_, pem.c_str()) != 1)
        fail_tls("Cannot use the certificate authorities '" + pem + "'");
    if (options.truststore_file.empty()) return;
    const auto store = read_keystore(options.truststore_file, options.truststore_password_file);
    for (auto* certificate : certificates_of(store, options.truststore_file))
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), certificate);
    // A truststore may hold a server's own certificate in place of its authority's.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context_), X509_V_FLAG_PARTIAL_CHAIN);
}

void ClientTlsContext::load_identity(const ClientTlsOptions& options) {
    if (!options.keystore_file.empty()) {
        const auto store = read_keystore(options.keystore_file, options.keystore_password_file);
        if (!store.key || !store.certificate)
            throw ConfigurationError{"The keystore '" + options.keystore_file +
                                     "' lacks a private key or its certificate"};
        if (SSL_CTX_use_cert_and_key(context_, store.certificate.get(), store.key.get(),
                                     store.authorities.get(), 1) != 1)
            fail_tls("Cannot use the keystore '" + options.keystore_file + "'");
        return;
    }
    if (options.certificate_file.empty() && options.key_file.empty()) return;
    if (SSL_CTX_use_certificate_chain_file(context_, options.certificate_file.c_str()) != 1)
        fail_tls("Cannot use the certificate '" + options.certificate_file + "'");
    if (SSL_CTX_use_PrivateKey_file(context_, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context_) != 1)
        fail_tls("Cannot use the private key '" + options.key_file + "'");
}

void ClientTlsContext::load_known_servers(const std::string& file) {
    std::istringstream lines{read_file(file)};
    unsigned number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        const auto text = trim(std::string_view{line}.substr(0, line.find('\r')));
        if (text.empty() || text.starts_with('#')) continue;
        const auto space = std::min(text.find_first_of(" \t"), text.size());
        const auto authority = text.substr(0, space);
        auto print = normal_fingerprint(trim(text.substr(space)));
        if (!print || !authority.contains(':'))
            throw ConfigurationError{file + ":" + std::to_string(number) +
                                     ": expected '<host>:<port> <SHA-256 fingerprint>'"};
        known_servers_.emplace(lower_case(authority), *std::move(print));
    }
}

bool ClientTlsContext::is_known_server(const std::string& authority, X509* certificate) const {
    return certificate && known_servers_.contains({authority, fingerprint(certificate)});
}

std::string handshake_failure(SSL* ssl) {
    const auto verdict = SSL_get_verify_result(ssl);
    if (verdict != X509_V_OK) {
        ERR_clear_error();
        return std::string{"its certificate is not trusted: "} +
               X509_verify_cert_error_string(verdict);
    }
    return "the TLS handshake failed: " +
           (ERR_peek_last_error() ? openssl_reason() : "the connection ended");
}

}  // namespace meta138::http
