// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/p2p/eth.hpp"
#include "meta138/sync/peers.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace meta138::sync::test {

using namespace std::chrono_literals;

/// A message as a hostile peer changes it: none, itself, or several in its place.
struct WireMessage {
    p2p::eth::Code code{};
    Bytes payload;
};
using Tamper = std::function<std::vector<WireMessage>(WireMessage)>;

/// Connections between protocols in one process, on virtual time: one queue of events does for all
/// threads.
class FakeNetwork {
public:
    using Time = Peers::Time;
    using Task = Peers::Task;

    /// One node's side of it.
    class Side final : public Peers {
    public:
        explicit Side(FakeNetwork& network) : network_{network} {}

        bool send(p2p::PeerId peer, std::uint8_t code,
                  std::shared_ptr<const Bytes> payload) override {
            return network_.send(peer, code, std::move(payload));
        }
        [[nodiscard]] std::size_t queued_bytes(p2p::PeerId) const override { return 0; }
        void disconnect(p2p::PeerId peer, p2p::DisconnectReason reason) override {
            disconnects.emplace_back(peer, reason);
            network_.post([this, peer, reason] { network_.cut(peer, reason); });
        }
        void score(p2p::PeerId peer, int points) override {
            scores[peer] += points;
            // As the network does: from -100 on it goes.
            if (scores[peer] <= -100 && gone_.insert(peer).second)
                disconnect(peer, p2p::DisconnectReason::useless_peer);
        }
        void mark_ready(p2p::PeerId peer) override { ready.insert(peer); }
        void post(Task task) override { network_.post(std::move(task)); }
        void post_at(Time time, Task task) override { network_.post_at(time, std::move(task)); }
        [[nodiscard]] Time now() const override { return network_.now(); }

        std::vector<std::pair<p2p::PeerId, p2p::DisconnectReason>> disconnects;
        std::map<p2p::PeerId, int> scores;
        std::set<p2p::PeerId> ready;

    private:
        FakeNetwork& network_;
        std::set<p2p::PeerId> gone_;
    };

    struct LinkOptions {
        std::uint64_t version = 69;
        std::chrono::milliseconds latency{10};
        bool is_static = false;
        Tamper tamper_a{};  ///< Changes what the first says.
    };

    /// Connects two protocols; returns what each calls the other.
    std::pair<p2p::PeerId, p2p::PeerId> connect(p2p::Protocol& a, p2p::Protocol& b,
                                                LinkOptions options) {
        const auto b_at_a = static_cast<p2p::PeerId>(next_id_++);
        const auto a_at_b = static_cast<p2p::PeerId>(next_id_++);
        ends_[b_at_a] = {&b, a_at_b, options, options.tamper_a};
        ends_[a_at_b] = {&a, b_at_a, options, {}};
        owners_[b_at_a] = &a;
        owners_[a_at_b] = &b;
        post([&a, &b, b_at_a, a_at_b, options] {
            a.on_connected(peer(b_at_a, options));
            b.on_connected(peer(a_at_b, options));
        });
        return {b_at_a, a_at_b};
    }

    /// Ends a connection, by either side's name of it.
    void cut(p2p::PeerId id, p2p::DisconnectReason reason = p2p::DisconnectReason::requested) {
        const auto found = ends_.find(id);
        if (found == ends_.end()) return;
        const auto back = found->second.back;
        auto* here = owners_.at(id);
        auto* there = owners_.at(back);
        ends_.erase(id);
        ends_.erase(back);
        here->on_disconnected(id, reason, false);
        there->on_disconnected(back, reason, true);
    }

    void post(Task task) { post_at(now_, std::move(task)); }
    void post_at(Time time, Task task) {
        events_.emplace(std::pair{std::max(time, now_), next_event_++}, std::move(task));
    }
    [[nodiscard]] Time now() const { return now_; }
    [[nodiscard]] bool is_connected(p2p::PeerId id) const { return ends_.contains(id); }

    /// Until `is_done`, or so long; whether it was done.
    bool run(const std::function<bool()>& is_done, std::chrono::milliseconds limit) {
        const auto end = now_ + limit;
        while (!is_done()) {
            if (events_.empty() || events_.begin()->first.first > end) {
                now_ = end;
                return false;
            }
            auto event = events_.extract(events_.begin());
            now_ = event.key().first;
            event.mapped()();
        }
        return true;
    }
    /// Forgets connections and events: before nodes go while the network stays.
    void clear() {
        events_.clear();
        ends_.clear();
        owners_.clear();
    }
    void pass(std::chrono::milliseconds time) {
        run([] { return false; }, time);
    }

    /// Messages that were delivered, by code.
    std::map<p2p::eth::Code, std::size_t> messages;
    std::size_t bytes = 0;

private:
    struct End {
        p2p::Protocol* to = nullptr;
        p2p::PeerId back{};  // what it calls the sender
        LinkOptions options;
        Tamper tamper;
    };

    static std::shared_ptr<const p2p::Peer> peer(p2p::PeerId id, const LinkOptions& options) {
        auto result = std::make_shared<p2p::Peer>();
        result->id = id;
        result->client_id = "fake/v1";
        result->remote_host = "127.0.0.1";
        result->remote_port = static_cast<std::uint16_t>(id);
        result->is_static = options.is_static;
        result->shared = {{.capability = {std::string{p2p::eth::name}, options.version},
                           .offset = 0x10,
                           .message_count = p2p::eth::message_count(options.version)}};
        return result;
    }

    bool send(p2p::PeerId id, std::uint8_t code, std::shared_ptr<const Bytes> payload) {
        const auto found = ends_.find(id);
        if (found == ends_.end()) return false;
        const auto& end = found->second;
        std::vector<WireMessage> wire;
        if (end.tamper)
            wire = end.tamper({static_cast<p2p::eth::Code>(code), *payload});
        else
            wire.push_back({static_cast<p2p::eth::Code>(code), *payload});
        for (auto& message : wire)
            post_at(now_ + end.options.latency, [this, id, message = std::move(message)]() mutable {
                const auto still = ends_.find(id);
                if (still == ends_.end()) return;
                ++messages[message.code];
                bytes += message.payload.size();
                still->second.to->on_message(still->second.back, still->second.options.version,
                                             static_cast<std::uint8_t>(message.code),
                                             std::move(message.payload));
            });
        return true;
    }

    Time now_{1h};
    std::uint64_t next_event_ = 0;
    std::uint64_t next_id_ = 1;
    std::map<std::pair<Time, std::uint64_t>, Task> events_;
    std::map<p2p::PeerId, End> ends_;
    std::map<p2p::PeerId, p2p::Protocol*> owners_;
};

}  // namespace meta138::sync::test
