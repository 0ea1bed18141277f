// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace meta138::op {

/// Where a JSON-RPC server listens.
struct Endpoint {
    std::string host;
    std::string path;
    boost::asio::ip::tcp::endpoint address;
};

/// Resolves "http://HOST[:PORT][/PATH]". Throws LoadError.
[[nodiscard]] Endpoint resolve(std::string_view url);

/// The bytes of a POST with that body.
[[nodiscard]] std::string http_request(const Endpoint& endpoint, std::string_view body);

/// The size of the answer at the start of `text` with its head; 0 while the head is not complete.
/// Throws LoadError when it is no answer that a JSON-RPC server gives.
[[nodiscard]] std::size_t answer_size(std::string_view text);

/// One connection that asks and waits: for preparations.
class Client {
public:
    explicit Client(const Endpoint& endpoint);

    /// The result of a call. Throws LoadError with the method and the answer's error.
    nlohmann::json call(std::string_view method, const std::vector<nlohmann::json>& params = {});
    /// The whole answer to any document.
    std::string exchange(std::string_view body);

private:
    const Endpoint endpoint_;
    boost::asio::io_context io_;
    boost::asio::ip::tcp::socket socket_;
    std::string received_;
};

}  // namespace meta138::op
