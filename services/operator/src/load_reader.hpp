// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/operator/load_traffic.hpp"

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

namespace meta138::op {

/// A read: eth_call of a contract.
struct LoadRead {
    Address to = {};
    Bytes data = {};
};

/// Reads at `rate` a second, or with 16 requests always under way for a rate of 0, until `end` or
/// until it is stopped; then waits for the last answers.
[[nodiscard]] ReadFigures run_reads(const std::vector<std::string>& urls,
                                    const std::vector<LoadRead>& reads, double rate,
                                    std::chrono::steady_clock::time_point end,
                                    const std::stop_token& stop);

}  // namespace meta138::op
