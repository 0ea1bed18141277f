// SPDX-License-Identifier: Apache-2.0
#include "required_blocks.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>

namespace meta138::sync {

namespace {

using namespace std::chrono_literals;

constexpr auto retry_interval = 30s;
/// Besu's allowance for what a peer is thought to have.
constexpr std::uint64_t height_allowance = 10;

}  // namespace

bool RequiredBlocks::on_peer(PeerId peer, Time now) {
    if (blocks_.empty()) return false;
    peers_[peer] = {.next = 0, .request = std::nullopt, .due = now};
    return true;
}

bool RequiredBlocks::is_doubtful(PeerId peer, Time now) const {
    const auto found = peers_.find(peer);
    return found != peers_.end() && (found->second.request || found->second.due <= now);
}

std::vector<RequiredBlocks::Question> RequiredBlocks::on_time(Time now) {
    std::vector<Question> questions;
    for (auto& [id, peer] : peers_) {
        if (now < peer.due) continue;
        peer.due = now + retry_interval;
        peer.request = next_request_++;
        questions.push_back(
            {.peer = id, .request = *peer.request, .number = blocks_[peer.next].number});
    }
    return questions;
}

bool RequiredBlocks::expects(PeerId peer, std::uint64_t request) const {
    const auto found = peers_.find(peer);
    return found != peers_.end() && found->second.request == request;
}

std::optional<std::string> RequiredBlocks::on_answer(PeerId peer, const std::optional<Hash32>& hash,
                                                     std::uint64_t height, Time now) {
    auto& state = peers_.at(peer);
    state.request.reset();
    const auto& required = blocks_[state.next];
    if (!hash) {
        if (height < required.number + height_allowance) return std::nullopt;
        return fmt::format("it has {} blocks, and does not show the required block {}", height,
                           required.number);
    }
    if (*hash != required.hash)
        return fmt::format("its block {} is {}, and {} is required", required.number, to_hex(*hash),
                           to_hex(required.hash));
    if (++state.next == blocks_.size())
        peers_.erase(peer);
    else
        state.due = now;
    return std::nullopt;
}

}  // namespace meta138::sync
