// SPDX-License-Identifier: Apache-2.0
#include "network/control_server.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <exception>

namespace meta138::op {

using nlohmann::json;

void ControlServer::add_to(std::vector<pollfd>& polled) const {
    polled.push_back({.fd = listener_.get(), .events = POLLIN, .revents = 0});
    for (const auto& client : clients_)
        polled.push_back(
            {.fd = client.socket.get(),
             .events = static_cast<short>(client.out.empty() ? POLLIN : POLLIN | POLLOUT),
             .revents = 0});
}

void ControlServer::serve() {
    accept();
    std::erase_if(clients_, [this](Client& client) { return !read(client) || !write(client); });
}

void ControlServer::accept() {
    for (;;) {
        Descriptor socket{
            ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
        if (!socket) return;
        if (clients_.size() < max_clients)
            clients_.push_back({.socket = std::move(socket), .in = {}, .out = {}});
    }
}

bool ControlServer::read(Client& client) {
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto count = ::recv(client.socket.get(), buffer.data(), buffer.size(), 0);
        if (count < 0) return errno == EAGAIN || errno == EINTR;
        if (count == 0) return false;
        client.in.append(buffer.data(), static_cast<std::size_t>(count));
        for (auto end = client.in.find('\n'); end != client.in.npos; end = client.in.find('\n')) {
            client.out += answer_line(std::string_view{client.in}.substr(0, end));
            client.in.erase(0, end + 1);
        }
        if (client.in.size() > max_line || client.out.size() > (max_line << 4)) return false;
    }
}

bool ControlServer::write(Client& client) {
    while (!client.out.empty()) {
        const auto count =
            ::send(client.socket.get(), client.out.data(), client.out.size(), MSG_NOSIGNAL);
        if (count < 0) return errno == EAGAIN || errno == EINTR;
        client.out.erase(0, static_cast<std::size_t>(count));
    }
    return true;
}

std::string ControlServer::answer_line(std::string_view line) const {
    const auto request = json::parse(line, nullptr, false);
    if (!request.is_object()) return json{{"error", "not a JSON object"}}.dump() + "\n";
    try {
        return answer_(request).dump() + "\n";
    } catch (const std::exception& error) {
        return json{{"error", error.what()}}.dump() + "\n";
    }
}

}  // namespace meta138::op
