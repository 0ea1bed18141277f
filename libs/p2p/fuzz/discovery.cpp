// SPDX-License-Identifier: Apache-2.0
// Bytes as a script of what strangers send to one core, with time that passes: it stays within its
// limits, and sends nothing that is too long.
#include "meta138/p2p/discovery.hpp"

#include "discovery/packet.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/crypto/keccak.hpp"

#include <array>
#include <vector>

using namespace meta138;
using namespace meta138::p2p;
using namespace meta138::p2p::discv4;

namespace {

constexpr std::uint64_t start_unix_seconds = 1'700'000'000;
constexpr std::size_t strangers = 8;

crypto::SecretKey key_of(std::uint8_t number) {
    return crypto::SecretKey::from(crypto::keccak256(Bytes{number}).bytes).value();
}

const std::vector<crypto::SecretKey>& keys() {
    static const auto result = [] {
        std::vector<crypto::SecretKey> made;
        for (std::uint8_t i = 0; i <= strangers; ++i) made.push_back(key_of(i));
        return made;
    }();
    return result;
}

class Script {
public:
    explicit Script(ByteView bytes) : bytes_{bytes} {}
    [[nodiscard]] bool is_over() const { return bytes_.empty(); }
    std::uint8_t next() {
        if (bytes_.empty()) return 0;
        const auto result = bytes_.front();
        bytes_ = bytes_.subspan(1);
        return result;
    }

private:
    ByteView bytes_;
};

UdpEndpoint endpoint(std::uint8_t number) {
    // Public, private, loopback.
    constexpr std::array<std::uint8_t, 4> first{203, 198, 10, 127};
    return {.ip = *IpAddress::from(Bytes{first[number % 4], 0, 0, number}),
            .port = static_cast<std::uint16_t>(30000 + number)};
}

class World {
public:
    explicit World(Script script) : script_{script} {
        limits_.requests = 16;
        limits_.candidates = 16;
        limits_.endpoints = 16;
        DiscoveryOptions options{.limits = limits_};
        options.bootnodes = {{.id = crypto::public_key(keys()[1]), .endpoint = endpoint(1)}};
        core_.emplace(options, keys()[0], RecordContent{.ip = endpoint(0).ip, .tcp = 1, .udp = 1},
                      std::nullopt, now_, [this](std::span<std::uint8_t> out) {
                          for (auto& byte : out) byte = random_++;
                      });
    }

    void run() {
        for (int steps = 0; steps < 200 && !script_.is_over(); ++steps) step();
    }

private:
    void step() {
        const auto action = script_.next();
        if (action % 8 == 7) {
            pass(std::chrono::milliseconds{1 << script_.next() % 24});
        } else {
            const auto stranger = static_cast<std::uint8_t>(1 + script_.next() % strangers);
            const auto from = endpoint(static_cast<std::uint8_t>(stranger + script_.next() % 2));
            core_->receive(encode_packet(message(action % 8), keys()[stranger]).datagram, from,
                           now_);
        }
        look();
    }

    void pass(std::chrono::milliseconds time) {
        const auto end = now_.time + time;
        for (int turns = 0; turns < 50 && core_->due() <= end; ++turns) {
            move_to(std::max(core_->due(), now_.time));
            core_->on_time(now_);
            look();
        }
        move_to(end);
        core_->on_time(now_);
    }

    void move_to(Discovery::Time time) {
        passed_ += time - now_.time;
        now_ = {
            .time = time,
            .unix_seconds = start_unix_seconds +
                            static_cast<std::uint64_t>(
                                std::chrono::duration_cast<std::chrono::seconds>(passed_).count())};
    }

    /// One of the packets that were asked for lately, or none of them.
    Hash32 some_hash() {
        const auto choice = script_.next();
        return sent_.empty() || choice == 255 ? Hash32{} : sent_[choice % sent_.size()];
    }

    Message message(unsigned kind) {
        const std::uint64_t expiration = now_.unix_seconds + 100 - script_.next();
        switch (kind) {
            case 0:
                return Ping{.from = {.tcp_port = script_.next()},
                            .expiration = expiration,
                            .record_sequence = script_.next()};
            case 1:
            case 2:
                return Pong{.to = {.ip = endpoint(script_.next()).ip, .udp_port = 7},
                            .ping_hash = some_hash(),
                            .expiration = expiration,
                            .record_sequence = script_.next()};
            case 3: return FindNode{.expiration = expiration};
            case 4: {
                Neighbors neighbors{.expiration = expiration};
                const auto count = script_.next() % (max_neighbors + 1);
                for (unsigned i = 0; i < count; ++i) {
                    const auto number = script_.next();
                    neighbors.nodes.push_back(
                        {.id = crypto::public_key(keys()[number % keys().size()]),
                         .endpoint = endpoint(number),
                         .tcp_port = number});
                }
                return neighbors;
            }
            case 5: return EnrRequest{.expiration = expiration};
            default: {
                const auto& key = keys()[script_.next() % keys().size()];
                const LocalRecord record{key,
                                         {.ip = endpoint(1).ip, .tcp = script_.next()},
                                         std::nullopt,
                                         script_.next()};
                return EnrResponse{.request_hash = some_hash(),
                                   .record = to_bytes(record.record().encoded())};
            }
        }
    }

    void look() {
        const auto output = core_->take_output();
        for (const auto& [to, datagram] : output.datagrams) {
            META138_ASSERT(datagram.size() <= max_sent_bytes);
            META138_ASSERT(!to.ip.is_nobodys() && to.port != 0);
            sent_.push_back(Hash32::from(ByteView{datagram}.first<32>()));
        }
        if (sent_.size() > 64) sent_.erase(sent_.begin(), sent_.end() - 64);
        for (const auto& found : output.found) {
            META138_ASSERT(found.node.tcp_port != 0);
            META138_ASSERT(found.node.id != crypto::public_key(keys()[0]));
        }
        META138_ASSERT(core_->requests_in_flight() <= limits_.requests);
        META138_ASSERT(core_->table_size() <= strangers);
    }

    Script script_;
    DiscoveryLimits limits_;
    Discovery::Now now_{Discovery::Time{std::chrono::hours{1000}}, start_unix_seconds};
    Discovery::Time::duration passed_{};
    std::uint8_t random_ = 0;
    std::optional<Discovery> core_;
    std::vector<Hash32> sent_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    World{Script{{data, size}}}.run();
    return 0;
}
