// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::op {

enum class Style : std::uint8_t { plain, dim, bold, good, warning, bad };

/// A piece of a line in one style. ASCII: a byte is a column.
struct Piece {
    std::string text{};
    Style style = Style::plain;
};
using Line = std::vector<Piece>;

/// Rows whose columns are as wide as their widest cell.
class Table {
public:
    struct Column {
        std::string title{};
        bool is_number = false;  ///< To the right.
    };
    explicit Table(std::vector<Column> columns) : columns_{std::move(columns)} {}

    /// As many cells as there are columns.
    void add(std::vector<Piece> cells) { rows_.push_back(std::move(cells)); }

    /// The titles, then the rows.
    [[nodiscard]] std::vector<Line> lines() const;

private:
    std::vector<Column> columns_;
    std::vector<std::vector<Piece>> rows_;
};

/// The line's text within that many columns, with or without the styles' escape sequences, and a
/// line feed.
[[nodiscard]] std::string print(const Line& line, std::size_t columns, bool colour);

/// One character a value, from ' ' for 0 to '#' for the highest.
[[nodiscard]] std::string bars(const std::vector<double>& values);

/// "12,345"
[[nodiscard]] std::string with_commas(std::uint64_t number);
/// "950", "1.2 k", "25.9 M"
[[nodiscard]] std::string with_prefix(double number);
/// "12 s", "3 min", "2 h", "5 d"
[[nodiscard]] std::string age_text(std::uint64_t seconds);

}  // namespace meta138::op
