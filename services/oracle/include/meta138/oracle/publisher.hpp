// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/oracle/config.hpp"
#include "meta138/oracle/status.hpp"
#include "meta138/telemetry/logging.hpp"
#include "meta138/telemetry/metrics.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace meta138::oracle {

/// Publishes the feeds of one configuration: asks its sources, reads the chain, decides, has
/// updates signed, sends them and follows them until they are final.
///
/// One thread, run()'s, owns everything that decides, and waits for nobody: sources, chain and
/// signer answer into its mailbox. A source, an endpoint or a feed that stalls holds up nothing
/// else.
class Publisher {
public:
    /// `config` and `metrics` outlive this object. `version` is for the status.
    /// @throws http::ConfigurationError, std::runtime_error for what cannot be used: a key file, a
    /// URL, a data folder of another process
    Publisher(const Config& config, std::string version, telemetry::Logger log,
              telemetry::Metrics& metrics);
    ~Publisher();
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;

    /// Works until stop(). Then starts nothing more, and returns when what was sent is final or
    /// after the grace: what is still under way then is in the state file.
    void run();
    /// Any thread; a second call ends the grace.
    void stop();

    /// The newest status, at most a second old. Any thread; never null.
    [[nodiscard]] std::shared_ptr<const PublisherStatus> status() const;

    static constexpr std::chrono::milliseconds stop_grace{6'000};

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace meta138::oracle
