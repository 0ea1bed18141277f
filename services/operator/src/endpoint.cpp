// SPDX-License-Identifier: Apache-2.0
#include "endpoint.hpp"

#include "meta138/operator/load_rpc.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace meta138::op {

namespace asio = boost::asio;

namespace {

constexpr std::size_t max_answer_size = std::size_t{256} << 20;

// The value of a header in the head of an answer, empty when it is not there.
std::string_view header(std::string_view head, std::string_view name) {
    for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;
         at = head.find("\r\n", at + 2)) {
        const auto line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
        if (line.size() <= name.size() || line[name.size()] != ':') continue;
        const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
        if (!std::ranges::equal(line.substr(0, name.size()), name, same)) continue;
        const auto value = line.substr(name.size() + 1);
        return value.substr(std::min(value.find_first_not_of(' '), value.size()));
    }
    return {};
}

}  // namespace

Endpoint resolve(std::string_view url) {
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme))
        throw LoadError{fmt::format("{}: only http:// URLs can be measured", url)};
    const auto rest = url.substr(scheme.size());
    const auto authority = rest.substr(0, rest.find('/'));
    const auto colon = authority.rfind(':');
    const std::string host{authority.substr(0, colon)};
    const std::string port{colon == std::string_view::npos ? "80" : authority.substr(colon + 1)};

    asio::io_context io;
    boost::system::error_code error;
    const auto found = asio::ip::tcp::resolver{io}.resolve(host, port, error);
    if (error || found.empty())
        throw LoadError{fmt::format("{}: cannot resolve {}: {}", url, host, error.message())};
    const auto path = rest.substr(authority.size());
    return {.host = std::string{authority},
            .path = path.empty() ? "/" : std::string{path},
            .address = found.begin()->endpoint()};
}

std::string http_request(const Endpoint& endpoint, std::string_view body) {
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n"
        "Content-Length: {}\r\n\r\n{}",
        endpoint.path, endpoint.host, body.size(), body);
}

std::size_t answer_size(std::string_view text) {
    const auto end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    const auto head = text.substr(0, end + 2);
    const auto length = header(head, "content-length");
    std::size_t size = 0;
    const auto [stop, error] = std::from_chars(length.begin(), length.end(), size);
    if (error != std::errc{} || stop == length.begin() || size > max_answer_size)
        throw LoadError{fmt::format("an answer without a usable Content-Length: {}",
                                    head.substr(0, head.find("\r\n")))};
    return end + 4 + size;
}

Client::Client(const Endpoint& endpoint) : endpoint_{endpoint}, socket_{io_} {
    boost::system::error_code error;
    socket_.connect(endpoint_.address, error);
    if (error)
        throw LoadError{
            fmt::format("cannot connect to {}: {}; is the node running, and its "
                        "JSON-RPC enabled?",
                        endpoint_.host, error.message())};
    socket_.set_option(asio::ip::tcp::no_delay{true});
}

std::string Client::exchange(std::string_view body) {
    asio::write(socket_, asio::buffer(http_request(endpoint_, body)));
    received_.clear();
    std::size_t size = 0;
    while (size == 0 || received_.size() < size) {
        std::array<char, 16384> chunk;
        boost::system::error_code error;
        const auto count = socket_.read_some(asio::buffer(chunk), error);
        if (error)
            throw LoadError{
                fmt::format("{}: the connection ended: {}", endpoint_.host, error.message())};
        received_.append(chunk.data(), count);
        size = answer_size(received_);
    }
    return received_.substr(received_.find("\r\n\r\n") + 4);
}

nlohmann::json Client::call(std::string_view method, const std::vector<nlohmann::json>& params) {
    const nlohmann::json request{
        {"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}};
    auto answer = nlohmann::json::parse(exchange(request.dump()), nullptr, false);
    if (!answer.is_object())
        throw LoadError{fmt::format("{}: {} did not answer with JSON-RPC", endpoint_.host, method)};
    if (answer.contains("error"))
        throw LoadError{
            fmt::format("{}: {} failed: {}", endpoint_.host, method, answer["error"].dump())};
    return std::move(answer["result"]);
}

}  // namespace meta138::op
