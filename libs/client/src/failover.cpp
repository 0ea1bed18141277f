// SPDX-License-Identifier: Apache-2.0
#include "meta138/client/failover.hpp"

#include "meta138/base/assert.hpp"

#include <algorithm>
#include <tuple>

namespace meta138::client {

std::string_view to_string(EndpointHealth health) noexcept {
    switch (health) {
        case EndpointHealth::healthy: return "healthy";
        case EndpointHealth::behind: return "behind";
        case EndpointHealth::stuck: return "stuck";
        case EndpointHealth::out: return "out";
    }
    return {};
}

Failover::Failover(std::size_t endpoints, FailoverOptions options, Time now)
    : options_{options}, endpoints_(endpoints, Endpoint{.probe_at = now}) {
    META138_ASSERT(endpoints > 0);
}

std::uint64_t Failover::highest_head() const {
    std::uint64_t highest = 0;
    for (const auto& endpoint : endpoints_)
        if (!endpoint.is_out) highest = std::max(highest, endpoint.head.value_or(0));
    return highest;
}

bool Failover::is_stuck(const Endpoint& endpoint, Time now) const {
    if (!endpoint.head || now - endpoint.head_moved_at < options_.stuck_after) return false;
    // A chain without blocks is nobody's fault: another endpoint must know more.
    return std::ranges::any_of(endpoints_, [&](const Endpoint& other) {
        return !other.is_out && other.head > endpoint.head &&
               other.head_moved_at > endpoint.head_moved_at;
    });
}

EndpointHealth Failover::health(std::size_t endpoint, Time now) const {
    const auto& one = endpoints_[endpoint];
    if (one.is_out) return EndpointHealth::out;
    if (one.head && *one.head + options_.blocks_behind < highest_head())
        return EndpointHealth::behind;
    return is_stuck(one, now) ? EndpointHealth::stuck : EndpointHealth::healthy;
}

std::vector<std::size_t> Failover::order(Time now) const {
    struct Candidate {
        int rank;
        std::size_t endpoint;
        std::uint64_t head;
    };
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < endpoints_.size(); ++i) {
        const auto state = health(i, now);
        const auto rank = state == EndpointHealth::healthy ? 0
                          : state == EndpointHealth::out   ? 2
                                                           : 1;
        candidates.push_back({rank, i, rank == 1 ? endpoints_[i].head.value_or(0) : 0});
    }
    std::ranges::sort(candidates, {}, [](const Candidate& candidate) {
        return std::tuple{candidate.rank, ~candidate.head, candidate.endpoint};
    });
    std::vector<std::size_t> result;
    for (const auto& candidate : candidates) result.push_back(candidate.endpoint);
    return result;
}

void Failover::on_success(std::size_t endpoint) {
    auto& one = endpoints_[endpoint];
    one.failures = 0;
    one.is_out = false;
    one.backoff = {};
}

void Failover::on_failure(std::size_t endpoint, Time now) {
    auto& one = endpoints_[endpoint];
    if (++one.failures < options_.failures) return;
    // Calls that were under way together fail together: that is one failure.
    if (one.is_out && now < one.probe_at) return;
    one.is_out = true;
    one.backoff =
        one.backoff == Time{} ? options_.backoff : std::min(2 * one.backoff, options_.max_backoff);
    one.probe_at = now + one.backoff;
}

void Failover::on_head(std::size_t endpoint, std::uint64_t number, Time now) {
    auto& one = endpoints_[endpoint];
    if (one.head != number) one.head_moved_at = now;
    one.head = number;
}

std::vector<std::size_t> Failover::take_due_probes(Time now) {
    std::vector<std::size_t> due;
    if (endpoints_.size() < 2) return due;  // there is no choice to make
    for (std::size_t i = 0; i < endpoints_.size(); ++i) {
        auto& one = endpoints_[i];
        if (one.probe_at > now) continue;
        due.push_back(i);
        // Of one that is out, the probe's failure sets the next; this is for a probe that gets
        // lost.
        one.probe_at = now + (one.is_out ? std::max(one.backoff, options_.probe_interval)
                                         : options_.probe_interval);
    }
    return due;
}

Failover::Time Failover::next_probe() const {
    if (endpoints_.size() < 2) return Time::max();
    return std::ranges::min(endpoints_, {}, &Endpoint::probe_at).probe_at;
}

}  // namespace meta138::client
