// SPDX-License-Identifier: Apache-2.0
#include "meta138/state/map_state.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/codec/rlp/writer.hpp"

namespace meta138::state {

namespace {

void put_slot(trie::SecureTrie& storage, const uint256& key, const uint256& value) {
    const auto slot = to_hash32(key);
    if (value.is_zero())
        storage.erase(slot.bytes);
    else
        storage.insert(slot.bytes, rlp::encode_integer(value));
}

}  // namespace

std::optional<Account> MapState::account(const Address& address) const {
    const auto found = accounts_.find(address);
    if (found == accounts_.end()) return std::nullopt;
    return found->second.account;
}

uint256 MapState::storage(const Address& address, const uint256& key) const {
    const auto account = accounts_.find(address);
    if (account == accounts_.end()) return {};
    const auto slot = account->second.storage.find(key);
    return slot == account->second.storage.end() ? uint256{} : slot->second;
}

SharedBytecode MapState::code(const Hash32& code_hash) const {
    const auto found = codes_.find(code_hash);
    META138_ASSERT(found != codes_.end());
    return found->second;
}

bool MapState::has_storage(const Address& address) const {
    const auto found = accounts_.find(address);
    return found != accounts_.end() && !found->second.storage.empty();
}

void MapState::set_account(const Address& address, std::uint64_t nonce, const uint256& balance,
                           Bytes code) {
    auto& account = accounts_[address].account;
    account = {.nonce = nonce, .balance = balance};
    if (!code.empty()) {
        auto shared = make_bytecode(std::move(code));
        account.code_hash = shared->hash;
        codes_.emplace(account.code_hash, std::move(shared));
    }
    stale_[address];
}

void MapState::set_storage(const Address& address, const uint256& key, const uint256& value) {
    const auto found = accounts_.find(address);
    META138_ASSERT(found != accounts_.end());
    if (value.is_zero())
        found->second.storage.erase(key);
    else
        found->second.storage[key] = value;
    stale_[address].keys.insert(key);
}

void MapState::apply(const StateDiff& diff) {
    for (const auto& code : diff.codes) codes_.emplace(code->hash, code);
    for (const auto& change : diff.accounts) {
        mark_stale(change);
        if (!change.account) {
            accounts_.erase(change.address);
            continue;
        }
        auto& entry = accounts_[change.address];
        entry.account = *change.account;
        if (change.storage_cleared) entry.storage.clear();
        for (const auto& [key, value] : change.storage) {
            if (value.is_zero())
                entry.storage.erase(key);
            else
                entry.storage[key] = value;
        }
    }
}

Hash32 MapState::root() {
    refresh_tries();
    return account_trie_.root();
}

// Puts the changes into the tries and leaves the map alone: what was changed is stale until the
// next look. When apply() follows, the refresh finds the tries as they should be.
Hash32 MapState::root_after(const StateDiff& diff) {
    refresh_tries();
    for (const auto& change : diff.accounts) {
        mark_stale(change);
        if (!change.account || change.storage_cleared) storage_tries_.erase(change.address);
        if (change.account && !change.storage.empty()) {
            auto& storage = storage_tries_[change.address];
            for (const auto& [key, value] : change.storage) put_slot(storage, key, value);
        }
        put_account(change.address, change.account);
    }
    return account_trie_.root();
}

void MapState::mark_stale(const AccountDiff& diff) {
    auto& stale = stale_[diff.address];
    if (!diff.account || diff.storage_cleared) stale.whole_storage = true;
    for (const auto& slot : diff.storage) stale.keys.insert(slot.key);
}

void MapState::refresh_tries() {
    for (const auto& [address, stale] : stale_) refresh_account(address, stale);
    stale_.clear();
}

void MapState::refresh_account(const Address& address, const Stale& stale) {
    const auto found = accounts_.find(address);
    if (found == accounts_.end()) {
        storage_tries_.erase(address);
        put_account(address, std::nullopt);
        return;
    }
    const auto& entry = found->second;
    if (stale.whole_storage) {
        storage_tries_.erase(address);
        for (const auto& [key, value] : entry.storage)
            put_slot(storage_tries_[address], key, value);
    } else {
        for (const auto& key : stale.keys) {
            const auto slot = entry.storage.find(key);
            put_slot(storage_tries_[address], key,
                     slot == entry.storage.end() ? uint256{} : slot->second);
        }
    }
    put_account(address, entry.account);
}

void MapState::put_account(const Address& address, const std::optional<Account>& account) {
    if (!account) {
        account_trie_.erase(address.bytes);
        return;
    }
    const auto storage = storage_tries_.find(address);
    const auto storage_root =
        storage == storage_tries_.end() ? EMPTY_TRIE_ROOT : storage->second.root();
    // Yellow Paper 4.1: rlp([nonce, balance, storage root, code hash]).
    account_trie_.insert(address.bytes, rlp::encode_list(account->nonce, account->balance,
                                                         storage_root, account->code_hash));
}

}  // namespace meta138::state
