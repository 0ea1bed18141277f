// SPDX-License-Identifier: Apache-2.0
#include "network.hpp"

#include <algorithm>

namespace meta138::simulation {

namespace {

Time scaled(Time time, double factor) {
    return Time{static_cast<Time::rep>(static_cast<double>(time.count()) * factor)};
}

}  // namespace

Network::Network(const Scenario& scenario, std::size_t nodes, Random& random)
    : scenario_{scenario}, nodes_{nodes}, random_{random}, links_(nodes * nodes) {
    for (auto& link : links_) link.delay = scaled(scenario.delay, 0.5 + random.unit());
}

void Network::connect(std::size_t a, std::size_t b) {
    link(a, b).exists = link(b, a).exists = true;
}

std::optional<Time> Network::arrival(std::size_t from, std::size_t to, Time now) {
    auto& way = link(from, to);
    if (!way.exists || way.cuts > 0) return std::nullopt;
    if (loss_ > 0 && random_.chance(loss_)) return std::nullopt;
    const auto jitter = Time{
        static_cast<Time::rep>(random_.exponential(static_cast<double>(scenario_.jitter.count())))};
    auto at = now + scaled(way.delay + jitter, slowness_);
    if (!scenario_.reorders) at = std::max(at, way.last);
    way.last = at;
    return at;
}

}  // namespace meta138::simulation
