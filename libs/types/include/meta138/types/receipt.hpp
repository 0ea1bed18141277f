// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/transaction.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace meta138 {

/// One log record (Yellow Paper 4.3.1): at most four topics.
struct Log {
    Address address;
    std::vector<Hash32> topics;
    Bytes data;

    friend bool operator==(const Log&, const Log&) = default;
};

/// What a transaction did, as the receipts trie holds it.
struct Receipt {
    TransactionType type = TransactionType::legacy;
    bool succeeded = false;                 ///< Byzantium and later (EIP-658).
    std::optional<Hash32> post_state_root;  ///< Before Byzantium, in place of the status.
    std::uint64_t cumulative_gas_used = 0;  ///< Of the block up to and including this transaction.
    Bloom bloom;
    std::vector<Log> logs;

    friend bool operator==(const Receipt&, const Receipt&) = default;
};

}  // namespace meta138
