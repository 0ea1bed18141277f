// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/signer/options.hpp"
#include "meta138/telemetry/logging.hpp"

#include <cstdint>
#include <memory>

namespace meta138::signer {

/// A signer that serves from its constructor to stop().
class Service {
public:
    /// Opens what the options name, checks the nodes' chain ids, listens, and loads keys in the
    /// background. Throws OptionError, LogError or http::ConfigurationError: for the operator.
    Service(const Options& options, const telemetry::Logger& log);
    /// Without grace, if stop() was not called.
    ~Service();
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    /// Accepts nothing more, finishes what has begun for as long as Options::drain_timeout, and
    /// ends. What was signed and has no outcome is taken up by the next start.
    void stop();

    [[nodiscard]] std::uint16_t http_port() const noexcept;
    [[nodiscard]] std::uint16_t metrics_port() const noexcept;  ///< 0: there is none.

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace meta138::signer
