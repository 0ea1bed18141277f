// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/uint256.hpp"

#include <optional>

namespace meta138::oracle {

/// What a transaction offers for a unit of gas, in wei (EIP-1559).
struct Fees {
    uint256 max_fee_per_gas = {};
    uint256 max_priority_fee_per_gas = {};

    friend bool operator==(const Fees&, const Fees&) = default;
};

struct FeeSettings {
    /// Never offered more, whatever the chain asks: 500 gwei.
    uint256 max_fee_per_gas_cap = 500'000'000'000;
    /// What a first attempt offers the proposer at most; less where the chain suggests less, such
    /// as nothing on a network without fees.
    uint256 max_priority_fee_per_gas = 1'000'000'000;
    /// What a replacement offers more than what it replaces, in percent. Nodes ask for 10.
    unsigned bump_percent = 12;
};

/// What a chain asks at the moment.
struct FeeMarket {
    uint256 base_fee_per_gas = {};  ///< Of the head; 0 before London.
    uint256 suggested_priority_fee_per_gas = {};

    friend bool operator==(const FeeMarket&, const FeeMarket&) = default;
};

/// For a first attempt: room for the base fee to double, below the cap.
[[nodiscard]] Fees initial_fees(const FeeSettings& settings, const FeeMarket& market);

/// For a replacement: both fees at least `bump_percent` higher and at least a wei (nodes compare
/// both), and not below what a first attempt would offer now. Absent if the cap forbids it.
[[nodiscard]] std::optional<Fees> bumped_fees(const FeeSettings& settings, const FeeMarket& market,
                                              const Fees& previous);

}  // namespace meta138::oracle
