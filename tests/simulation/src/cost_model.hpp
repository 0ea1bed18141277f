// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "time.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace meta138::simulation {

struct CostOptions {
    std::vector<std::size_t> validators{4, 7, 13, 31};
    Time delay{250};         ///< Of every link, one way.
    Time write_time{1'000};  ///< Of the safety record, with its way to the disk.
    std::uint64_t heights = 100;
    bool builds_ahead = true;
    std::size_t transactions = 0;  ///< Transfers in every block.
};

/// What one number of validators came to.
struct Cost {
    std::size_t validators = 0;
    std::uint64_t heights = 0;
    Time p50{};  ///< From the proposal until a validator has the block as its head.
    Time p99{};
    Time worst{};
    Time late_p50{};  ///< From a block's timestamp until its proposal leaves.
    Time late_p99{};
    /// Of one validator's chain thread for one block.
    Time processor{};
    double messages = 0;  ///< That one validator takes in for one block.
    std::uint64_t round_changes = 0;
};

/// Runs calm networks in which every machine is busy for as long as its part really takes here.
[[nodiscard]] std::vector<Cost> measure_costs(const CostOptions& options);

}  // namespace meta138::simulation
