// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/http/handler.hpp"
#include "meta138/telemetry/logging.hpp"
#include "meta138/telemetry/metrics.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::http {

class Authenticator;

/// A setting that cannot be used: a missing file, a wrong password, an unknown cipher, an address
/// in use. The text is for the operator.
class ConfigurationError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What an endpoint bounds. Each refusal is counted in
/// `meta138_http_refusals_total{endpoint,reason}`.
struct Limits {
    /// More are closed with a WARN (`--rpc-http-max-active-connections`).
    std::size_t connections = 80;
    /// Request line and headers together: 431.
    std::size_t header_bytes = 16 * 1024;
    std::size_t header_count = 64;
    /// 413 (`--rpc-http-max-request-content-length`).
    std::size_t body_bytes = 128 * 1024 * 1024;
    /// Bodies, messages and unsent answers of all connections of the endpoint together: a request
    /// that would exceed it is answered 503 (WebSocket: closed with 1013).
    std::size_t buffered_bytes = 1024 * 1024 * 1024;
    /// One WebSocket frame (`--rpc-ws-max-frame-size`), and a message of several: 1009.
    std::size_t frame_bytes = 1024 * 1024;
    std::size_t message_bytes = 4 * 1024 * 1024;
    /// Unread notifications of a session: 1013.
    std::size_t session_queue_bytes = 16 * 1024 * 1024;
    /// Unanswered messages of a session; further ones wait unread.
    std::size_t session_requests = 64;
    /// How far a BodyStream may run ahead of its client.
    std::size_t stream_window = 1024 * 1024;

    /// From the first byte of a request (or of a connection) to the end of its headers: closed.
    std::chrono::milliseconds header_timeout{10'000};
    /// For each 64 KiB of a body: 408.
    std::chrono::milliseconds body_timeout{30'000};
    /// For the handler: 504, and the connection is closed (`--Xhttp-timeout-seconds`).
    std::chrono::milliseconds request_timeout{30'000};
    /// Without a byte taken by the client while there is something to send: closed.
    std::chrono::milliseconds write_timeout{30'000};
    /// Keep-alive without a request: closed.
    std::chrono::milliseconds idle_timeout{120'000};
    /// A WebSocket that is silent for so long is sent a ping, and closed when it stays silent for
    /// as long again.
    std::chrono::milliseconds ping_interval{30'000};

    /// Bodies from this size are compressed when the client accepts it.
    std::size_t compress_from_bytes = 1024;
};

struct TlsOptions {
    /// A PKCS#12 keystore and the file whose first line is its password (or the password); or
    std::string keystore_file;
    std::string keystore_password_file;
    std::string keystore_password;
    /// a PEM certificate chain and its PEM key.
    std::string certificate_file;
    std::string key_file;

    /// Clients must show a certificate that one of the following accepts.
    bool client_authentication = false;
    /// Lines `<common name> <SHA-256 fingerprint, colon hex>`; self-signed certificates are fine.
    std::string known_clients_file;
    /// Certificates signed by an authority that the system trusts.
    bool ca_clients = false;
    /// PKCS#12 with the trusted authorities (excludes the two above), or the same as PEM.
    std::string truststore_file;
    std::string truststore_password_file;
    std::string truststore_password;
    std::string trusted_certificates_file;

    /// `TLSv1.2`, `TLSv1.3`.
    std::vector<std::string> protocols = {"TLSv1.3", "TLSv1.2"};
    /// Names of the standard (`TLS_AES_256_GCM_SHA384`) or of OpenSSL; empty: OpenSSL's choice.
    std::vector<std::string> ciphers;
};

struct EndpointOptions {
    /// For log lines and metric labels: `http`, `ws`, `ipc`, `graphql`, `metrics`.
    std::string name = "http";

    /// An address or a host name, and a port, 0 for any; or
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    /// the path of a Unix socket (IPC): created with mode 0600, removed at stop.
    std::string ipc_path;

    /// What a TCP endpoint speaks; both is possible. Without `http` a plain request is answered 400
    /// `Websocket endpoint can't handle HTTP requests` (but for `/login`).
    bool http = true;
    bool websocket = false;
    /// `GET /` is answered 201 with an empty body, as load balancers expect of Besu.
    bool probe = true;

    /// Values of the Host header, without port; `*` for any (`--host-allowlist`). Else 403.
    std::vector<std::string> host_allowlist = {"localhost", "127.0.0.1"};
    /// Regular expressions for Origin, `*` for any (`--rpc-http-cors-origins`). Else 403.
    std::vector<std::string> cors_origins;

    std::optional<TlsOptions> tls;
    /// Null: everybody may do everything.
    std::shared_ptr<Authenticator> authenticator;
    Limits limits;
};

struct ServerOptions {
    /// 0: as many as there are processors, at most 4.
    unsigned io_threads = 0;
};

/// HTTP/1.1, WebSocket and IPC endpoints on one set of io threads.
///
/// listen() each endpoint, start() once, stop() once; all from one thread.
class Server {
public:
    Server(ServerOptions options, telemetry::Logger log, telemetry::Metrics& metrics);
    /// Stops without grace if stop() was not called.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Binds an endpoint and lets the system queue its connections. `handler` outlives the server.
    /// Returns its port (0 for IPC). @throws ConfigurationError
    std::uint16_t listen(EndpointOptions options, Handler& handler);

    /// Starts the io threads and answers. Callers of listen() after start() are answered at once.
    void start();

    /// Drains: accepts nothing more, closes idle connections, tells WebSockets 1001, lets running
    /// requests finish; after `grace` closes what is left. Returns when all threads have ended; no
    /// handler runs after that.
    void stop(std::chrono::milliseconds grace);

    /// Connections of all endpoints.
    [[nodiscard]] std::size_t connections() const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace meta138::http
