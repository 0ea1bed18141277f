// SPDX-License-Identifier: Apache-2.0
#include "overlay.hpp"

#include <algorithm>
#include <utility>

namespace meta138::blockchain {

namespace {

using state::AccountDiff;
using state::StateDiff;
using state::StorageDiff;

void merge_storage(std::vector<StorageDiff>& first, const std::vector<StorageDiff>& second) {
    std::map<uint256, std::size_t> places;
    for (std::size_t i = 0; i < first.size(); ++i) places[first[i].key] = i;
    for (const auto& slot : second) {
        const auto place = places.find(slot.key);
        if (place == places.end())
            first.push_back(slot);
        else
            first[place->second].value = slot.value;
    }
}

void merge(AccountDiff& first, const AccountDiff& second) {
    if (second.storage_cleared || !second.account) {
        first = second;
        return;
    }
    // Deleted and made again: what it had before is gone.
    first.storage_cleared = first.storage_cleared || !first.account;
    first.account = second.account;
    merge_storage(first.storage, second.storage);
}

}  // namespace

StateDiff compose(StateDiff first, const StateDiff& second) {
    std::map<Address, std::size_t> places;
    for (std::size_t i = 0; i < first.accounts.size(); ++i) places[first.accounts[i].address] = i;
    for (const auto& account : second.accounts) {
        const auto place = places.find(account.address);
        if (place == places.end())
            first.accounts.push_back(account);
        else
            merge(first.accounts[place->second], account);
    }
    for (const auto& code : second.codes)
        if (std::ranges::none_of(first.codes,
                                 [&](const auto& known) { return known->hash == code->hash; }))
            first.codes.push_back(code);
    return first;
}

OverlayView::OverlayView(const state::StateView& base, const StateDiff& diff) : base_{base} {
    for (const auto& account : diff.accounts) {
        auto& changed = accounts_[account.address];
        changed.diff = &account;
        for (const auto& slot : account.storage) changed.storage[slot.key] = slot.value;
    }
    for (const auto& code : diff.codes) codes_[code->hash] = code;
}

const OverlayView::Changed* OverlayView::find(const Address& address) const {
    const auto account = accounts_.find(address);
    return account == accounts_.end() ? nullptr : &account->second;
}

std::optional<Account> OverlayView::account(const Address& address) const {
    const auto* changed = find(address);
    return changed != nullptr ? changed->diff->account : base_.account(address);
}

uint256 OverlayView::storage(const Address& address, const uint256& key) const {
    if (const auto* changed = find(address)) {
        if (!changed->diff->account) return {};
        const auto slot = changed->storage.find(key);
        if (slot != changed->storage.end()) return slot->second;
        if (changed->diff->storage_cleared) return {};
    }
    return base_.storage(address, key);
}

state::SharedBytecode OverlayView::code(const Hash32& code_hash) const {
    const auto code = codes_.find(code_hash);
    return code == codes_.end() ? base_.code(code_hash) : code->second;
}

bool OverlayView::has_storage(const Address& address) const {
    if (const auto* changed = find(address)) {
        if (!changed->diff->account) return false;
        if (std::ranges::any_of(changed->storage,
                                [](const auto& slot) { return slot.second != uint256{}; }))
            return true;
        if (changed->diff->storage_cleared) return false;
    }
    // All slots of an account without code set to zero one by one, which EIP-7610 asks about:
    // no contract's code could have done it.
    return base_.has_storage(address);
}

}  // namespace meta138::blockchain
