// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/state/bytecode.hpp"
#include "meta138/types/account.hpp"

#include <optional>
#include <vector>

namespace meta138::state {

struct StorageDiff {
    uint256 key;
    uint256 value;  ///< Zero: the slot is deleted.

    friend bool operator==(const StorageDiff&, const StorageDiff&) = default;
};

/// What became of one account.
struct AccountDiff {
    Address address;
    /// The account now, whether its fields changed or only its storage; absent: deleted, with all
    /// its storage.
    std::optional<Account> account;
    /// All storage from before is gone; `storage` is what came after.
    bool storage_cleared = false;
    std::vector<StorageDiff> storage;  ///< Each key once.

    friend bool operator==(const AccountDiff&, const AccountDiff&) = default;
};

/// What a block, or a few transactions, changed in the state: values alone, to be applied to a map
/// or written to a database in one batch.
struct StateDiff {
    std::vector<AccountDiff> accounts;  ///< Each address once, in the order of first access.
    std::vector<SharedBytecode> codes;  ///< New codes of these accounts; each hash once.

    [[nodiscard]] bool empty() const noexcept { return accounts.empty(); }
};

}  // namespace meta138::state
