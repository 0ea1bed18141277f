// SPDX-License-Identifier: Apache-2.0
#include "discovery/packet.hpp"

#include "meta138/crypto/keccak.hpp"
#include "meta138/p2p/discovery.hpp"

#include <benchmark/benchmark.h>

#include <vector>

namespace meta138::p2p {
namespace {

using namespace discv4;

constexpr std::uint64_t unix_seconds = 1'700'000'000;

crypto::SecretKey key_of(std::uint32_t number) {
    const Bytes bytes{static_cast<std::uint8_t>(number), static_cast<std::uint8_t>(number >> 8)};
    return crypto::SecretKey::from(crypto::keccak256(bytes).bytes).value();
}

UdpEndpoint endpoint(std::uint32_t number) {
    return {.ip = *IpAddress::from(Bytes{10, 0, static_cast<std::uint8_t>(number >> 8),
                                         static_cast<std::uint8_t>(number)}),
            .port = 30303};
}

DiscoveryOptions without_limits() {
    DiscoveryOptions options;
    options.limits.packets_per_second = options.limits.packet_burst = 1e12;
    options.limits.all_packets_per_second = options.limits.all_packet_burst = 1e12;
    options.limits.introductions_per_second = 1e12;
    options.request_records = false;
    return options;
}

/// A core with a table that others filled.
class Filled {
public:
    explicit Filled(DiscoveryOptions options, std::uint32_t nodes)
        : core_{std::move(options),
                key_,
                {.ip = endpoint(0).ip, .udp = 30303},
                std::nullopt,
                now_,
                [](std::span<std::uint8_t> out) { std::ranges::fill(out, 7); }} {
        for (std::uint32_t i = 1; i <= nodes; ++i) {
            const auto key = key_of(i);
            core_.receive(encode_packet(ping(), key).datagram, endpoint(i), now_);
            for (const auto& [to, datagram] : core_.take_output().datagrams) {
                const auto packet = decode_packet(datagram);
                if (to != endpoint(i) || !std::holds_alternative<Ping>(packet->message)) continue;
                const Pong pong{.ping_hash = packet->hash, .expiration = unix_seconds + 60};
                core_.receive(encode_packet(pong, key).datagram, to, now_);
            }
            static_cast<void>(core_.take_output());
        }
    }

    static Ping ping() {
        return {.from = {.tcp_port = 30303}, .expiration = unix_seconds + 60, .record_sequence = 1};
    }

    void measure(benchmark::State& state, ByteView datagram, const UdpEndpoint& from) {
        std::size_t answers = 0;
        for (auto _ : state) {
            core_.receive(datagram, from, now_);
            answers += core_.take_output().datagrams.size();
        }
        state.counters["answers"] =
            benchmark::Counter(static_cast<double>(answers), benchmark::Counter::kAvgIterations);
        state.SetItemsProcessed(state.iterations());
    }

private:
    crypto::SecretKey key_ = key_of(0);
    Discovery::Now now_{Discovery::Time{std::chrono::hours{1000}}, unix_seconds};
    Discovery core_;
};

void answers_ping(benchmark::State& state) {
    Filled filled{without_limits(), 200};
    filled.measure(state, encode_packet(Filled::ping(), key_of(1)).datagram, endpoint(1));
}
BENCHMARK(answers_ping);

void answers_find_node(benchmark::State& state) {
    Filled filled{without_limits(), 200};
    const FindNode find_node{.expiration = unix_seconds + 60};
    filled.measure(state, encode_packet(find_node, key_of(1)).datagram, endpoint(1));
}
BENCHMARK(answers_find_node);

void drops_what_is_over_the_rate(benchmark::State& state) {
    Filled filled{{}, 200};
    filled.measure(state, encode_packet(Filled::ping(), key_of(1)).datagram, endpoint(1));
}
BENCHMARK(drops_what_is_over_the_rate);

void drops_garbage(benchmark::State& state) {
    Filled filled{without_limits(), 200};
    filled.measure(state, Bytes(1280, 7), endpoint(1));
}
BENCHMARK(drops_garbage);

void decodes_a_record(benchmark::State& state) {
    const auto key = key_of(1);
    const LocalRecord local{key,
                            {.ip = endpoint(1).ip,
                             .tcp = 30303,
                             .udp = 30303,
                             .fork_id = ForkId{.hash = {1, 2, 3, 4}, .next = 5}},
                            std::nullopt};
    const auto encoded = to_bytes(local.record().encoded());
    for (auto _ : state) benchmark::DoNotOptimize(NodeRecord::decode(encoded));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(decodes_a_record);

}  // namespace
}  // namespace meta138::p2p
