// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::client {

struct FailoverOptions {
    /// Failures in a row that take an endpoint out.
    unsigned failures = 2;
    /// It stays out for so long, and twice as long after each probe that fails too.
    std::chrono::milliseconds backoff{500};
    std::chrono::milliseconds max_backoff{30'000};
    /// Each endpoint is asked for its head that often (with two or more endpoints).
    std::chrono::milliseconds probe_interval{2'000};
    /// An endpoint is behind when its head is more blocks below the highest head seen.
    std::uint64_t blocks_behind = 3;
    /// An endpoint is stuck when its head has not moved for so long while another's has.
    std::chrono::milliseconds stuck_after{15'000};
};

enum class EndpointHealth : std::uint8_t {
    healthy,
    behind,  ///< answers, but its head is too low
    stuck,   ///< answers, but its head does not move
    out,     ///< fails; probed again when its backoff has passed
};
[[nodiscard]] std::string_view to_string(EndpointHealth health) noexcept;

/// Which of several endpoints to ask: the first healthy one in the order that was configured, so
/// that everybody with the same configuration asks the same one.
///
/// Does no I/O and reads no clock: it is told what happened, and says what to do. Times are any
/// monotonic clock's.
class Failover {
public:
    using Time = std::chrono::milliseconds;

    Failover(std::size_t endpoints, FailoverOptions options, Time now);

    /// Endpoints in the order to try: healthy ones, then those behind or stuck (the highest head
    /// first), then those that are out, as the last hope. All of them, each once.
    [[nodiscard]] std::vector<std::size_t> order(Time now) const;
    [[nodiscard]] EndpointHealth health(std::size_t endpoint, Time now) const;

    // What happened.
    void on_success(std::size_t endpoint);
    /// A failure of transport; an error that a node answers is a success.
    void on_failure(std::size_t endpoint, Time now);
    void on_head(std::size_t endpoint, std::uint64_t number, Time now);

    /// Endpoints whose head is to be asked for now; each is then due again after its interval or
    /// backoff.
    [[nodiscard]] std::vector<std::size_t> take_due_probes(Time now);
    /// When the next probe is due; Time::max() with one endpoint.
    [[nodiscard]] Time next_probe() const;

    [[nodiscard]] std::optional<std::uint64_t> head(std::size_t endpoint) const {
        return endpoints_[endpoint].head;
    }

private:
    struct Endpoint {
        unsigned failures = 0;  // in a row
        bool is_out = false;
        Time backoff{0};  // since it is out
        Time probe_at{0};
        std::optional<std::uint64_t> head = {};
        Time head_moved_at{0};
    };

    [[nodiscard]] std::uint64_t highest_head() const;
    [[nodiscard]] bool is_stuck(const Endpoint& endpoint, Time now) const;

    FailoverOptions options_;
    std::vector<Endpoint> endpoints_;
};

}  // namespace meta138::client
