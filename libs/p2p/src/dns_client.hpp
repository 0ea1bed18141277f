// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dns_message.hpp"
#include "udp_socket.hpp"

#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>

namespace meta138::p2p {

/// Asks the system's name servers for TXT records, one name at a time. The resolver of the system's
/// library knows addresses alone.
class DnsClient : public std::enable_shared_from_this<DnsClient> {
public:
    using Done = std::function<void(std::expected<std::vector<std::string>, DnsError>)>;

    /// `servers`: asked in turn, each for so long, twice.
    DnsClient(asio::io_context& io, std::vector<UdpEndpoint> servers,
              std::chrono::milliseconds patience = std::chrono::seconds{3});

    /// One name at a time. Not called back after stop().
    void ask(const std::string& name, Done done);
    void stop();

private:
    void send();
    void listen();
    void finish(std::expected<std::vector<std::string>, DnsError> result);

    asio::io_context& io_;
    std::vector<UdpEndpoint> servers_;
    std::chrono::milliseconds patience_;
    asio::steady_timer timer_;
    std::optional<UdpSocket> socket_;  // of this question: its port is new each time
    std::uint16_t id_ = 0;
    std::string name_;
    Done done_;
    unsigned tries_ = 0;
    bool is_stopped_ = false;
};

/// The `nameserver` lines of a file like /etc/resolv.conf; the local host's if there are none.
[[nodiscard]] std::vector<UdpEndpoint> read_name_servers(const std::string& file);

}  // namespace meta138::p2p
