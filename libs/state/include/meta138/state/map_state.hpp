// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/state/bytecode.hpp"
#include "meta138/state/state_commitment.hpp"
#include "meta138/state/state_diff.hpp"
#include "meta138/state/state_view.hpp"
#include "meta138/trie/trie.hpp"
#include "meta138/types/account.hpp"

#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace meta138::state {

/// A whole state in memory, with its tries: for tests, tools and development chains.
///
/// Reading through StateView is safe from many threads while nobody changes it or asks for a root.
class MapState final : public StateView, public StateCommitment {
public:
    /// An account with its storage; no slot is zero.
    struct Entry {
        Account account;
        std::unordered_map<uint256, uint256> storage;
    };

    [[nodiscard]] std::optional<Account> account(const Address& address) const override;
    [[nodiscard]] uint256 storage(const Address& address, const uint256& key) const override;
    [[nodiscard]] SharedBytecode code(const Hash32& code_hash) const override;
    [[nodiscard]] bool has_storage(const Address& address) const override;

    /// All accounts, in no particular order.
    [[nodiscard]] const std::unordered_map<Address, Entry>& accounts() const noexcept {
        return accounts_;
    }

    // Building a state: a genesis block, or the state before a test.

    /// Adds the account, or replaces all of it but its storage.
    void set_account(const Address& address, std::uint64_t nonce, const uint256& balance,
                     Bytes code = {});
    /// Zero deletes the slot. The account is there.
    void set_storage(const Address& address, const uint256& key, const uint256& value);

    void apply(const StateDiff& diff);

    /// Header.state_root of this state.
    [[nodiscard]] Hash32 root();
    [[nodiscard]] Hash32 root_after(const StateDiff& diff) override;

private:
    /// Where the tries may differ from the map, which is the truth.
    struct Stale {
        bool whole_storage = false;
        std::unordered_set<uint256> keys;
    };

    void mark_stale(const AccountDiff& diff);
    void refresh_tries();
    void refresh_account(const Address& address, const Stale& stale);
    void put_account(const Address& address, const std::optional<Account>& account);

    std::unordered_map<Address, Entry> accounts_;
    std::unordered_map<Hash32, SharedBytecode> codes_;

    trie::SecureTrie account_trie_;
    std::unordered_map<Address, trie::SecureTrie> storage_tries_;  // only those with entries
    std::unordered_map<Address, Stale> stale_;
};

}  // namespace meta138::state
