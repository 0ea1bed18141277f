// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/key_set.hpp"

#include <algorithm>
#include <cstddef>
#include <unordered_set>
#include <utility>
#include <vector>

namespace meta138::signer {

KeySet::KeySet(std::vector<Key> keys) : keys_{std::move(keys)} {
    std::unordered_set<Address> seen;
    std::erase_if(keys_, [&](const Key& key) { return !seen.insert(key.address).second; });
    std::ranges::sort(keys_, {}, &Key::address);
    by_address_.reserve(keys_.size());
    for (std::size_t i = 0; i < keys_.size(); ++i) by_address_.emplace(keys_[i].address, i);
}

const Key* KeySet::find(const Address& address) const noexcept {
    const auto found = by_address_.find(address);
    return found == by_address_.end() ? nullptr : &keys_[found->second];
}

const Key* KeySet::find(const crypto::PublicKey& public_key) const noexcept {
    const auto* key = find(crypto::address_of(public_key));
    return key != nullptr && key->signer->public_key() == public_key ? key : nullptr;
}

}  // namespace meta138::signer
