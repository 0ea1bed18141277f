// SPDX-License-Identifier: Apache-2.0
#include "peer_registry.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace meta138::p2p {
namespace {

// So that empty messages cannot be queued without end either.
constexpr std::size_t overhead = 64;

}  // namespace

std::size_t PeerRegistry::cost(const Bytes& payload) noexcept {
    return payload.size() + overhead;
}

void PeerRegistry::add(std::shared_ptr<const Peer> peer) {
    const MutexLock lock{mutex_};
    const auto id = peer->id;
    auto& entry = entries_[id];
    entry.queues.resize(peer->shared.size());
    entry.peer = std::move(peer);
}

std::shared_ptr<const Peer> PeerRegistry::remove(PeerId id) {
    Entry entry;  // dies after the lock is gone
    const MutexLock lock{mutex_};
    const auto found = entries_.find(id);
    if (found == entries_.end()) return nullptr;
    entry = std::move(found->second);
    entries_.erase(found);
    return entry.peer;
}

std::shared_ptr<const Peer> PeerRegistry::set_static(PeerId id, bool is_static) {
    const MutexLock lock{mutex_};
    const auto found = entries_.find(id);
    if (found == entries_.end() || found->second.peer->is_static == is_static) return nullptr;
    auto changed = *found->second.peer;
    changed.is_static = is_static;
    return found->second.peer = std::make_shared<const Peer>(std::move(changed));
}

PeerRegistry::Push PeerRegistry::push(PeerId id, std::string_view protocol, std::uint8_t code,
                                      const std::shared_ptr<const Bytes>& payload) {
    const MutexLock lock{mutex_};
    const auto found = entries_.find(id);
    if (found == entries_.end()) return {};
    auto& entry = found->second;
    const auto& shared = entry.peer->shared;
    const auto capability = std::ranges::find(
        shared, protocol, [](const SharedCapability& one) { return one.capability.name; });
    if (capability == shared.end() || entry.is_overflowing) return {};

    const auto was_idle = marked_.to_flush.empty() && marked_.overflowing.empty();
    const auto bytes = cost(*payload);
    if (entry.waiting != 0 && entry.waiting + bytes > max_queued_bytes_) {
        entry.is_overflowing = true;
        marked_.overflowing.push_back(id);
        return {.queued = false, .wake = was_idle};
    }
    entry.waiting += bytes;
    const auto index = static_cast<std::size_t>(capability - shared.begin());
    entry.queues[index].push_back({index, code, payload});
    if (std::exchange(entry.is_marked, true)) return {.queued = true, .wake = false};
    marked_.to_flush.push_back(id);
    return {.queued = true, .wake = was_idle};
}

PeerRegistry::Marked PeerRegistry::take_marked() {
    const MutexLock lock{mutex_};
    for (const auto id : marked_.to_flush)
        if (const auto found = entries_.find(id); found != entries_.end())
            found->second.is_marked = false;
    return std::exchange(marked_, {});
}

std::optional<PeerRegistry::Message> PeerRegistry::pop(PeerId id) {
    const MutexLock lock{mutex_};
    const auto found = entries_.find(id);
    if (found == entries_.end()) return std::nullopt;
    auto& entry = found->second;
    for (std::size_t tried = 0; tried < entry.queues.size(); ++tried) {
        auto& queue = entry.queues[entry.next_queue];
        entry.next_queue = (entry.next_queue + 1) % entry.queues.size();
        if (queue.empty()) continue;
        auto message = std::move(queue.front());
        queue.pop_front();
        return message;
    }
    return std::nullopt;
}

void PeerRegistry::written(PeerId id, std::size_t bytes) {
    const MutexLock lock{mutex_};
    if (const auto found = entries_.find(id); found != entries_.end())
        found->second.waiting -= std::min(bytes, found->second.waiting);
}

std::size_t PeerRegistry::queued_bytes(PeerId id) const {
    const MutexLock lock{mutex_};
    const auto found = entries_.find(id);
    return found == entries_.end() ? 0 : found->second.waiting;
}

std::vector<std::shared_ptr<const Peer>> PeerRegistry::peers() const {
    const MutexLock lock{mutex_};
    std::vector<std::shared_ptr<const Peer>> result;
    result.reserve(entries_.size());
    for (const auto& [id, entry] : entries_) result.push_back(entry.peer);
    return result;
}

std::size_t PeerRegistry::node_count() const {
    const MutexLock lock{mutex_};
    std::set<crypto::PublicKey> keys;
    for (const auto& [id, entry] : entries_) keys.insert(entry.peer->key);
    return keys.size();
}

}  // namespace meta138::p2p
