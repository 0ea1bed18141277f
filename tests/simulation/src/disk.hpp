// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "time.hpp"

#include "meta138/consensus/safety_store.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

namespace meta138::simulation {

/// Thrown through a validator: the machine dies at this very moment.
struct Crash {};

/// The safety store of a simulated machine: outlives its process.
class Disk final : public consensus::SafetyStore {
public:
    /// `on_write` is called before and after the record is durable: it takes time, or throws Crash.
    enum class Moment : std::uint8_t { before, after };
    using OnWrite = std::function<void(Moment)>;

    Disk(std::chrono::milliseconds created_at, OnWrite on_write)
        : created_at_{created_at}, on_write_{std::move(on_write)} {}

    [[nodiscard]] std::optional<qbft::SafetyRecord> record() const override {
        if (encoded_.empty()) return std::nullopt;
        return qbft::decode_safety_record(encoded_).value();
    }
    [[nodiscard]] std::chrono::milliseconds created_at() const override { return created_at_; }
    void write(const qbft::SafetyRecord& record) override {
        on_write_(Moment::before);
        encoded_ = qbft::encode_safety_record(record);
        on_write_(Moment::after);
    }
    void forget() { encoded_.clear(); }

private:
    std::chrono::milliseconds created_at_;
    OnWrite on_write_;
    Bytes encoded_;
};

}  // namespace meta138::simulation
