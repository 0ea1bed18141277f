// SPDX-License-Identifier: Apache-2.0
#include "discovery_simulation.hpp"

#include "meta138/crypto/keccak.hpp"

#include <algorithm>
#include <array>

namespace meta138::p2p::test {
namespace {

constexpr std::uint64_t start_unix_seconds = 1'700'000'000;
constexpr std::uint16_t port = 30303;

}  // namespace

crypto::SecretKey key_of(std::uint32_t number) {
    std::array<std::uint8_t, 4> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
    return crypto::SecretKey::from(crypto::keccak256(bytes).bytes).value();
}

Discovery::Now DiscoverySimulation::now() const {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(elapsed_).count();
    return {.time = Discovery::Time{} + std::chrono::hours{1000} + elapsed_,
            .unix_seconds = start_unix_seconds + static_cast<std::uint64_t>(seconds)};
}

std::size_t DiscoverySimulation::add(DiscoveryOptions options, std::optional<IpAddress> ip,
                                     std::optional<ForkId> fork_id) {
    const auto number = members_.size();
    const std::array<std::uint8_t, 4> private_ip{10, 0, static_cast<std::uint8_t>(number / 200),
                                                 static_cast<std::uint8_t>(1 + number % 200)};
    auto key = key_of(static_cast<std::uint32_t>(number));
    const Node node{.id = crypto::public_key(key),
                    .endpoint = {.ip = ip ? *ip : *IpAddress::from(private_ip), .port = port},
                    .tcp_port = port};
    contents_[number] = {
        .ip = node.endpoint.ip.is_v4() ? std::optional{node.endpoint.ip} : std::nullopt,
        .ip6 = node.endpoint.ip.is_v6() ? std::optional{node.endpoint.ip} : std::nullopt,
        .tcp = port,
        .udp = port,
        .fork_id = fork_id};
    places_[node.endpoint] = number;
    members_.push_back({.key = std::move(key),
                        .node = node,
                        .core = std::nullopt,
                        .options = std::move(options),
                        .found = {},
                        .told = {},
                        .seen_as = {}});
    start(number, std::nullopt);
    collect(number);
    return number;
}

void DiscoverySimulation::start(std::size_t number, const std::optional<NodeRecord>& stored) {
    auto& member = members_.at(number);
    member.armed = {};
    member.core.emplace(member.options, member.key, contents_.at(number), stored, now(),
                        [this](std::span<std::uint8_t> out) {
                            for (auto& byte : out) byte = static_cast<std::uint8_t>(random_());
                        });
    records_.insert_or_assign(number, member.core->record());
}

void DiscoverySimulation::restart(std::size_t member) {
    start(member, records_.at(member));
    collect(member);
}

void DiscoverySimulation::move(std::size_t member, const IpAddress& ip) {
    auto& moved = members_.at(member);
    places_.erase(moved.node.endpoint);
    moved.node.endpoint.ip = ip;
    places_[moved.node.endpoint] = member;
    (ip.is_v4() ? contents_[member].ip : contents_[member].ip6) = ip;
    restart(member);
}

void DiscoverySimulation::transmit(Datagram datagram) {
    ++packets_;
    if (filter && !filter(datagram)) return;
    if (std::uniform_real_distribution<>{}(random_) < network_.loss) return;
    const auto delay = std::uniform_int_distribution<std::int64_t>{
        network_.shortest_delay.count(), network_.longest_delay.count()}(random_);
    events_.push({.time = now().time + std::chrono::milliseconds{delay},
                  .order = order_++,
                  .datagram = std::move(datagram)});
}

void DiscoverySimulation::deliver(const Datagram& datagram) {
    const auto place = places_.find(datagram.to);
    if (place == places_.end()) return;
    auto& member = members_[place->second];
    if (!member.core) return;
    member.core->receive(datagram.content, datagram.from, now());
    collect(place->second);
}

void DiscoverySimulation::collect(std::size_t number) {
    auto& member = members_[number];
    auto output = member.core->take_output();
    for (auto& [to, content] : output.datagrams)
        transmit({.from = member.node.endpoint, .to = to, .content = std::move(content)});
    for (auto& found : output.found) {
        member.found.insert(found.node.id);
        member.told.push_back(std::move(found));
    }
    if (output.seen_as) member.seen_as = output.seen_as->endpoint;
    const auto due = std::max(member.core->due(), now().time);
    if (member.armed > now().time && member.armed <= due) return;
    member.armed = due;
    events_.push({.time = due, .order = order_++, .member = number});
}

void DiscoverySimulation::step() {
    const auto event = events_.top();
    events_.pop();
    elapsed_ += std::max(event.time - now().time, Discovery::Time::duration::zero());
    if (event.datagram) {
        deliver(*event.datagram);
        return;
    }
    auto& member = members_[event.member];
    if (!member.core || member.armed != event.time) return;
    member.armed = {};
    if (member.core->due() <= now().time) member.core->on_time(now());
    collect(event.member);
}

void DiscoverySimulation::run(std::chrono::milliseconds duration) {
    const auto end = now().time + duration;
    while (!events_.empty() && events_.top().time <= end) step();
    elapsed_ += end - now().time;
}

std::optional<std::chrono::milliseconds> DiscoverySimulation::run_until(
    const std::function<bool()>& condition, std::chrono::milliseconds most) {
    constexpr auto look = 100ms;
    for (auto passed = 0ms; passed <= most; passed += look) {
        if (condition()) return passed;
        run(look);
    }
    return std::nullopt;
}

bool DiscoverySimulation::knows(std::size_t member, std::size_t other) {
    const auto nodes = core(member).nodes();
    return std::ranges::find(nodes, members_.at(other).node.id, &Node::id) != nodes.end();
}

}  // namespace meta138::p2p::test
