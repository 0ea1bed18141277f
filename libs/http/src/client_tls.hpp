// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/http/client.hpp"
#include "meta138/http/url.hpp"

#include <openssl/types.h>

#include <set>
#include <string>
#include <utility>

namespace meta138::http {

/// Whom a client trusts, and who it is. connect() is of one thread.
class ClientTlsContext {
public:
    /// @throws ConfigurationError
    explicit ClientTlsContext(const ClientTlsOptions& options);
    ~ClientTlsContext();
    ClientTlsContext(const ClientTlsContext&) = delete;
    ClientTlsContext& operator=(const ClientTlsContext&) = delete;

    /// The TLS side of a connection to a URL's host: the caller's to free.
    [[nodiscard]] SSL* connect(int descriptor, const Url& url);

    /// Whether the known-servers file lists this certificate for `host:port`.
    [[nodiscard]] bool is_known_server(const std::string& authority, X509* certificate) const;

private:
    void load_identity(const ClientTlsOptions& options);
    void load_authorities(const ClientTlsOptions& options);
    void load_known_servers(const std::string& file);

    SSL_CTX* context_;
    bool awaits_system_authorities_ = false;
    std::set<std::pair<std::string, std::string>> known_servers_;  // host:port, fingerprint
};

/// Why the handshake of this connection has just failed, for people.
[[nodiscard]] std::string handshake_failure(SSL* ssl);

}  // namespace meta138::http
