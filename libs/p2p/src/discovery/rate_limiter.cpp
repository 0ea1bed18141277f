// SPDX-License-Identifier: Apache-2.0
#include "rate_limiter.hpp"

#include "address_rules.hpp"

#include <algorithm>

namespace meta138::p2p::discv4 {

void TokenBucket::fill(Time now) noexcept {
    if (now <= filled_) return;
    const std::chrono::duration<double> passed = now - filled_;
    tokens_ = std::min(burst_, tokens_ + passed.count() * rate_);
    filled_ = now;
}

bool TokenBucket::take(Time now) noexcept {
    fill(now);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
}

Time TokenBucket::next(Time now) noexcept {
    fill(now);
    if (tokens_ >= 1) return now;
    const std::chrono::duration<double> wait{(1 - tokens_) / std::max(rate_, 1e-3)};
    return now + std::chrono::duration_cast<Time::duration>(wait) + std::chrono::milliseconds{1};
}

RateLimiter::RateLimiter(const DiscoveryLimits& limits, Time now)
    : fresh_{limits.packets_per_second, limits.packet_burst, now},
      all_{limits.all_packets_per_second, limits.all_packet_burst, now},
      answers_{all_},
      sources_{limits.endpoints} {}

bool RateLimiter::admit(const UdpEndpoint& from, Time now) {
    // The source first: whom its own limit refuses does not use up everybody's.
    return sources_.use(source_of(from), fresh_).take(now) && all_.take(now);
}

}  // namespace meta138::p2p::discv4
