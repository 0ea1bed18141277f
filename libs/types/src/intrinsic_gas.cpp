// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/intrinsic_gas.hpp"

#include <algorithm>

namespace meta138 {
namespace {

constexpr std::uint64_t TX_BASE_COST = 21000;
constexpr std::uint64_t TX_CREATE_COST = 32000;  // EIP-2
constexpr std::uint64_t TX_DATA_COST_PER_ZERO = 4;
constexpr std::uint64_t TX_DATA_COST_PER_NON_ZERO = 16;  // EIP-2028
constexpr std::uint64_t FRONTIER_DATA_COST_PER_NON_ZERO = 68;
constexpr std::uint64_t TX_ACCESS_LIST_ADDRESS_COST = 2400;      // EIP-2930
constexpr std::uint64_t TX_ACCESS_LIST_STORAGE_KEY_COST = 1900;  // EIP-2930
constexpr std::uint64_t STANDARD_TOKEN_COST_PER_NON_ZERO = 4;    // EIP-7623, in tokens
constexpr std::uint64_t TOTAL_COST_FLOOR_PER_TOKEN = 10;         // EIP-7623

std::uint64_t count_zeros(ByteView data) noexcept {
    return static_cast<std::uint64_t>(std::ranges::count(data, 0));
}

std::uint64_t creation_gas(const Transaction& transaction, Fork fork) noexcept {
    if (fork < Fork::homestead) return 0;
    const auto words = (transaction.data.size() + 31) / 32;
    return TX_CREATE_COST + (fork >= Fork::shanghai ? INITCODE_WORD_COST * words : 0);
}

}  // namespace

std::uint64_t intrinsic_gas(const Transaction& transaction, Fork fork) noexcept {
    const auto zeros = count_zeros(transaction.data);
    const auto per_non_zero =
        fork >= Fork::istanbul ? TX_DATA_COST_PER_NON_ZERO : FRONTIER_DATA_COST_PER_NON_ZERO;
    auto gas = TX_BASE_COST + zeros * TX_DATA_COST_PER_ZERO +
               (transaction.data.size() - zeros) * per_non_zero;
    if (!transaction.to) gas += creation_gas(transaction, fork);
    for (const auto& entry : transaction.access_list) {
        gas += TX_ACCESS_LIST_ADDRESS_COST +
               entry.storage_keys.size() * TX_ACCESS_LIST_STORAGE_KEY_COST;
    }
    return gas + transaction.authorization_list.size() * PER_EMPTY_ACCOUNT_COST;
}

std::uint64_t floor_data_gas(const Transaction& transaction) noexcept {
    const auto zeros = count_zeros(transaction.data);
    const auto tokens =
        zeros + (transaction.data.size() - zeros) * STANDARD_TOKEN_COST_PER_NON_ZERO;
    return TX_BASE_COST + tokens * TOTAL_COST_FLOOR_PER_TOKEN;
}

}  // namespace meta138
