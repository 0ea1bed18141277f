// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/p2p/ip_address.hpp"
#include "meta138/telemetry/logging.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>

namespace meta138::p2p {

namespace asio = boost::asio;

/// Resolves host names again and again, as the addresses of containers change.
class NameWatcher {
public:
    using IsUsable = std::function<bool(const IpAddress&)>;
    using OnFound = std::function<void(const IpAddress&)>;

    NameWatcher(asio::io_context& io, telemetry::Logger log);
    ~NameWatcher();
    NameWatcher(const NameWatcher&) = delete;
    NameWatcher& operator=(const NameWatcher&) = delete;

    /// Tells the name's first usable address, an IPv4 one where there are both, each time that it
    /// was asked for; warns when there is none. Until stop().
    void watch(const std::string& host, IsUsable is_usable, OnFound on_found);
    void stop();

private:
    class State;
    std::shared_ptr<State> state_;
};

}  // namespace meta138::p2p
