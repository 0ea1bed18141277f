// SPDX-License-Identifier: Apache-2.0
#include "tls.hpp"

#include "files.hpp"
#include "keystore.hpp"
#include "text.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <memory>
#include <sstream>

namespace meta138::http {
namespace {

int protocol_number(const std::string& name) {
    if (name == "TLSv1.2") return TLS1_2_VERSION;
    if (name == "TLSv1.3") return TLS1_3_VERSION;
    throw ConfigurationError{"TLS protocol '" + name +
                             "' is not supported: use TLSv1.2 or TLSv1.3"};
}

/// OpenSSL's name of a TLS 1.2 suite given by either name; empty if unknown.
std::string openssl_cipher_name(const std::string& name) {
    const std::string_view converted = OPENSSL_cipher_name(name.c_str());
    return converted == "(NONE)" ? name : std::string{converted};
}

void append_name(std::string& list, std::string_view name) {
    if (!list.empty()) list += ':';
    list += name;
}

/// Called for each certificate of a client's chain. What the chain's check refuses may still be a
/// known client, self-signed.
int verify_client(int accepted, X509_STORE_CTX* store) {
    if (accepted) return 1;
    const auto* ssl =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    const auto* context =
        static_cast<const TlsContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    auto* leaf = X509_STORE_CTX_get0_cert(store);
    if (X509_STORE_CTX_get_error(store) == X509_V_ERR_CERT_HAS_EXPIRED) return 0;
    if (!context->is_known_client(leaf)) return 0;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

std::string common_name(X509* certificate) {
    auto* subject = X509_get_subject_name(certificate);
    const auto index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (index < 0) return {};
    auto* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index));
    unsigned char* utf8 = nullptr;
    const auto size = ASN1_STRING_to_UTF8(&utf8, value);
    if (size < 0) return {};
    std::string result{reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size)};
    OPENSSL_free(utf8);
    return result;
}

}  // namespace

TlsContext::TlsContext(const TlsOptions& options) : context_{SSL_CTX_new(TLS_server_method())} {
    if (!context_) fail_tls("Cannot set up TLS");
    try {
        SSL_CTX_set_app_data(context_, this);
        // Renegotiation costs the server more than the client. Buffers of idle connections go back.
        SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                          SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
        SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                       SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);  // tickets need no memory
        constexpr std::string_view session_id = "meta138";
        SSL_CTX_set_session_id_context(context_,
                                       reinterpret_cast<const unsigned char*>(session_id.data()),
                                       static_cast<unsigned>(session_id.size()));
        if (!options.keystore_file.empty())
            load_keystore(options);
        else
            load_pem(options);
        restrict_protocols(options);
        restrict_ciphers(options);
        if (options.client_authentication) require_clients(options);
    } catch (...) {
        SSL_CTX_free(context_);
        throw;
    }
}

TlsContext::~TlsContext() {
    SSL_CTX_free(context_);
}

SSL* TlsContext::accept(int descriptor) const {
    auto* ssl = SSL_new(context_);
    if (!ssl) return nullptr;
    SSL_set_fd(ssl, descriptor);
    SSL_set_accept_state(ssl);
    return ssl;
}

void TlsContext::load_keystore(const TlsOptions& options) {
    const auto store = read_keystore(options.keystore_file, options.keystore_password_file,
                                     options.keystore_password);
    if (!store.key || !store.certificate)
        throw ConfigurationError{"The keystore '" + options.keystore_file +
                                 "' lacks a private key or its certificate"};
    if (SSL_CTX_use_cert_and_key(context_, store.certificate.get(), store.key.get(),
                                 store.authorities.get(), 1) != 1)
        fail_tls("Cannot use the keystore '" + options.keystore_file + "'");
}

void TlsContext::load_pem(const TlsOptions& options) {
    if (options.certificate_file.empty() || options.key_file.empty())
        throw ConfigurationError{
            "TLS is enabled, but neither a keystore nor a certificate with its key is given"};
    if (SSL_CTX_use_certificate_chain_file(context_, options.certificate_file.c_str()) != 1)
        fail_tls("Cannot use the certificate '" + options.certificate_file + "'");
    if (SSL_CTX_use_PrivateKey_file(context_, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context_) != 1)
        fail_tls("Cannot use the private key '" + options.key_file + "'");
}

void TlsContext::restrict_protocols(const TlsOptions& options) {
    int lowest = TLS1_3_VERSION;
    int highest = TLS1_2_VERSION;
    for (const auto& name : options.protocols) {
        lowest = std::min(lowest, protocol_number(name));
        highest = std::max(highest, protocol_number(name));
    }
    if (options.protocols.empty()) lowest = TLS1_2_VERSION;
    SSL_CTX_set_min_proto_version(context_, lowest);
    SSL_CTX_set_max_proto_version(context_, options.protocols.empty() ? TLS1_3_VERSION : highest);
}

