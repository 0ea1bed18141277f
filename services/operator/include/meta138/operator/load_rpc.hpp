// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <stdexcept>
#include <string>
#include <vector>

namespace meta138::op {

/// Why there can be no measurement: an endpoint that cannot be reached, or a chain that lacks what
/// the requests ask for. For people.
struct LoadError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct LoadOptions {
    std::string url = "http://127.0.0.1:8545";
    std::string against;  ///< A second endpoint, measured in turns with the first; empty: none.
    std::vector<std::string> methods;  ///< Of load_methods(); empty: all of them.
    unsigned connections = 16;         ///< Each waits for its answer before it asks again.
    unsigned threads = 1;
    std::chrono::milliseconds time_per_method{3000};
    /// Funded accounts of a development chain deploy a token and transfer it all the while, so that
    /// blocks full of transfers are imported while the methods are measured.
    bool with_traffic = false;
    bool json = false;  ///< One JSON document instead of a table.
};

/// How one method did at one endpoint.
struct LoadFigures {
    std::string method;
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;  ///< Answers with an error, or no answer.
    double requests_per_second = 0;
    std::chrono::nanoseconds p50{};
    std::chrono::nanoseconds p95{};
    std::chrono::nanoseconds p99{};
};

/// What the transfers did meanwhile at one endpoint.
struct TrafficFigures {
    double transactions_per_second = 0;
    double gas_per_second = 0;
    std::uint64_t blocks = 0;
    std::uint64_t refused = 0;
};

struct LoadReport {
    std::string url;
    std::string client;  ///< web3_clientVersion
    std::vector<LoadFigures> methods;
    TrafficFigures traffic;  ///< Zero without traffic.
};

/// The methods that can be measured, in the order of the report.
[[nodiscard]] const std::vector<std::string>& load_methods();

/// Measures every method at every endpoint, and tells how far it is on `progress`. Throws
/// LoadError.
[[nodiscard]] std::vector<LoadReport> run_load(const LoadOptions& options, std::ostream& progress);

/// A table for people, with ratios when there are two endpoints; or JSON.
[[nodiscard]] std::string to_text(const std::vector<LoadReport>& reports);
[[nodiscard]] std::string to_json(const std::vector<LoadReport>& reports);

}  // namespace meta138::op
