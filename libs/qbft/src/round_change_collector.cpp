// SPDX-License-Identifier: Apache-2.0
#include "round_change_collector.hpp"

#include <ranges>

namespace meta138::qbft {

std::shared_ptr<const PreparedCertificate> RoundChangeCollector::certificate_of(
    const RoundChange& message) {
    if (!message.block) return nullptr;
    const auto& prepared = *message.round_change.payload.prepared;
    auto& known = certificates_[prepared.prepared_block_hash];
    if (auto certificate = known.lock()) return certificate;
    const auto certificate = std::make_shared<const PreparedCertificate>(PreparedCertificate{
        .round = prepared.prepared_round, .block = message.block, .prepares = message.prepares});
    known = certificate;
    return certificate;
}

// A validator enters ever higher rounds, so its lowest is of least use.
bool RoundChangeCollector::make_room(const Address& author, std::uint32_t round) {
    std::size_t count = 0;
    std::optional<std::uint32_t> lowest;
    for (const auto& [target, entries] : by_round_) {
        if (!entries.contains(author)) continue;
        ++count;
        if (!lowest) lowest = target;
    }
    if (count < max_rounds_by_author) return true;
    if (round < *lowest) return false;
    const auto it = by_round_.find(*lowest);
    it->second.erase(author);
    if (it->second.empty()) by_round_.erase(it);
    return true;
}

bool RoundChangeCollector::add(const RoundChange& message) {
    const auto round = message.round_change.payload.round;
    const auto& author = *message.round_change.author;
    if (find(round, author) != nullptr) return false;
    if (!make_room(author, round)) return false;
    by_round_[round].emplace(
        author, Entry{.message = message.round_change, .prepared = certificate_of(message)});
    return true;
}

void RoundChangeCollector::start_round(std::uint32_t round) {
    by_round_.erase(by_round_.begin(), by_round_.lower_bound(round));
    std::erase_if(certificates_, [](const auto& entry) { return entry.second.expired(); });
}

const SignedRoundChange* RoundChangeCollector::find(std::uint32_t round,
                                                    const Address& author) const {
    const auto of_round = by_round_.find(round);
    if (of_round == by_round_.end()) return nullptr;
    const auto it = of_round->second.find(author);
    return it == of_round->second.end() ? nullptr : &it->second.message;
}

std::size_t RoundChangeCollector::count(std::uint32_t round) const {
    const auto it = by_round_.find(round);
    return it == by_round_.end() ? 0 : it->second.size();
}

std::optional<std::uint32_t> RoundChangeCollector::highest_with(std::size_t count) const {
    for (const auto& [round, entries] : std::views::reverse(by_round_))
        if (entries.size() >= count) return round;
    return std::nullopt;
}

RoundChangeSet RoundChangeCollector::collected(std::uint32_t round) const {
    RoundChangeSet set;
    const auto it = by_round_.find(round);
    if (it == by_round_.end()) return set;
    for (const auto& [author, entry] : it->second) {
        set.round_changes.push_back(entry.message);
        if (entry.prepared && (!set.prepared || entry.prepared->round > set.prepared->round))
            set.prepared = entry.prepared;
    }
    return set;
}

std::size_t RoundChangeCollector::size() const noexcept {
    std::size_t size = 0;
    for (const auto& [round, entries] : by_round_) size += entries.size();
    return size;
}

}  // namespace meta138::qbft
