// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/http/handler.hpp"
#include "meta138/oracle/publisher.hpp"
#include "meta138/telemetry/metrics.hpp"

namespace meta138::oracle {

/// `GET /metrics`, `/health` (200 or 503), `/status`; `/livez` answers while the process lives.
class StatusHandler final : public http::Handler {
public:
    /// Both outlive this object.
    StatusHandler(const Publisher& publisher, const telemetry::Metrics& metrics) noexcept
        : publisher_{publisher}, metrics_{metrics} {}

    void on_request(const http::Request& request, http::Responder responder) override;

private:
    const Publisher& publisher_;
    const telemetry::Metrics& metrics_;
};

}  // namespace meta138::oracle
