// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/state/bytecode.hpp"
#include "meta138/types/account.hpp"

#include <optional>

namespace meta138::state {

/// The state after some block, which does not change while it is read: a database snapshot, or a
/// map in memory. A State is the place for changes on top of it.
class StateView {
public:
    virtual ~StateView() = default;

    /// Absent: not in the state trie.
    [[nodiscard]] virtual std::optional<Account> account(const Address& address) const = 0;
    /// Zero for what was never set, in absent accounts too.
    [[nodiscard]] virtual uint256 storage(const Address& address, const uint256& key) const = 0;
    /// The code with this hash, which some account of the state has; never null.
    [[nodiscard]] virtual SharedBytecode code(const Hash32& code_hash) const = 0;
    /// Whether any slot is not zero (EIP-7610).
    [[nodiscard]] virtual bool has_storage(const Address& address) const = 0;
};

}  // namespace meta138::state
