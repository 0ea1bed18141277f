// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dns_client.hpp"
#include "dns_tree.hpp"

#include "meta138/telemetry/logging.hpp"

#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>

namespace meta138::p2p {

/// Walks node trees in DNS, slowly, for as long as it lives, and tells the nodes.
class DnsTreeFollower : public std::enable_shared_from_this<DnsTreeFollower> {
public:
    using OnRecord = std::function<void(const NodeRecord&)>;

    /// URLs that are none are left out with a warning.
    DnsTreeFollower(asio::io_context& io, const std::vector<std::string>& urls,
                    std::vector<UdpEndpoint> servers, const telemetry::Logger& log,
                    OnRecord on_record);

    void start() { step(); }
    /// Tells nothing afterwards.
    void stop();

private:
    void step();
    void wait_until(std::chrono::steady_clock::time_point time);

    telemetry::Logger log_;
    DnsTreeWalk walk_;
    std::shared_ptr<DnsClient> client_;
    asio::steady_timer timer_;
    OnRecord on_record_;
    bool is_stopped_ = false;
};

}  // namespace meta138::p2p
