// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/oracle/price_board.hpp"

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::oracle {

/// A JSON-RPC batch that calls `latestRoundData()` and `decimals()` of each contract.
[[nodiscard]] std::string aggregator_calls(std::span<const Address> contracts);

/// The prices in the answer to that, in the same order; their time is the round's `updatedAt`.
[[nodiscard]] std::vector<std::expected<Observation, std::string>> read_aggregators(
    std::string_view answer, std::size_t contracts, const Instant& now);

}  // namespace meta138::oracle
