// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "refusal.hpp"

#include "meta138/p2p/ip_address.hpp"
#include "meta138/p2p/network.hpp"

#include <chrono>
#include <cstddef>
#include <expected>
#include <map>
#include <optional>

namespace meta138::p2p {

/// On whom a handshake is spent, before anybody has said who he is.
class InboundGate {
public:
    using Time = std::chrono::steady_clock::time_point;
    /// Addresses whose rate is remembered; beyond that the one that was seen longest ago goes.
    static constexpr std::size_t max_addresses = 4096;

    explicit InboundGate(const NetworkLimits& limits) : limits_{limits} {}

    /// A connection from there begins its handshake. The value: whose handshake must end for it.
    std::expected<std::optional<PeerId>, Refusal> enter(PeerId connection, const IpAddress& from,
                                                        Time now);
    /// Its handshake is over; does nothing for one that is not there.
    void leave(PeerId connection);
    [[nodiscard]] std::size_t handshakes() const noexcept { return handshakes_.size(); }

private:
    struct Bucket {
        double tokens = 0;
        Time filled{};
    };
    [[nodiscard]] static bool take(Bucket& bucket, double per_second, double capacity, Time now);
    [[nodiscard]] Bucket& bucket_of(const IpAddress& source, Time now);
    [[nodiscard]] std::size_t count(const IpAddress& source) const;
    [[nodiscard]] PeerId find_victim() const;

    const NetworkLimits limits_;
    std::map<PeerId, IpAddress> handshakes_;  // ids grow, so the oldest comes first
    std::map<IpAddress, Bucket> sources_;
    std::optional<Bucket> all_;
};

/// What one owner has at least: an IPv4 address, or a /64 of IPv6.
[[nodiscard]] IpAddress source_of(const IpAddress& ip);
/// What one owner may well have: a /24, or a /48 of IPv6.
[[nodiscard]] IpAddress range_of(const IpAddress& ip);
/// Not loopback, not private: an address that says something about who is there.
[[nodiscard]] bool is_public(const IpAddress& ip);

}  // namespace meta138::p2p
