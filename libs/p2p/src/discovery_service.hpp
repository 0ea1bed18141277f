// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/p2p/discovery.hpp"
#include "meta138/p2p/nat.hpp"
#include "meta138/telemetry/logging.hpp"
#include "meta138/telemetry/metrics.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace meta138::p2p {

struct DiscoveryServiceOptions {
    std::string listen_host = "0.0.0.0";
    std::uint16_t udp_port = 30303;  ///< 0: any free one.
    std::optional<std::string> listen_host_ipv6{};
    std::uint16_t udp_port_ipv6 = 30404;
    /// Where TCP listens, for others to know.
    std::uint16_t tcp_port = 30303;
    std::uint16_t tcp_port_ipv6 = 0;            ///< 0: there is none.
    std::string advertised_host = "127.0.0.1";  ///< A DNS name is resolved, again and again.
    std::optional<std::string> advertised_host_ipv6{};
    NatMethod nat = NatMethod::automatic;
    std::vector<Enode> bootnodes{};
    bool dns = true;  ///< Names in bootnodes are resolved, again on failure.
    bool retry_bootnodes = true;
    bool filter_on_fork_id = true;
    /// enrtree:// URLs (EIP-1459); empty: none.
    std::vector<std::string> dns_trees{};
    /// Whom to ask for them; empty: the system's (/etc/resolv.conf).
    std::vector<UdpEndpoint> name_servers{};
    /// Keeps our record between runs, file `enr`. Empty: nowhere.
    std::filesystem::path directory{};
    std::function<bool(const Enode&)> is_permitted{};
    std::function<ForkId()> fork_id{};
    std::function<bool(const ForkId&)> accepts_fork_id{};
    DiscoveryLimits limits{};
};

/// Runs a Discovery on UDP sockets. All calls come on the thread that runs the context; handlers
/// that are under way when it is destroyed do nothing.
class DiscoveryService {
public:
    using OnFound = std::function<void(const Discovery::FoundNode&)>;

    /// Opens nothing yet. `io` and `key` outlive this object.
    DiscoveryService(boost::asio::io_context& io, DiscoveryServiceOptions options,
                     const crypto::SecretKey& key, const telemetry::Logger& log,
                     telemetry::Metrics& metrics, OnFound on_found);
    ~DiscoveryService();
    DiscoveryService(const DiscoveryService&) = delete;
    DiscoveryService& operator=(const DiscoveryService&) = delete;

    /// Binds and begins. Throws std::system_error, naming the address, when it cannot. May be
    /// called before the context runs.
    void start();
    /// Closes the sockets and keeps the record.
    void stop();

    // After start().

    /// As bound.
    [[nodiscard]] std::uint16_t udp_port() const;
    /// Our enode as others should see it, with the advertised address.
    [[nodiscard]] Enode local() const;
    [[nodiscard]] const NodeRecord& record() const;
    /// Whether more peers are wanted; true at first.
    void set_wanted(bool wanted);
    /// Looks again at who may stay, after permissions changed.
    void recheck_permissions();
    /// Fitting nodes that answered lately, at random.
    [[nodiscard]] std::vector<Enode> sample(std::size_t count);
    [[nodiscard]] std::size_t table_size() const;

private:
    class Implementation;
    std::shared_ptr<Implementation> implementation_;
};

}  // namespace meta138::p2p
