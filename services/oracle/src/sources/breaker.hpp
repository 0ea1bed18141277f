// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/oracle/config.hpp"

#include <algorithm>

namespace meta138::oracle {

/// Leaves alone for a while what has failed several times in a row. Then one attempt is made: if it
/// fails, the pause doubles. Times are steady.
class CircuitBreaker {
public:
    explicit CircuitBreaker(const BreakerConfig& config)
        : config_{config}, cool_down_{config.cool_down} {}

    void on_success() {
        failures_ = 0;
        cool_down_ = config_.cool_down;
        closed_until_ = {};
    }
    void on_failure(milliseconds now) {
        ++failures_;
        if (failures_ < config_.failures) return;
        closed_until_ = now + cool_down_;
        cool_down_ = std::min(2 * cool_down_, config_.max_cool_down);
    }

    /// Too many failures, and no success since.
    [[nodiscard]] bool is_open() const noexcept { return failures_ >= config_.failures; }
    /// Before this time no attempt is made; zero while it is closed.
    [[nodiscard]] milliseconds retry_at() const noexcept { return closed_until_; }

private:
    BreakerConfig config_;
    milliseconds cool_down_;
    milliseconds closed_until_{};
    std::uint32_t failures_ = 0;
};

}  // namespace meta138::oracle
