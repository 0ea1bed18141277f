// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace meta138::storage {

/// What of the past a database keeps. Headers are always kept.
struct Retention {
    enum class Mode : std::uint8_t {
        archive,  ///< Every block, receipt and state.
        window,   ///< All of these for the last `blocks` blocks, or those younger than `age`.
        minimal,  ///< Blocks and receipts for ever; states of the last minimal_states blocks.
    };
    Mode mode = Mode::archive;
    std::optional<std::uint64_t> blocks{};
    std::optional<std::chrono::seconds> age{};
};

/// States that every mode keeps, so that short reorganisations and proofs are possible.
inline constexpr std::uint64_t minimal_states = 128;

}  // namespace meta138::storage
