// SPDX-License-Identifier: Apache-2.0
#include "block_verdicts.hpp"

#include "meta138/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace meta138::qbft {
namespace {

const Address& author_of(const Waiting& message) {
    if (const auto* const proposal = std::get_if<WaitingProposal>(&message))
        return proposal->author;
    return *std::get<WaitingRoundChange>(message).message.round_change.author;
}

}  // namespace

BlockVerdicts::Verdict BlockVerdicts::find(const Hash32& hash) const {
    const auto it = entries_.find(hash);
    return it == entries_.end() ? Verdict::unknown : it->second.verdict;
}

void BlockVerdicts::ask(const Hash32& hash) {
    META138_ASSERT(find(hash) == Verdict::unknown);
    entries_[hash].verdict = Verdict::asked;
}

void BlockVerdicts::set_valid(const Hash32& hash) {
    entries_[hash].verdict = Verdict::valid;
}

bool BlockVerdicts::wait(const Hash32& hash, Waiting message) {
    auto& entry = entries_.at(hash);
    META138_ASSERT(entry.verdict == Verdict::asked);
    const auto& author = author_of(message);
    if (std::ranges::count(entry.waiting, author, author_of) >=
        static_cast<std::ptrdiff_t>(max_waiting_by_author))
        return false;
    entry.waiting.push_back(std::move(message));
    return true;
}

std::vector<Waiting> BlockVerdicts::settle(const Hash32& hash, bool is_valid) {
    const auto it = entries_.find(hash);
    if (it == entries_.end() || it->second.verdict != Verdict::asked) return {};
    it->second.verdict = is_valid ? Verdict::valid : Verdict::invalid;
    return std::exchange(it->second.waiting, {});
}

void BlockVerdicts::start_round() {
    std::erase_if(entries_,
                  [](const auto& entry) { return entry.second.verdict == Verdict::invalid; });
}

}  // namespace meta138::qbft
