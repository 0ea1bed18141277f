// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/qbft/safety_record.hpp"

#include <chrono>
#include <optional>

namespace meta138::consensus {

/// Where a validator keeps what it must not forget (docs/formats/consensus-state.md).
class SafetyStore {
public:
    virtual ~SafetyStore() = default;

    /// What was written last, by this or a former run; absent: nothing was ever written.
    [[nodiscard]] virtual std::optional<qbft::SafetyRecord> record() const = 0;
    /// When this store was made, by the wall clock: what this validator signed before that, on
    /// another disk, is not known here.
    [[nodiscard]] virtual std::chrono::milliseconds created_at() const = 0;
    /// On disk when this returns. Throws storage::IoError; then the former record still stands.
    virtual void write(const qbft::SafetyRecord& record) = 0;
};

}  // namespace meta138::consensus
