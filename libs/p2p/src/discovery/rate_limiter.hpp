// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lru_map.hpp"

#include "meta138/p2p/discovery.hpp"

namespace meta138::p2p::discv4 {

using Time = Discovery::Time;

/// Lets so many through a second, and so many at once.
class TokenBucket {
public:
    TokenBucket() = default;
    TokenBucket(double rate, double burst, Time now) noexcept
        : rate_{rate}, burst_{burst}, tokens_{burst}, filled_{now} {}

    bool take(Time now) noexcept;
    /// When the next one would be let through.
    [[nodiscard]] Time next(Time now) noexcept;

private:
    void fill(Time now) noexcept;

    double rate_ = 0;
    double burst_ = 0;
    double tokens_ = 0;
    Time filled_{};
};

/// Who may be read, before any signature is checked. What we asked for has a bucket of its own, so
/// that a flood of the rest does not drown it.
class RateLimiter {
public:
    RateLimiter(const DiscoveryLimits& limits, Time now);

    [[nodiscard]] bool admit(const UdpEndpoint& from, Time now);
    [[nodiscard]] bool admit_answer(Time now) { return answers_.take(now); }

private:
    TokenBucket fresh_;  // of a source that is new
    TokenBucket all_;
    TokenBucket answers_;
    LruMap<UdpEndpoint, TokenBucket> sources_;
};

}  // namespace meta138::p2p::discv4
