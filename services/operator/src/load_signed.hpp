// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load_accounts.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/base/mutex.hpp"

#include <atomic>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

namespace meta138::op {

/// A transaction that is ready to be sent.
struct SignedTransaction {
    std::string hex;  ///< with 0x
    Hash32 hash = {};
};

/// Signs the transactions of a load ahead of their time, in the order of their indices: all at once
/// before a measurement, and on a thread of its own from then on. The accounts' nonces are its own.
class SigningAhead {
public:
    SigningAhead(Scenario scenario, std::vector<LoadAccount>& accounts, const LoadFees& fees,
                 const LoadContracts& contracts);
    ~SigningAhead();
    SigningAhead(const SigningAhead&) = delete;
    SigningAhead& operator=(const SigningAhead&) = delete;

    /// Signs the next `count`, on all processors.
    [[nodiscard]] std::vector<SignedTransaction> sign(std::size_t count);

    /// From now on a thread keeps `ahead` transactions ready.
    void start(std::size_t ahead);
    /// What is ready; never waits. Only after start().
    [[nodiscard]] std::vector<SignedTransaction> take() META138_EXCLUDES(mutex_);

private:
    [[nodiscard]] SignedTransaction sign_one(std::size_t index);

    const Scenario scenario_;
    std::vector<LoadAccount>& accounts_;
    const LoadFees fees_;
    const LoadContracts contracts_;
    std::size_t next_ = 0;

    Mutex mutex_;
    std::vector<SignedTransaction> ready_ META138_GUARDED_BY(mutex_);
    std::atomic<std::size_t> ready_count_{0};
    std::jthread thread_;
};

}  // namespace meta138::op
