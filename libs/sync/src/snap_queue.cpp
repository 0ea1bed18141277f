// SPDX-License-Identifier: Apache-2.0
#include "snap_queue.hpp"

#include "meta138/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace meta138::sync {

namespace {

/// After work for `took` the rest that leaves `share` of the time for work.
SnapQueue::Duration rest_after(SnapQueue::Duration took, double share) {
    return std::chrono::duration_cast<SnapQueue::Duration>(took * (1 / share - 1));
}

}  // namespace

bool SnapQueue::add(p2p::PeerId peer, SnapRequest request) {
    auto& waiting = peers_[peer];
    if (waiting.requests.size() >= settings_.max_waiting) return false;
    waiting.requests.push_back(std::move(request));
    return true;
}

std::optional<SnapQueue::Next> SnapQueue::take(Time now,
                                               const std::function<bool(p2p::PeerId)>& reads) {
    if (served_ || now < next_turn_) return std::nullopt;
    auto chosen = peers_.end();
    for (auto each = peers_.begin(); each != peers_.end(); ++each) {
        const auto& waiting = each->second;
        if (waiting.requests.empty() || now < waiting.next_turn) continue;
        if (chosen != peers_.end() && chosen->second.last_turn <= waiting.last_turn) continue;
        if (reads(each->first)) chosen = each;
    }
    if (chosen == peers_.end()) return std::nullopt;
    auto& waiting = chosen->second;
    Next next{.peer = chosen->first, .request = std::move(waiting.requests.front())};
    waiting.requests.pop_front();
    waiting.last_turn = ++turns_;
    served_ = chosen->first;
    return next;
}

void SnapQueue::put_back(SnapRequest request) {
    META138_ASSERT(served_.has_value());
    const auto found = peers_.find(*served_);
    if (found != peers_.end()) found->second.requests.push_front(std::move(request));
    served_.reset();
}

void SnapQueue::on_served(Duration took, Time now) {
    META138_ASSERT(served_.has_value());
    next_turn_ = now + rest_after(took, settings_.total_share);
    const auto found = peers_.find(*served_);
    if (found != peers_.end())
        found->second.next_turn = now + rest_after(took, settings_.peer_share);
    served_.reset();
}

std::optional<SnapQueue::Time> SnapQueue::due() const {
    if (served_) return std::nullopt;
    std::optional<Time> first;
    for (const auto& [peer, waiting] : peers_) {
        if (waiting.requests.empty()) continue;
        const auto turn = std::max(waiting.next_turn, next_turn_);
        first = first ? std::min(*first, turn) : turn;
    }
    return first;
}

}  // namespace meta138::sync
