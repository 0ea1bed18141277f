// SPDX-License-Identifier: Apache-2.0
#include "later_votes.hpp"

#include <algorithm>
#include <iterator>

namespace meta138::qbft {
namespace {

template <typename Vote>
void keep(std::vector<Vote>& votes, const Vote& vote) {
    if (votes.size() >= LaterVotes::max_of_kind) return;
    for (const auto& known : votes)
        if (known.payload == vote.payload) return;
    votes.push_back(vote);
}

}  // namespace

LaterVotes::Votes* LaterVotes::share(const Address& author, std::uint32_t round) {
    auto& rounds = by_author_[author];
    if (!rounds.contains(round) && rounds.size() >= max_rounds_by_author) {
        if (round < rounds.begin()->first) return nullptr;
        rounds.erase(rounds.begin());
    }
    return &rounds[round];
}

void LaterVotes::add(const Prepare& prepare) {
    if (auto* const votes = share(*prepare.author, prepare.payload.round))
        keep(votes->prepares, prepare);
}

void LaterVotes::add(const Commit& commit) {
    if (auto* const votes = share(*commit.author, commit.payload.round))
        keep(votes->commits, commit);
}

LaterVotes::Votes LaterVotes::take(std::uint32_t round) {
    Votes taken;
    for (auto& [author, rounds] : by_author_) {
        if (const auto it = rounds.find(round); it != rounds.end()) {
            std::ranges::move(it->second.prepares, std::back_inserter(taken.prepares));
            std::ranges::move(it->second.commits, std::back_inserter(taken.commits));
        }
        rounds.erase(rounds.begin(), rounds.upper_bound(round));
    }
    return taken;
}

std::size_t LaterVotes::size() const noexcept {
    std::size_t size = 0;
    for (const auto& [author, rounds] : by_author_)
        for (const auto& [round, votes] : rounds)
            size += votes.prepares.size() + votes.commits.size();
    return size;
}

}  // namespace meta138::qbft
