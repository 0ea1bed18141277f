// SPDX-License-Identifier: Apache-2.0
#include "network/node_rpc.hpp"

#include "network/processes.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <thread>

namespace meta138::op {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::size_t max_answer = std::size_t{16} << 20;

std::unexpected<std::string> system_error() {
    return std::unexpected{std::string{std::strerror(errno)}};
}

bool wait_for(const Descriptor& socket, short events, Clock::time_point until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd polled{.fd = socket.get(), .events = events, .revents = 0};
    return left > 0 && ::poll(&polled, 1, static_cast<int>(left)) == 1;
}

/// The size of an answer with its head; absent while the head is not there yet.
std::optional<std::size_t> answer_end(std::string_view text) {
    const auto end = text.find("\r\n\r\n");
    if (end == text.npos) return std::nullopt;
    constexpr std::string_view name = "content-length: ";
    for (std::size_t at = text.find("\r\n"); at < end; at = text.find("\r\n", at + 2)) {
        auto line = text.substr(at + 2, name.size() + 20);
        const auto is_same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
        if (!std::ranges::equal(line.substr(0, name.size()), name, is_same)) continue;
        line.remove_prefix(name.size());
        std::size_t length = 0;
        std::from_chars(line.data(), line.data() + line.size(), length);
        return end + 4 + length;
    }
    return max_answer + 1;
}

std::expected<std::string, std::string> exchange(std::uint16_t port, std::string_view request,
                                                 Clock::time_point until) {
    const Descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
        errno != EINPROGRESS)
        return system_error();
    while (!request.empty()) {
        if (!wait_for(socket, POLLOUT, until)) return std::unexpected{"no answer"};
        const auto count = ::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL);
        if (count < 0 && errno == EAGAIN) continue;
        if (count < 0) return system_error();
        request.remove_prefix(static_cast<std::size_t>(count));
    }
    std::string received;
    for (auto end = answer_end(received); !end || received.size() < *end;
         end = answer_end(received)) {
        if (received.size() > max_answer || (end && *end > max_answer))
            return std::unexpected{"an answer that is too long"};
        if (!wait_for(socket, POLLIN, until)) return std::unexpected{"no answer"};
        std::array<char, 16384> buffer{};
        const auto count = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
        if (count < 0 && errno == EAGAIN) continue;
        if (count < 0) return system_error();
        if (count == 0) return std::unexpected{"the connection was closed"};
        received.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return received.substr(received.find("\r\n\r\n") + 4);
}

NodeView look_at_node(std::uint16_t port) {
    NodeView view;
    const auto head = call_node(port, "eth_getBlockByNumber", {"latest", false});
    if (!head) {
        view.error = head.error();
        return view;
    }
    if (!head->is_object()) return view;
    view.height = quantity(head->value("number", json{}));
    view.timestamp = quantity(head->value("timestamp", json{}));
    view.hash = head->value("hash", "");
    if (const auto peers = call_node(port, "net_peerCount", json::array()))
        view.peers = quantity(*peers);
    return view;
}

}  // namespace

std::expected<json, std::string> call_node(std::uint16_t port, std::string_view method,
                                           const json& params, std::chrono::milliseconds timeout) {
    const auto body =
        json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}}.dump();
    const auto request = fmt::format(
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        "Connection: close\r\nContent-Length: {}\r\n\r\n{}",
        body.size(), body);
    const auto text = exchange(port, request, Clock::now() + timeout);
    if (!text) return std::unexpected{text.error()};
    auto answer = json::parse(*text, nullptr, false);
    if (!answer.is_object()) return std::unexpected{fmt::format("{}: no JSON-RPC", method)};
    if (answer.contains("error"))
        return std::unexpected{
            fmt::format("{}: {}", method, answer["error"].value("message", "an error"))};
    return std::move(answer["result"]);
}

std::vector<NodeView> look_at_nodes(const std::vector<std::uint16_t>& ports) {
    std::vector<NodeView> views(ports.size());
    std::vector<std::jthread> threads;
    for (std::size_t at = 0; at < ports.size(); ++at)
        threads.emplace_back([&view = views[at], port = ports[at]] { view = look_at_node(port); });
    threads.clear();
    return views;
}

std::int64_t quantity(const json& value) {
    if (!value.is_string()) return -1;
    const auto& text = value.get_ref<const std::string&>();
    if (!text.starts_with("0x")) return -1;
    std::int64_t number = 0;
    const auto [end, error] =
        std::from_chars(text.data() + 2, text.data() + text.size(), number, 16);
    return error == std::errc{} ? number : -1;
}

}  // namespace meta138::op