void TlsContext::restrict_ciphers(const TlsOptions& options) {
    if (options.ciphers.empty()) return;
    std::string tls_1_3;
    std::string tls_1_2;
    for (const auto& name : options.ciphers) {
        const auto openssl_name = openssl_cipher_name(name);
        // TLS 1.3 suites bear the standard's names in OpenSSL too.
        auto& list = openssl_name.starts_with("TLS_") ? tls_1_3 : tls_1_2;
        append_name(list, openssl_name);
        // An unknown name in a longer list would be skipped silently: so one at a time.
        const auto known = &list == &tls_1_3
                               ? SSL_CTX_set_ciphersuites(context_, openssl_name.c_str())
                               : SSL_CTX_set_cipher_list(context_, openssl_name.c_str());
        if (known != 1) fail_tls("TLS cipher suite '" + name + "' is not supported");
    }
    SSL_CTX_set_ciphersuites(context_, tls_1_3.c_str());
    if (tls_1_2.empty())
        SSL_CTX_set_min_proto_version(context_, TLS1_3_VERSION);
    else
        SSL_CTX_set_cipher_list(context_, tls_1_2.c_str());
    if (tls_1_3.empty()) SSL_CTX_set_max_proto_version(context_, TLS1_2_VERSION);
}

void TlsContext::require_clients(const TlsOptions& options) {
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, verify_client);
    const auto by_truststore =
        !options.truststore_file.empty() || !options.trusted_certificates_file.empty();
    if (by_truststore && (!options.known_clients_file.empty() || options.ca_clients))
        throw ConfigurationError{
            "A truststore excludes a known-clients file and clients of public authorities"};
    if (!options.truststore_file.empty()) load_truststore(options);
    const auto& pem = options.trusted_certificates_file;
    if (!pem.empty() && SSL_CTX_load_verify_file(context_, pem.c_str()) != 1)
        fail_tls("Cannot use the trusted certificates '" + pem + "'");
    if (options.ca_clients) SSL_CTX_set_default_verify_paths(context_);
    if (!options.known_clients_file.empty()) load_known_clients(options.known_clients_file);
    if (!by_truststore && !options.ca_clients && options.known_clients_file.empty())
        throw ConfigurationError{
            "TLS client authentication is enabled, but no known-clients file, truststore or "
            "authority says which clients are accepted"};
}

void TlsContext::load_truststore(const TlsOptions& options) {
    const auto store = read_keystore(options.truststore_file, options.truststore_password_file,
                                     options.truststore_password);
    auto* trusted = SSL_CTX_get_cert_store(context_);
    for (auto* certificate : certificates_of(store, options.truststore_file)) {
        X509_STORE_add_cert(trusted, certificate);
        SSL_CTX_add_client_CA(context_, certificate);
    }
    // A truststore may hold a client's own certificate in place of its authority's.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context_), X509_V_FLAG_PARTIAL_CHAIN);
}

void TlsContext::load_known_clients(const std::string& file) {
    std::istringstream lines{read_file(file)};
    unsigned number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        const auto text = trim(std::string_view{line}.substr(0, line.find('\r')));
        if (text.empty() || text.starts_with('#')) continue;
        const auto space = text.find_first_of(" \t");
        auto print = std::string{space == std::string_view::npos ? std::string_view{}
                                                                 : trim(text.substr(space))};
        constexpr std::size_t fingerprint_size = 32 * 3 - 1;
        if (print.size() != fingerprint_size)
            throw ConfigurationError{file + ":" + std::to_string(number) +
                                     ": expected '<common name> <SHA-256 fingerprint>'"};
        for (auto& c : print)
            if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
        known_clients_.emplace(std::string{text.substr(0, space)}, std::move(print));
    }
}

bool TlsContext::is_known_client(X509* certificate) const {
    return certificate &&
           known_clients_.contains({common_name(certificate), fingerprint(certificate)});
}

std::string peer_common_name(SSL* ssl) {
    auto* certificate = SSL_get0_peer_certificate(ssl);
    return certificate ? common_name(certificate) : std::string{};
}

std::string fingerprint(X509* certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
    static constexpr std::string_view digits = "0123456789ABCDEF";
    std::string result;
    for (unsigned i = 0; i < size; ++i) {
        if (i) result += ':';
        result += digits[digest[i] >> 4];
        result += digits[digest[i] & 15];
    }
    return result;
}

}  // namespace meta138::http
