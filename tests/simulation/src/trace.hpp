// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "time.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace meta138::simulation {

/// The last events of a run, for people.
class Trace {
public:
    explicit Trace(bool is_on) : is_on_{is_on} {}

    [[nodiscard]] bool is_on() const noexcept { return is_on_; }
    void add(Time now, const std::string& line) {
        if (lines_.size() == max_lines) lines_.pop_front();
        lines_.push_back(fmt::format("{:>12.6f} {}", static_cast<double>(now.count()) / 1e6, line));
    }
    [[nodiscard]] std::vector<std::string> lines() const { return {lines_.begin(), lines_.end()}; }

private:
    static constexpr std::size_t max_lines = 20'000;
    const bool is_on_;
    std::deque<std::string> lines_;
};

}  // namespace meta138::simulation
