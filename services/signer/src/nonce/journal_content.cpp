// SPDX-License-Identifier: Apache-2.0
#include "nonce/journal_record.hpp"

#include "meta138/signer/nonce_journal.hpp"

#include <utility>

namespace meta138::signer {

void JournalContent::erase(Account& account, const Hash32& hash) {
    const auto entry = account.entries.find(hash);
    if (entry == account.entries.end()) return;
    const auto [begin, end] = account.by_nonce.equal_range(entry->second.nonce);
    for (auto at = begin; at != end; ++at) {
        if (at->second != hash) continue;
        account.by_nonce.erase(at);
        break;
    }
    size_ -= signed_record_size(entry->second.raw->size());
    account.entries.erase(entry);
}

void JournalContent::add_signed(const NonceAccount& account, std::uint64_t nonce,
                                const Hash32& hash, std::shared_ptr<const Bytes> raw) {
    auto& place = accounts_[account];
    if (nonce < place.settled_below) return;
    erase(place, hash);
    size_ += signed_record_size(raw->size());
    place.entries.emplace(
        hash,
        Entry{.nonce = nonce, .raw = std::move(raw), .was_accepted = false, .order = ++order_});
    place.by_nonce.emplace(nonce, hash);
    place.names.mark_signed(hash);
}

void JournalContent::add_name(const NonceAccount& account, const RequestName& request,
                              const Hash32& hash, bool is_signed) {
    accounts_[account].names.add(request, hash, is_signed);
}

void JournalContent::forget_unsigned_names() {
    for (auto& [name, account] : accounts_) account.names.forget_unsigned();
}

std::uint64_t JournalContent::size() const noexcept {
    auto size = size_;
    for (const auto& [name, account] : accounts_) size += account.names.size() * named_record_size;
    return size;
}

void JournalContent::mark_accepted(const NonceAccount& account, const Hash32& hash) {
    auto& place = accounts_[account];
    const auto entry = place.entries.find(hash);
    if (entry == place.entries.end()) return;
    entry->second.was_accepted = true;
    entry->second.order = ++order_;
}

void JournalContent::release(const NonceAccount& account, const Hash32& hash) {
    auto& place = accounts_[account];
    erase(place, hash);
    place.names.forget(hash);
}

void JournalContent::settle(const NonceAccount& account, std::uint64_t below) {
    auto& place = accounts_[account];
    if (below <= place.settled_below) return;
    place.settled_below = below;
    while (!place.by_nonce.empty() && place.by_nonce.begin()->first < below)
        erase(place, Hash32{place.by_nonce.begin()->second});
}

std::map<NonceAccount, JournalAccount> JournalContent::restored() const {
    std::map<NonceAccount, JournalAccount> result;
    for (const auto& [name, account] : accounts_) {
        auto& restored = result[name];
        restored.settled_below = account.settled_below;
        restored.names = account.names;
        for (auto at = account.by_nonce.begin(); at != account.by_nonce.end();) {
            // Of several with one nonce: the last that a node accepted, else the last.
            const auto end = account.by_nonce.upper_bound(at->first);
            const auto nonce = at->first;
            const Entry* best = nullptr;
            Hash32 best_hash;
            for (; at != end; ++at) {
                const auto& entry = account.entries.at(at->second);
                const bool is_better =
                    best == nullptr || std::pair{entry.was_accepted, entry.order} >
                                           std::pair{best->was_accepted, best->order};
                if (!is_better) continue;
                best = &entry;
                best_hash = at->second;
            }
            restored.transactions.push_back({.nonce = nonce,
                                             .hash = best_hash,
                                             .raw = best->raw,
                                             .was_accepted = best->was_accepted});
        }
    }
    return result;
}

}  // namespace meta138::signer
