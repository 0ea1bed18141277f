// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/http/worker_threads.hpp"

#include <cstddef>
#include <semaphore>

namespace meta138::node {

/// Where requests run that an io thread must not.
struct RequestThreads {
    static constexpr std::size_t max_waiting_requests = 10'000;
    static constexpr std::size_t max_waiting_traces = 1'000;
    /// So many traces may be under way, most of them waiting for who reads them.
    static constexpr std::size_t trace_threads = 16;

    /// So many requests, and so many traces, run at a time.
    explicit RequestThreads(std::size_t at_a_time)
        : requests{"rpc", at_a_time, max_waiting_requests},
          traces{"trace", trace_threads, max_waiting_traces},
          turns{static_cast<std::ptrdiff_t>(at_a_time)} {}

    void stop() {
        requests.stop();
        traces.stop();
    }

    http::WorkerThreads requests;
    http::WorkerThreads traces;
    /// A trace has one while it runs, and none while it waits for its reader: a slow one holds up
    /// nobody.
    std::counting_semaphore<> turns;
};

}  // namespace meta138::node
