// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "endpoint.hpp"
#include "sample_requests.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

namespace meta138::op {

/// How long each answer took, and how many were errors.
struct Timings {
    std::vector<std::uint32_t> nanoseconds;
    std::uint64_t errors = 0;
};

/// Keeps `connections` connections busy for `time`, each with one request at a time, on `threads`
/// threads. Throws LoadError when a connection cannot be made or breaks.
[[nodiscard]] Timings measure(const Endpoint& endpoint, const Bodies& bodies, unsigned connections,
                              unsigned threads, std::chrono::milliseconds time);

}  // namespace meta138::op
