// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chain/downstream.hpp"

#include "meta138/base/mutex.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/signer/transaction_request.hpp"

#include <chrono>
#include <expected>
#include <functional>
#include <optional>
#include <vector>

namespace meta138::signer {

/// What a transaction costs at the moment, in wei for one gas.
struct Fees {
    std::optional<uint256> base_fee;  ///< Of the latest block; absent before London.
    uint256 gas_price;
    uint256 priority_fee;

    /// The most to offer: enough for six full blocks in a row.
    [[nodiscard]] uint256 max_fee(const uint256& priority) const {
        return base_fee.value_or(uint256{}) * uint256{2} + priority;
    }
};

/// Why a node gave no fees or no gas: an error of its own, or no answer.
struct FillError {
    std::optional<NodeError> node;
    std::string reason;
    bool timed_out = false;
};

/// The fees of one chain, asked for at most once a second however many want them. Any thread.
class FeeSource {
public:
    using Done = std::move_only_function<void(std::expected<Fees, FillError>)>;

    explicit FeeSource(Downstream& downstream) : downstream_{downstream} {}

    void get(const Headers& headers, Done done) META138_EXCLUDES(mutex_);

private:
    void fetch(const Headers& headers);
    void finish(std::expected<Fees, FillError> fees) META138_EXCLUDES(mutex_);

    Downstream& downstream_;
    Mutex mutex_;
    std::optional<Fees> fees_ META138_GUARDED_BY(mutex_);
    std::chrono::steady_clock::time_point fetched_at_ META138_GUARDED_BY(mutex_);
    bool is_fetching_ META138_GUARDED_BY(mutex_) = false;
    std::vector<Done> waiting_ META138_GUARDED_BY(mutex_);
};

using FilledDone = std::move_only_function<void(std::expected<TransactionRequest, FillError>)>;

/// Asks the node for the gas and the fees that `request` leaves out.
void fill_transaction(TransactionRequest request, Downstream& downstream, FeeSource& fees,
                      Headers headers, FilledDone done);

}  // namespace meta138::signer
