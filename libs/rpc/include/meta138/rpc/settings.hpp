// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/uint256.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace meta138::rpc {

/// What the operator sets for all transports, with Besu's defaults. 0 means no limit where Besu
/// says so.
struct Settings {
    std::size_t max_batch_size = 1024;  ///< --rpc-http-max-batch-size; 0: none.
    /// Once a batch's answer has this many bytes, the rest of its requests are refused.
    std::size_t max_batch_answer_bytes = std::size_t{128} << 20;
    std::uint64_t max_logs_range = 5000;          ///< --rpc-max-logs-range; 0: none.
    std::uint64_t max_trace_filter_range = 1000;  ///< --rpc-max-trace-filter-range; 0: none.
    /// Logs in one answer; Besu has no such limit. 0: none.
    std::size_t max_logs_results = 100'000;
    std::uint64_t gas_cap = 100'000'000;  ///< --rpc-gas-cap; 0: none.
    /// --rpc-tx-feecap, in wei: of the price of one gas, as in Besu. 0: none.
    uint256 tx_feecap = uint256{1'000'000'000'000'000'000};
    std::uint64_t gas_price_blocks = 100;              ///< --api-gas-price-blocks
    double gas_price_percentile = 50;                  ///< --api-gas-price-percentile
    uint256 gas_price_max = uint256{500'000'000'000};  ///< --api-gas-price-max, in wei.
    double estimate_gas_tolerance_ratio = 0.015;       ///< --estimate-gas-tolerance-ratio
    /// --api-gas-and-priority-fee-limiting-enabled, and its coefficients in percent.
    bool limit_gas_and_priority_fee = false;
    std::uint64_t gas_and_priority_fee_lower_bound = 0;
    std::uint64_t gas_and_priority_fee_upper_bound = UINT64_MAX;
    std::uint64_t max_fee_history_blocks = 1024;
    /// One request or one batch (--Xhttp-timeout-seconds).
    std::chrono::milliseconds timeout{30'000};
    /// How long an answer that leaves in pieces waits for its reader in all, beyond the above.
    std::chrono::milliseconds reader_patience{300'000};
    /// Requests that take longer are logged with their method.
    std::chrono::milliseconds slow_request{1'000};
    std::chrono::seconds filter_expiry{600};   ///< Of filters that nobody polls.
    std::size_t max_filters = 10'000;          ///< Of all callers together.
    std::size_t max_filter_entries = 100'000;  ///< Waiting in one filter; then it is dropped.
    std::size_t max_subscriptions_per_connection = 1'000;
    /// Proofs of one eth_getProof, and keys of one eth_getStorageValues.
    std::size_t max_storage_keys = 1024;
    /// safe and finalized are the head on a chain whose blocks are final. Besu answers -39001.
    bool final_tags_are_latest = true;
    bool record_revert_reasons = false;  ///< --revert-reason-enabled
};

}  // namespace meta138::rpc
