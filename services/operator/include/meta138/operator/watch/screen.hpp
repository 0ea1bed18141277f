// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/operator/watch/snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace meta138::op {

enum class Page : std::uint8_t { overview, nodes, blocks, feeds };
inline constexpr std::size_t page_count = 4;

/// What is shown, and on how much room.
struct ScreenOptions {
    std::size_t columns = 100;
    std::size_t rows = 40;  ///< 0: as many as there are (a pipe).
    bool colour = false;
    Page page = Page::overview;
    std::size_t scroll = 0;  ///< Lines of the page's table to leave out at its top.
    bool shows_keys = false;
};

/// The screen as lines with line feeds, none longer than the columns; plain text but for colours.
[[nodiscard]] std::string draw(const Snapshot& snapshot, const ScreenOptions& options);

}  // namespace meta138::op
