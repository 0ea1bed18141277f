// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/codec/json/reader.hpp"
#include "meta138/rpc/error.hpp"
#include "meta138/txpool/pool_transaction.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace meta138::rpc {

/// The second parameter of txpool_besuPendingTransactions: conditions that all must hold.
class PendingFilter {
public:
    enum class Field : std::uint8_t { gas, gas_price, value, nonce };
    enum class Relation : std::uint8_t { equal, greater, less };
    struct Number {
        Field field{};
        Relation relation{};
        uint256 bound;
    };

    [[nodiscard]] bool matches(const txpool::PoolTransaction& pooled) const;

    std::optional<Address> from;
    std::optional<Address> to;
    bool only_creations = false;
    std::vector<Number> numbers;
};

/// {"from": {"eq": address}, "to": {"eq": address} or {"action": "contract_creation"}, "gas":
/// {"gt": quantity}, ...}. Fails with "Invalid pending transactions params".
[[nodiscard]] RpcResult<PendingFilter> decode_pending_filter(json::Value value);

}  // namespace meta138::rpc
