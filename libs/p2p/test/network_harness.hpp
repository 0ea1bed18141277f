// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/mutex.hpp"
#include "meta138/p2p/network.hpp"
#include "meta138/telemetry/logging.hpp"
#include "meta138/telemetry/metrics.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace meta138::p2p::test {

/// How long a test waits for what must happen before it fails.
inline constexpr std::chrono::seconds patience{20};

inline std::shared_ptr<const Bytes> shared_bytes(Bytes bytes) {
    return std::make_shared<const Bytes>(std::move(bytes));
}

/// A protocol that writes down what it is told. What happens on the network's thread is looked at
/// by wait().
class RecordingProtocol final : public Protocol {
public:
    struct Message {
        PeerId peer{};
        std::uint64_t version = 0;
        std::uint8_t code = 0;
        Bytes payload;
    };
    struct End {
        PeerId peer{};
        DisconnectReason reason{};
        bool by_remote = false;
    };
    struct Record {
        std::map<PeerId, std::shared_ptr<const Peer>> connected;  // at the moment
        std::vector<std::shared_ptr<const Peer>> ever;
        std::vector<Message> messages;
        std::vector<End> ended;
        std::vector<std::shared_ptr<const Peer>> updated;
    };

    void on_connected(const std::shared_ptr<const Peer>& peer) override {
        if (when_connected) when_connected(peer->id);
        change([&](Record& record) {
            record.connected[peer->id] = peer;
            record.ever.push_back(peer);
        });
    }
    void on_message(PeerId peer, std::uint64_t version, std::uint8_t code, Bytes payload) override {
        if (when_message) when_message(peer, code);
        change([&](Record& record) {
            record.messages.push_back({peer, version, code, std::move(payload)});
        });
    }
    void on_disconnected(PeerId peer, DisconnectReason reason, bool by_remote) override {
        change([&](Record& record) {
            record.connected.erase(peer);
            record.ended.push_back({peer, reason, by_remote});
        });
        if (when_disconnected) when_disconnected(peer);
    }
    void on_updated(const std::shared_ptr<const Peer>& peer) override {
        change([&](Record& record) { record.updated.push_back(peer); });
    }

    /// False: it did not come true in time.
    bool wait(const std::function<bool(const Record&)>& condition) {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        const MutexLock lock{mutex_};
        while (!condition(record_))
            if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout)
                return condition(record_);
        return true;
    }
    bool wait_connected(std::size_t count) {
        return wait([&](const Record& record) { return record.connected.size() == count; });
    }
    Record record() {
        const MutexLock lock{mutex_};
        return record_;
    }

    std::function<void(PeerId)> when_connected;
    std::function<void(PeerId, std::uint8_t code)> when_message;
    std::function<void(PeerId)> when_disconnected;

private:
    void change(const std::function<void(Record&)>& apply) {
        {
            const MutexLock lock{mutex_};
            apply(record_);
        }
        changed_.notify_all();
    }

    Mutex mutex_;
    std::condition_variable_any changed_;
    Record record_ META138_GUARDED_BY(mutex_);
};

/// Defaults for loopback: any free port, no discovery, quick to dial again.
inline NetworkOptions loopback_options() {
    NetworkOptions options;
    options.client_id = "meta138/test";
    options.listen_host = "127.0.0.1";
    options.port = 0;
    options.discovery = false;
    options.limits.first_redial = std::chrono::milliseconds{20};
    options.limits.duplicates = std::chrono::milliseconds{50};
    return options;
}

/// A node with one protocol, "test" version 1.
struct TestNode {
    explicit TestNode(NetworkOptions options = loopback_options(),
                      crypto::SecretKey secret = crypto::SecretKey::generate())
        : key{std::move(secret)}, network{std::move(options), key, telemetry::Logger{}, metrics} {
        protocol.when_connected = [this](PeerId peer) { network.mark_ready(peer); };
        network.add_protocol({{.capability = {"test", 1}, .message_count = 4}}, protocol);
        network.start();
    }

    [[nodiscard]] Enode enode() const { return network.local().enode; }
    [[nodiscard]] std::string exposed() const { return metrics.expose(); }

    telemetry::Metrics metrics;
    crypto::SecretKey key;
    RecordingProtocol protocol;
    Network network;
};

}  // namespace meta138::p2p::test
