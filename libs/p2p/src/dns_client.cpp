// SPDX-License-Identifier: Apache-2.0
#include "dns_client.hpp"

#include "meta138/crypto/random.hpp"

#include <boost/asio/post.hpp>

#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

namespace meta138::p2p {
namespace {

constexpr std::uint16_t dns_port = 53;
constexpr unsigned tries_of_server = 2;

}  // namespace

std::vector<UdpEndpoint> read_name_servers(const std::string& file) {
    std::vector<UdpEndpoint> result;
    std::ifstream in{file};
    for (std::string line; std::getline(in, line);) {
        std::istringstream words{line};
        std::string word;
        std::string address;
        if (!(words >> word >> address) || word != "nameserver") continue;
        if (const auto ip = IpAddress::parse(address))
            result.push_back({.ip = *ip, .port = dns_port});
    }
    if (result.empty()) result.push_back({.ip = *IpAddress::parse("127.0.0.1"), .port = dns_port});
    return result;
}

DnsClient::DnsClient(asio::io_context& io, std::vector<UdpEndpoint> servers,
                     std::chrono::milliseconds patience)
    : io_{io}, servers_{std::move(servers)}, patience_{patience}, timer_{io} {}

void DnsClient::ask(const std::string& name, Done done) {
    name_ = name;
    done_ = std::move(done);
    tries_ = 0;
    send();
}

void DnsClient::stop() {
    is_stopped_ = true;
    done_ = nullptr;
    timer_.cancel();
    if (socket_) socket_->close();
}

void DnsClient::send() {
    if (tries_ >= servers_.size() * tries_of_server)
        return finish(std::unexpected{DnsError::failed});
    const auto& server = servers_[tries_++ % servers_.size()];
    std::array<std::uint8_t, 2> random{};
    crypto::fill_random(random);
    id_ = static_cast<std::uint16_t>(random[0] << 8 | random[1]);
    const auto question = encode_txt_question(id_, name_);
    if (!question) return finish(std::unexpected{DnsError::no_such_name});
    try {
        const auto any = server.ip.is_v4() ? IpAddress{} : *IpAddress::parse("::");
        socket_.emplace(io_, UdpEndpoint{.ip = any});
    } catch (const std::system_error&) {
        return finish(std::unexpected{DnsError::failed});
    }
    socket_->send(*question, server);
    listen();
    timer_.expires_after(patience_);
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        if (!error && self->done_) self->send();
    });
}

void DnsClient::listen() {
    const auto server = servers_[(tries_ - 1) % servers_.size()];
    socket_->wait([self = shared_from_this(), server, tries = tries_,
                   name = name_](const boost::system::error_code& error) {
        // Of an earlier question: its socket is closed.
        if (error || !self->done_ || tries != self->tries_ || name != self->name_) return;
        std::optional<std::expected<std::vector<std::string>, DnsError>> answer;
        self->socket_->receive([&](ByteView message, const UdpEndpoint& from) {
            if (answer || from != server) return;
            auto decoded = decode_txt_answer(message, self->id_, self->name_);
            if (decoded || decoded.error() != DnsError::not_ours) answer = std::move(decoded);
        });
        if (!answer) return self->listen();
        if (*answer || answer->error() == DnsError::no_such_name)
            return self->finish(*std::move(answer));
        self->timer_.cancel();
        self->send();
    });
}

void DnsClient::finish(std::expected<std::vector<std::string>, DnsError> result) {
    timer_.cancel();
    if (socket_) socket_->close();
    // Later, as the caller is perhaps still in ask().
    asio::post(io_, [self = shared_from_this(), done = std::exchange(done_, nullptr),
                     result = std::move(result)]() mutable {
        if (done && !self->is_stopped_) done(std::move(result));
    });
}

}  // namespace meta138::p2p
