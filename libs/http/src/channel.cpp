// SPDX-License-Identifier: Apache-2.0
#include "channel.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace meta138::http {
namespace {

IoResult result_of_system(ssize_t result, Io if_busy) {
    if (result > 0) return {Io::done, static_cast<std::size_t>(result)};
    if (result < 0 && (errno == EAGAIN || errno == EINTR)) return {if_busy};
    return {Io::closed};
}

constexpr std::size_t max_tls_write = 256 * 1024;

}  // namespace

Channel::Channel(int descriptor, const TlsContext* tls) : descriptor_{descriptor} {
    if (tls) ssl_ = tls->accept(descriptor);
}

Channel::~Channel() {
    SSL_free(ssl_);
}

IoResult Channel::result_of_tls(int result) {
    switch (SSL_get_error(ssl_, result)) {
        case SSL_ERROR_NONE: return {Io::done, static_cast<std::size_t>(std::max(result, 0))};
        case SSL_ERROR_WANT_READ: return {Io::wants_read};
        case SSL_ERROR_WANT_WRITE: return {Io::wants_write};
        case SSL_ERROR_ZERO_RETURN: return {Io::closed};
        default: broken_ = true; return {Io::closed};
    }
}

Io Channel::handshake() {
    ERR_clear_error();
    return result_of_tls(SSL_do_handshake(ssl_)).io;
}

IoResult Channel::read(std::span<char> room) {
    if (!ssl_)
        return result_of_system(::recv(descriptor_, room.data(), room.size(), 0), Io::wants_read);
    ERR_clear_error();
    std::size_t size = 0;
    if (SSL_read_ex(ssl_, room.data(), room.size(), &size) == 1) return {Io::done, size};
    return result_of_tls(0);
}

IoResult Channel::write(std::string_view first, std::string_view second) {
    if (ssl_) {
        const auto part = (first.empty() ? second : first).substr(0, max_tls_write);
        ERR_clear_error();
        std::size_t size = 0;
        if (SSL_write_ex(ssl_, part.data(), part.size(), &size) == 1) return {Io::done, size};
        return result_of_tls(0);
    }
    std::array parts = {iovec{const_cast<char*>(first.data()), first.size()},
                        iovec{const_cast<char*>(second.data()), second.size()}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = second.empty() ? 1 : 2;
    return result_of_system(::sendmsg(descriptor_, &message, MSG_NOSIGNAL), Io::wants_write);
}

void Channel::shutdown() {
    if (ssl_ && !broken_ && SSL_is_init_finished(ssl_)) {
        ERR_clear_error();
        SSL_shutdown(ssl_);
    }
    ::shutdown(descriptor_, SHUT_WR);
}

void Channel::reset_at_close() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

bool Channel::peer_has_gone() const {
    pollfd state{.fd = descriptor_, .events = POLLRDHUP, .revents = 0};
    return ::poll(&state, 1, 0) > 0 && (state.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

std::string Channel::peer_name() const {
    return ssl_ ? peer_common_name(ssl_) : std::string{};
}

}  // namespace meta138::http
