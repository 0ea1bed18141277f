// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/mutex.hpp"
#include "meta138/telemetry/metrics.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace meta138::signer {

/// What the signer counts: Web3Signer's metrics under their names, and meta138_signer_*. Any
/// thread.
class SignerMetrics {
public:
    explicit SignerMetrics(telemetry::Metrics& metrics) : metrics_{metrics} {}

    /// REST requests whose body is at fault.
    telemetry::Counter& malformed_requests() noexcept { return malformed_requests_; }
    /// REST requests for a key that is not there.
    telemetry::Counter& missing_identifiers() noexcept { return missing_identifiers_; }
    telemetry::Summary& signing_duration() noexcept { return signing_duration_; }
    telemetry::Gauge& signers_loaded() noexcept { return signers_loaded_; }

    void count_signature(const Address& key, bool is_signed) META138_EXCLUDES(mutex_);
    /// `method`: one that is answered here, or `proxied`.
    void count_request(std::string_view method) META138_EXCLUDES(mutex_);
    telemetry::Counter& denials(std::string_view rule);

    telemetry::Metrics& registry() noexcept { return metrics_; }

    /// Prometheus' text of everything.
    [[nodiscard]] std::string expose() const;

private:
    telemetry::Metrics& metrics_;
    telemetry::Counter malformed_requests_;
    telemetry::Counter missing_identifiers_;
    telemetry::Summary signing_duration_;
    telemetry::Gauge signers_loaded_;
    Mutex mutex_;
    std::map<std::pair<Address, bool>, telemetry::Counter*> signatures_ META138_GUARDED_BY(mutex_);
    std::map<std::string, telemetry::Counter*, std::less<>> requests_ META138_GUARDED_BY(mutex_);
};

}  // namespace meta138::signer
