// SPDX-License-Identifier: Apache-2.0
#include "inbound_gate.hpp"

#include <algorithm>

namespace meta138::p2p {

IpAddress source_of(const IpAddress& ip) {
    return ip.prefix(ip.is_v4() ? 32 : 64);
}

IpAddress range_of(const IpAddress& ip) {
    return ip.prefix(ip.is_v4() ? 24 : 48);
}

bool is_public(const IpAddress& ip) {
    return !ip.is_loopback() && !ip.is_private();
}

std::expected<std::optional<PeerId>, Refusal> InboundGate::enter(PeerId connection,
                                                                 const IpAddress& from, Time now) {
    const auto source = source_of(from);
    if (is_public(from)) {
        const auto per_minute = limits_.inbound_attempts_per_minute;
        if (!take(bucket_of(source, now), per_minute / 60, per_minute, now))
            return std::unexpected{Refusal::attempts_of_address};
        if (count(source) >= limits_.inbound_handshakes_per_address)
            return std::unexpected{Refusal::too_many_handshakes};
    }
    const auto per_second = limits_.inbound_attempts_per_second;
    if (!all_) all_ = Bucket{per_second, now};
    if (!take(*all_, per_second, per_second, now)) return std::unexpected{Refusal::attempts};

    handshakes_.emplace(connection, source);
    if (handshakes_.size() <= limits_.inbound_handshakes) return std::nullopt;
    const auto victim = find_victim();
    leave(victim);
    return victim;
}

void InboundGate::leave(PeerId connection) {
    handshakes_.erase(connection);
}

bool InboundGate::take(Bucket& bucket, double per_second, double capacity, Time now) {
    const auto elapsed = std::chrono::duration<double>{now - bucket.filled}.count();
    bucket.tokens = std::min(capacity, bucket.tokens + elapsed * per_second);
    bucket.filled = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
}

InboundGate::Bucket& InboundGate::bucket_of(const IpAddress& source, Time now) {
    if (const auto found = sources_.find(source); found != sources_.end()) return found->second;
    if (sources_.size() >= max_addresses)
        sources_.erase(std::ranges::min_element(
            sources_, {}, [](const auto& entry) { return entry.second.filled; }));
    return sources_[source] = Bucket{limits_.inbound_attempts_per_minute, now};
}

std::size_t InboundGate::count(const IpAddress& source) const {
    return static_cast<std::size_t>(
        std::ranges::count(handshakes_, source, [](const auto& entry) { return entry.second; }));
}

// An honest handshake takes three flights and is gone before it is the oldest.
PeerId InboundGate::find_victim() const {
    std::map<IpAddress, std::size_t> counts;
    for (const auto& [id, source] : handshakes_) ++counts[source];
    const auto most =
        std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; })->first;
    return std::ranges::find(handshakes_, most, [](const auto& entry) { return entry.second; })
        ->first;
}

}  // namespace meta138::p2p
