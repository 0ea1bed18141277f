// SPDX-License-Identifier: Apache-2.0
#include "lookup.hpp"

#include "node_table.hpp"

#include "meta138/crypto/keccak.hpp"

#include <algorithm>

namespace meta138::p2p::discv4 {

Lookup::Lookup(const FixedBytes<64>& target, std::span<const Seed> seeds)
    : target_{target}, target_hash_{crypto::keccak256(target.bytes)} {
    for (const auto& seed : seeds) add(seed);
}

void Lookup::add(const Seed& seed) {
    const auto closer = [this](const Candidate& a, const Hash32& b) {
        return is_closer(target_hash_, a.hash, b);
    };
    const auto place = std::lower_bound(candidates_.begin(), candidates_.end(), seed.hash, closer);
    if (place != candidates_.end() && place->hash == seed.hash) return;
    if (std::ranges::find(failed_, seed.hash) != failed_.end()) return;
    candidates_.insert(place, {.node = seed.node, .hash = seed.hash});
    if (candidates_.size() <= 2 * k) return;
    // The farthest that is not being waited for; as alpha are, there is one.
    const auto last = std::find_if(candidates_.rbegin(), candidates_.rend(),
                                   [](const Candidate& c) { return c.state != State::asked; });
    candidates_.erase(std::next(last).base());
}

bool Lookup::may_ask() const noexcept {
    return asked_ < max_asked;
}

std::optional<Node> Lookup::next() {
    if (waiting_ >= alpha || !may_ask()) return std::nullopt;
    const auto end =
        candidates_.begin() + static_cast<std::ptrdiff_t>(std::min(k, candidates_.size()));
    const auto found = std::find_if(candidates_.begin(), end,
                                    [](const Candidate& c) { return c.state == State::heard_of; });
    if (found == end) return std::nullopt;
    found->state = State::asked;
    ++waiting_;
    ++asked_;
    return found->node;
}

bool Lookup::is_waiting_for(const Hash32& hash) const noexcept {
    const auto found = std::ranges::find(candidates_, hash, &Candidate::hash);
    return found != candidates_.end() && found->state == State::asked;
}

void Lookup::answered(const Hash32& hash, std::span<const Seed> nodes) {
    const auto found = std::ranges::find(candidates_, hash, &Candidate::hash);
    if (found == candidates_.end() || found->state != State::asked) return;
    found->state = State::answered;
    --waiting_;
    for (const auto& node : nodes) add(node);
}

void Lookup::failed(const Hash32& hash) {
    const auto found = std::ranges::find(candidates_, hash, &Candidate::hash);
    if (found == candidates_.end() || found->state != State::asked) return;
    candidates_.erase(found);
    failed_.push_back(hash);
    --waiting_;
}

bool Lookup::is_done() const noexcept {
    if (waiting_ != 0) return false;
    if (!may_ask()) return true;
    const auto end =
        candidates_.begin() + static_cast<std::ptrdiff_t>(std::min(k, candidates_.size()));
    return std::none_of(candidates_.begin(), end,
                        [](const Candidate& c) { return c.state == State::heard_of; });
}

}  // namespace meta138::p2p::discv4
