// SPDX-License-Identifier: Apache-2.0
#include "client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace meta138::http::test {
namespace {

constexpr timeval patience{.tv_sec = 20, .tv_usec = 0};

int connected(int family, const sockaddr* address, socklen_t size) {
    const auto descriptor = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(descriptor, address, size) != 0)
        throw std::runtime_error{std::string{"connect: "} + std::strerror(errno)};
    return descriptor;
}

}  // namespace

Client::Client(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    descriptor_ = connected(AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

Client::Client(const std::string& unix_path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(unix_path, address.sun_path);
    descriptor_ = connected(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

Client::Client(Client&& other) noexcept
    : descriptor_{std::exchange(other.descriptor_, -1)},
      ssl_{std::exchange(other.ssl_, nullptr)},
      buffered_{std::move(other.buffered_)} {}

Client::~Client() {
    SSL_free(ssl_);
    if (descriptor_ >= 0) ::close(descriptor_);
}

bool Client::start_tls(const Tls& tls) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
    auto* context = SSL_CTX_new(TLS_client_method());
    if (tls.max_version) SSL_CTX_set_max_proto_version(context, tls.max_version);
    if (!tls.ciphers.empty()) SSL_CTX_set_cipher_list(context, tls.ciphers.c_str());
    if (!tls.certificate_file.empty()) {
        SSL_CTX_use_certificate_file(context, tls.certificate_file.c_str(), SSL_FILETYPE_PEM);
        SSL_CTX_use_PrivateKey_file(context, tls.key_file.c_str(), SSL_FILETYPE_PEM);
    }
    ssl_ = SSL_new(context);
    SSL_CTX_free(context);
    SSL_set_fd(ssl_, descriptor_);
    return SSL_connect(ssl_) == 1;
}

bool Client::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent =
            ssl_ ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                 : static_cast<int>(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

std::size_t Client::receive(char* data, std::size_t size) {
    const auto received = ssl_ ? SSL_read(ssl_, data, static_cast<int>(size))
                               : static_cast<int>(::recv(descriptor_, data, size, 0));
    if (received < 0 && !ssl_ && (errno == EAGAIN || errno == EWOULDBLOCK))
        throw std::runtime_error{"the server neither answers nor closes"};
    was_reset_ = was_reset_ || (received < 0 && errno == ECONNRESET);
    return received > 0 ? static_cast<std::size_t>(received) : 0;
}

std::string Client::read(std::size_t size) {
    std::array<char, 65536> chunk;
    while (buffered_.size() < size) {
        const auto received = receive(chunk.data(), chunk.size());
        if (received == 0) break;
        buffered_.append(chunk.data(), received);
    }
    auto result = buffered_.substr(0, size);
    buffered_.erase(0, result.size());
    return result;
}

std::string Client::read_until(std::string_view end) {
    std::array<char, 65536> chunk;
    while (true) {
        if (const auto found = buffered_.find(end); found != std::string::npos)
            return read(found + end.size());
        const auto received = receive(chunk.data(), chunk.size());
        if (received == 0) return std::exchange(buffered_, {});
        buffered_.append(chunk.data(), received);
    }
}

std::string Client::read_to_end() {
    return read(std::string::npos);
}

void Client::shutdown_write() {
    ::shutdown(descriptor_, SHUT_WR);
}

std::string Client::Response::header(std::string_view name) const {
    const auto found = head.find("\r\n" + std::string{name} + ": ");
    if (found == std::string::npos) return {};
    const auto begin = found + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

Client::Response Client::response(bool without_body) {
    Response result;
    result.head = read_until("\r\n\r\n");
    if (!result.head.starts_with("HTTP/1.1 ")) return result;
    std::from_chars(result.head.data() + 9, result.head.data() + 12, result.status);
    if (without_body || result.status == 101 || result.status == 100) return result;
    if (result.header("transfer-encoding") == "chunked") {
        while (true) {
            const auto line = read_until("\r\n");
            std::size_t size = 0;
            std::from_chars(line.data(), line.data() + line.size(), size, 16);
            if (size == 0) break;
            result.body += read(size);
            read(2);
        }
        read(2);
    } else if (const auto length = result.header("content-length"); !length.empty()) {
        result.body = read(std::stoul(length));
    }
    return result;
}

Client::Response Client::post(std::string_view body, std::string_view headers,
                              std::string_view path) {
    std::string request = "POST ";
    request += path;
    request +=
        " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    request += headers;
    request += "\r\n";
    request += body;
    send(request);
    return response();
}

Client::Response Client::get(std::string_view path, std::string_view headers) {
    std::string request = "GET ";
    request += path;
    request += " HTTP/1.1\r\nHost: localhost\r\n";
    request += headers;
    send(request + "\r\n");
    return response();
}

Client::Response Client::upgrade(std::string_view headers, std::string_view path) {
    return get(path, std::string{headers} +
                         "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                         "Sec-WebSocket-Version: 13\r\n");
}

unsigned Client::Frame::close_code() const {
    if (opcode != 8 || payload.size() < 2) return 0;
    return static_cast<unsigned>(static_cast<unsigned char>(payload[0])) << 8 |
           static_cast<unsigned char>(payload[1]);
}

Client::Frame Client::frame() {
    const auto head = read(2);
    if (head.size() < 2) return {};
    const auto first = static_cast<unsigned char>(head[0]);
    std::size_t size = static_cast<unsigned char>(head[1]);
    const auto length_bytes = size == 126 ? 2u : size == 127 ? 8u : 0u;
    if (length_bytes) {
        size = 0;
        for (const auto c : read(length_bytes)) size = size << 8 | static_cast<unsigned char>(c);
    }
    return {.opcode = first & 15u, .final = (first & 0x80) != 0, .payload = read(size)};
}

bool Client::send_text(std::string_view text) {
    return send(masked_frame(0x81, text));
}

std::string masked_frame(unsigned first_byte, std::string_view payload) {
    constexpr std::array<unsigned char, 4> mask = {0x37, 0xfa, 0x21, 0x3d};
    std::string out{static_cast<char>(first_byte)};
    const auto size = payload.size();
    const auto length_bytes = size > 0xffff ? 8u : size > 125 ? 2u : 0u;
    out += static_cast<char>(0x80 | (length_bytes == 8 ? 127 : length_bytes == 2 ? 126 : size));
    for (auto i = length_bytes; i-- > 0;) out += static_cast<char>(size >> (8 * i));
    for (const auto byte : mask) out += static_cast<char>(byte);
    for (std::size_t i = 0; i < size; ++i)
        out += static_cast<char>(static_cast<unsigned char>(payload[i]) ^ mask[i % 4]);
    return out;
}

}  // namespace meta138::http::test
