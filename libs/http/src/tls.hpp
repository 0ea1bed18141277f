// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/http/server.hpp"

#include <openssl/types.h>

#include <memory>
#include <set>
#include <string>

namespace meta138::http {

/// The certificate, the key and the rules of a TLS endpoint. Constant after construction.
class TlsContext {
public:
    /// @throws ConfigurationError
    explicit TlsContext(const TlsOptions& options);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    /// The TLS side of an accepted connection, for SSL_accept.
    [[nodiscard]] SSL* accept(int descriptor) const;

    /// Whether the known-clients file lists this certificate.
    [[nodiscard]] bool is_known_client(X509* certificate) const;

private:
    void load_keystore(const TlsOptions& options);
    void load_pem(const TlsOptions& options);
    void restrict_protocols(const TlsOptions& options);
    void restrict_ciphers(const TlsOptions& options);
    void require_clients(const TlsOptions& options);
    void load_truststore(const TlsOptions& options);
    void load_known_clients(const std::string& file);

    SSL_CTX* context_;
    std::set<std::pair<std::string, std::string>> known_clients_;  // common name, fingerprint
};

/// The common name of the certificate that the peer of a finished handshake has shown, or empty.
[[nodiscard]] std::string peer_common_name(SSL* ssl);

/// Upper-case SHA-256 of a certificate, bytes parted by colons.
[[nodiscard]] std::string fingerprint(X509* certificate);

}  // namespace meta138::http
