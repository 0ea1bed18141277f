// SPDX-License-Identifier: Apache-2.0
#include "listener.hpp"

#include "http_connection.hpp"
#include "link.hpp"
#include "session_connection.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace meta138::http {
namespace {

constexpr int backlog = 4096;
// Out of file descriptors: connections wait in the backlog until some have been closed.
constexpr std::chrono::milliseconds pause_when_exhausted{100};

std::string system_reason() {
    return std::generic_category().message(errno);
}

std::string to_text(const sockaddr_storage& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address.ss_family == AF_INET) {
        const auto& ip = reinterpret_cast<const sockaddr_in&>(address);
        ::inet_ntop(AF_INET, &ip.sin_addr, text.data(), text.size());
        return fmt::format("{}:{}", text.data(), ntohs(ip.sin_port));
    }
    if (address.ss_family == AF_INET6) {
        const auto& ip = reinterpret_cast<const sockaddr_in6&>(address);
        ::inet_ntop(AF_INET6, &ip.sin6_addr, text.data(), text.size());
        return fmt::format("[{}]:{}", text.data(), ntohs(ip.sin6_port));
    }
    return {};
}

std::uint16_t port_of(const sockaddr_storage& address) {
    if (address.ss_family == AF_INET)
        return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
}

void set_option(int descriptor, int level, int option) {
    const int on = 1;
    ::setsockopt(descriptor, level, option, &on, sizeof on);
}

}  // namespace

ListeningSocket::ListeningSocket(const EndpointOptions& options) {
    if (options.ipc_path.empty())
        bind_ip(options.host, options.port);
    else
        bind_unix(options.ipc_path);
}

ListeningSocket::~ListeningSocket() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
}

void ListeningSocket::bind_ip(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const auto status = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses{found, ::freeaddrinfo};
    if (status != 0)
        throw ConfigurationError{
            fmt::format("Cannot resolve the host '{}': {}", host, ::gai_strerror(status))};
    std::string reason;
    for (const auto* one = addresses.get(); one && descriptor_ < 0; one = one->ai_next) {
        const auto descriptor =
            ::socket(one->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (descriptor < 0) continue;
        set_option(descriptor, SOL_SOCKET, SO_REUSEADDR);
        if (::bind(descriptor, one->ai_addr, one->ai_addrlen) == 0 &&
            ::listen(descriptor, backlog) == 0) {
            descriptor_ = descriptor;
        } else {
            reason = system_reason();
            ::close(descriptor);
        }
    }
    if (descriptor_ < 0)
        throw ConfigurationError{fmt::format("Cannot listen on {}:{}: {}", host, port, reason)};
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&bound), &size);
    address_ = to_text(bound);
    port_ = port_of(bound);
}

void ListeningSocket::bind_unix(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        throw ConfigurationError{fmt::format("The IPC path '{}' is longer than {} characters", path,
                                             sizeof address.sun_path - 1)};
    std::ranges::copy(path, address.sun_path);
    const auto descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const auto* target = reinterpret_cast<const sockaddr*>(&address);
    // A file that nobody listens on is left from a process that was killed.
    if (::connect(descriptor, target, sizeof address) != 0 && errno == ECONNREFUSED)
        ::unlink(path.c_str());
    const auto old_mask = ::umask(0177);  // from the first moment for the owner alone
    const auto bound = ::bind(descriptor, target, sizeof address) == 0;
    const auto reason = system_reason();
    ::umask(old_mask);
    if (!bound || ::listen(descriptor, backlog) != 0) {
        ::close(descriptor);
        throw ConfigurationError{fmt::format("Cannot listen on '{}': {}", path, reason)};
    }
    descriptor_ = descriptor;
    unix_path_ = path;
    address_ = path;
}

Listener::Listener(std::unique_ptr<ListeningSocket> socket, std::shared_ptr<Endpoint> endpoint,
                   std::vector<std::shared_ptr<IoThread>> threads)
    : socket_{std::move(socket)},
      endpoint_{std::move(endpoint)},
      threads_{std::move(threads)},
      address_{socket_->address()},
      readiness_{threads_.front()->context()},
      pause_{threads_.front()->context()} {}

void Listener::start() {
    threads_.front()->post([self = shared_from_this()] {
        self->readiness_.assign(self->socket_->descriptor());
        self->wait();
    });
}

void Listener::stop() {
    threads_.front()->post([self = shared_from_this()] {
        self->stopped_ = true;
        self->pause_.cancel();
        if (self->readiness_.is_open()) self->readiness_.release();  // cancels the wait
        self->socket_.reset();
    });
}

void Listener::wait() {
    if (stopped_) return;
    readiness_.async_wait(asio::posix::stream_descriptor::wait_read,
                          [self = shared_from_this()](boost::system::error_code error) {
                              if (!error) self->accept_all();
                          });
}

void Listener::accept_all() {
    if (stopped_) return;
    while (true) {
        sockaddr_storage remote{};
        socklen_t size = sizeof remote;
        const auto descriptor =
            ::accept4(socket_->descriptor(), reinterpret_cast<sockaddr*>(&remote), &size,
                      SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor >= 0) {
            accepted(descriptor, to_text(remote));
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            endpoint_->log.warn("Cannot accept connections on {}: {}", address_, system_reason());
            pause_.expires_after(pause_when_exhausted);
            pause_.async_wait(
                [self = shared_from_this()](boost::system::error_code) { self->wait(); });
            return;
        } else if (errno == EAGAIN) {
            return wait();
        }
        // Else that one connection has failed (ECONNABORTED, EINTR, ...).
    }
}

void Listener::accepted(int descriptor, std::string remote_address) {
    if (!endpoint_->admit(remote_address)) {
        ::close(descriptor);
        return;
    }
    if (!endpoint_->is_ipc()) set_option(descriptor, IPPROTO_TCP, TCP_NODELAY);
    const auto fewest = std::ranges::min_element(threads_, {}, [](const auto& thread) {
        return thread->load.load(std::memory_order_relaxed);
    });
    (*fewest)->load.fetch_add(1, std::memory_order_relaxed);
    (*fewest)->post([thread = *fewest, endpoint = endpoint_, descriptor,
                     remote = std::move(remote_address)]() mutable {
        auto link =
            std::make_unique<Link>(std::move(thread), endpoint, descriptor, std::move(remote));
        if (endpoint->is_ipc())
            SessionConnection::start_ipc(std::move(link));
        else
            HttpConnection::start(std::move(link));
    });
}

}  // namespace meta138::http
