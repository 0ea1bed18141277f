// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/node/options.hpp"
#include "meta138/telemetry/logging.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace meta138::node {

/// Where a running node listens; 0: it does not.
struct ListeningPorts {
    std::uint16_t http = 0;
    std::uint16_t websocket = 0;
    std::uint16_t engine = 0;
    std::uint16_t metrics = 0;
    std::uint16_t p2p = 0;        ///< TCP
    std::uint16_t discovery = 0;  ///< UDP
};

/// Sets the level of all loggers, or of those named (admin_changeLogLevel); false: no such level.
using SetLogLevel =
    std::function<bool(std::string_view level, std::span<const std::string> loggers)>;

/// A whole node: makes the parts, connects them, owns their threads. The order in which things
/// start, and the reverse in which they stop, is here and nowhere else.
///
/// One thread makes it, stops it and destroys it.
class Node {
public:
    /// Opens everything and starts answering. `on_fault` is told, once and by any thread, of what
    /// the node cannot go on after (a full disk): whoever owns the node should stop it. Throws
    /// OptionError, storage::OpenError, storage::IoError, http::ConfigurationError.
    Node(const Options& options, const telemetry::Logger& log, SetLogLevel set_log_level,
         std::function<void(const std::string& reason)> on_fault);
    /// Drains requests, finishes the block at hand, writes what must be kept.
    ~Node();
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    [[nodiscard]] ListeningPorts ports() const;

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace meta138::node
