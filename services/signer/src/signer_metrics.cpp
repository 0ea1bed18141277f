// SPDX-License-Identifier: Apache-2.0
#include "signer_metrics.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <iterator>

namespace meta138::signer {
namespace {

using telemetry::Category;

void expose_counter(std::string& out, std::string_view name, std::string_view help,
                    const telemetry::Counter& counter) {
    fmt::format_to(std::back_inserter(out), "# HELP {0} {1}\n# TYPE {0} counter\n{0} {2}\n", name,
                   help, counter.value());
}

}  // namespace

void SignerMetrics::count_signature(const Address& key, bool is_signed) {
    const MutexLock lock{mutex_};
    auto& counter = signatures_[{key, is_signed}];
    if (counter == nullptr)
        counter = &metrics_.counter(
            Category::meta138, "signer_signatures", "Signatures by key",
            {{"key", to_hex(key.bytes)}, {"outcome", is_signed ? "signed" : "failed"}});
    counter->increment();
}

void SignerMetrics::count_request(std::string_view method) {
    const MutexLock lock{mutex_};
    auto found = requests_.find(method);
    if (found == requests_.end())
        found = requests_
                    .emplace(method,
                             &metrics_.counter(Category::meta138, "signer_requests",
                                               "JSON-RPC requests by method", {{"method", method}}))
                    .first;
    found->second->increment();
}

telemetry::Counter& SignerMetrics::denials(std::string_view rule) {
    return metrics_.counter(Category::meta138, "signer_denials",
                            "Signatures that a policy refused, by rule", {{"rule", rule}});
}

std::string SignerMetrics::expose() const {
    auto text = metrics_.expose();
    expose_counter(text, "http_secp256k1_malformed_request_count_total",
                   "Requests to sign whose body is at fault", malformed_requests_);
    expose_counter(text, "signing_secp256k1_missing_identifier_count_total",
                   "Requests to sign with a key that is not there", missing_identifiers_);
    constexpr std::string_view duration = "signing_secp256k1_signing_duration";
    fmt::format_to(std::back_inserter(text),
                   "# HELP {0} Time to sign, in seconds\n# TYPE {0} summary\n", duration);
    for (const double quantile : std::array{0.2, 0.5, 0.8, 0.95, 0.99, 1.0})
        if (const auto value = signing_duration_.quantile(quantile); value == value)
            fmt::format_to(std::back_inserter(text), "{}{{quantile=\"{}\"}} {}\n", duration,
                           quantile, value);
    fmt::format_to(std::back_inserter(text), "{0}_count {1}\n{0}_sum {2}\n", duration,
                   signing_duration_.count(),
                   std::chrono::duration<double>{signing_duration_.sum()}.count());
    fmt::format_to(std::back_inserter(text),
                   "# HELP {0} Keys that can sign\n# TYPE {0} gauge\n{0} {1}\n",
                   "signing_signers_loaded_count", signers_loaded_.value());
    return text;
}

}  // namespace meta138::signer
