// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meta138::http {

/// What became of a request that got no answer.
enum class ClientErrorKind : std::uint8_t {
    invalid_request,  ///< a URL, method or header that cannot be sent
    resolve,          ///< the host has no address
    connect,          ///< nobody listens there, or no way leads there
    proxy,            ///< the proxy refused
    tls,              ///< the server's certificate is not trusted, or the handshake failed
    timed_out,        ///< ClientRequest::timeout, whatever the request was waiting for
    closed,           ///< the server ended the connection before the answer was whole
    too_large,        ///< head, body, or body once decompressed, above its bound
    malformed,        ///< not HTTP/1.1, or not what its Content-Encoding says
    busy,             ///< ClientLimits::waiting requests wait already
    cancelled,        ///< by PendingRequest::cancel, a stop token, or the client's end
};
inline constexpr std::size_t client_error_kind_count = 11;
/// `resolve`, `timed_out`, ...: for metric labels.
[[nodiscard]] std::string_view to_string(ClientErrorKind kind) noexcept;

struct ClientError {
    ClientErrorKind kind = ClientErrorKind::connect;
    /// For people, with host and port and never with a secret: `127.0.0.1:8545: connection
    /// refused`.
    std::string text = {};
    /// A part of the request may have reached the server: what must not be done twice must not be
    /// sent again blindly.
    bool may_have_arrived = false;
};

struct ClientRequest {
    std::string method = "GET";
    /// `http://` or `https://`; a user and password in it are sent as Basic authentication.
    std::string url = {};
    /// Beyond Host, Content-Length, Accept-Encoding, User-Agent and Connection, which the client
    /// writes.
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};
    /// From send() to the last byte of the answer; absent: ClientLimits::timeout.
    std::optional<std::chrono::milliseconds> timeout = {};
    /// The server may get the request twice: it is sent again, once, when a kept connection turns
    /// out to have been closed meanwhile. GET and HEAD are always repeatable.
    bool repeatable = false;
};

struct ClientResponse {
    unsigned status = 0;
    std::vector<std::pair<std::string, std::string>> headers = {};  ///< names in lower case
    std::string body = {};  ///< decoded from chunks and decompressed

    /// The first header of that lower-case name; empty if there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

using ClientResult = std::expected<ClientResponse, ClientError>;

/// Whom a client trusts, and who it is.
struct ClientTlsOptions {
    /// Servers whose certificate the system's authorities have signed (`ca-auth-enabled`).
    bool system_authorities = true;
    /// PEM: further authorities, or (without system_authorities) the only ones.
    std::string authorities_file = {};
    /// PKCS#12 with the trusted authorities, and its password file.
    std::string truststore_file = {};
    std::string truststore_password_file = {};
    /// Lines `<host>:<port> <SHA-256 fingerprint, hex, colons optional>`, as Besu's and
    /// Web3Signer's known-servers files: such a server is trusted whoever signed its certificate.
    std::string known_servers_file = {};
    /// The client's own certificate: PKCS#12 and its password file, or
    std::string keystore_file = {};
    std::string keystore_password_file = {};
    /// a PEM certificate chain and its PEM key.
    std::string certificate_file = {};
    std::string key_file = {};
};

/// An HTTP proxy. `https`, `ws` and `wss` go through CONNECT.
struct ProxyOptions {
    std::string host = {};
    std::uint16_t port = 0;
    std::string user = {};  ///< empty: no Proxy-Authorization
    std::string password = {};
};

/// What a client bounds.
struct ClientLimits {
    /// Status line and headers of an answer, in bytes and number.
    std::size_t header_bytes = 64 * 1024;
    std::size_t header_count = 128;
    /// An answer's body, before and after decompression.
    std::size_t body_bytes = 64 * 1024 * 1024;
    /// To one host and port; further requests wait in their order.
    std::size_t connections_per_host = 8;
    /// Requests that wait for a connection, to all hosts: more fail with `busy`.
    std::size_t waiting = 4096;
    /// For one address of a host; the next one is tried then.
    std::chrono::milliseconds connect_timeout{5'000};
    /// Of requests that say none.
    std::chrono::milliseconds timeout{30'000};
    /// Connections without a request are closed after that.
    std::chrono::milliseconds idle_timeout{30'000};
};

struct ClientOptions {
    ClientTlsOptions tls = {};
    std::optional<ProxyOptions> proxy = {};
    ClientLimits limits = {};
    std::string user_agent = "Meta138";
    bool accept_gzip = true;
};

/// What can be called off.
class Cancellable {
public:
    virtual ~Cancellable() = default;
    Cancellable() = default;
    Cancellable(const Cancellable&) = delete;
    Cancellable& operator=(const Cancellable&) = delete;
    virtual void cancel() = 0;
};

/// A request under way. Letting it go does not cancel the request.
class PendingRequest {
public:
    PendingRequest() = default;
    explicit PendingRequest(std::weak_ptr<Cancellable> request) noexcept
        : request_{std::move(request)} {}

    /// Any thread, any time. The callback is called with `cancelled`, soon, unless it has been
    /// called.
    void cancel() const {
        if (const auto request = request_.lock()) request->cancel();
    }

private:
    std::weak_ptr<Cancellable> request_;
};

/// HTTP/1.1 over kept connections, plain and TLS, on one io thread of its own. Does not follow
/// redirects and keeps no cookies. Host names are resolved anew for each connection.
///
/// All functions may be called from any thread.
class Client {
public:
    using Callback = std::move_only_function<void(ClientResult)>;

    /// Reads the files named by the options. @throws ConfigurationError (server.hpp)
    explicit Client(ClientOptions options = {});
    /// Cancels what is under way, calls its callbacks, and waits for the thread. Not from a
    /// callback.
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// `callback` is called exactly once, always on the io thread and never from within send(). It
    /// must return soon and must not wait for this client; it may send again.
    PendingRequest send(ClientRequest request, Callback callback);

    /// Waits for the answer. Not from a callback.
    [[nodiscard]] ClientResult exchange(ClientRequest request, std::stop_token stop = {});

    /// Open connections, idle ones included.
    [[nodiscard]] std::size_t connections() const noexcept;

    struct State;

private:
    friend class WebSocketClient;
    std::shared_ptr<State> state_;
};

}  // namespace meta138::http
