// SPDX-License-Identifier: Apache-2.0
#include "watch/lines.hpp"

#include "meta138/base/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace meta138::op {
namespace {

constexpr std::string_view reset = "\x1b[0m";

std::string_view escape(Style style) {
    switch (style) {
        case Style::plain: return "";
        case Style::dim: return "\x1b[2m";
        case Style::bold: return "\x1b[1m";
        case Style::good: return "\x1b[32m";
        case Style::warning: return "\x1b[33m";
        case Style::bad: return "\x1b[31m";
    }
    return "";
}

Piece padded(const Piece& cell, std::size_t width, bool to_the_right) {
    const std::string spaces(width - std::min(width, cell.text.size()), ' ');
    return {to_the_right ? spaces + cell.text : cell.text + spaces, cell.style};
}

/// A node's words may hold anything; a terminal obeys control characters.
std::string printable(std::string_view text) {
    std::string result{text};
    for (auto& character : result)
        if (character < ' ' || character > '~') character = '?';
    return result;
}

}  // namespace

std::vector<Line> Table::lines() const {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i != columns_.size(); ++i) {
        auto width = columns_[i].title.size();
        for (const auto& row : rows_) {
            META138_ASSERT(row.size() == columns_.size());
            width = std::max(width, row[i].text.size());
        }
        widths.push_back(width);
    }
    const auto line_of = [&](const auto& cell_at) {
        Line line;
        for (std::size_t i = 0; i != columns_.size(); ++i) {
            if (i != 0) line.push_back({"  "});
            const bool is_last = i + 1 == columns_.size() && !columns_[i].is_number;
            line.push_back(padded(cell_at(i), is_last ? 0 : widths[i], columns_[i].is_number));
        }
        return line;
    };
    std::vector<Line> lines{line_of([&](auto i) { return Piece{columns_[i].title, Style::dim}; })};
    for (const auto& row : rows_) lines.push_back(line_of([&](auto i) { return row[i]; }));
    return lines;
}

std::string print(const Line& line, std::size_t columns, bool colour) {
    std::string text;
    for (const auto& piece : line) {
        const auto shown = printable(std::string_view{piece.text}.substr(0, columns));
        columns -= shown.size();
        const auto start = colour ? escape(piece.style) : "";
        text += start;
        text += shown;
        if (!start.empty()) text += reset;
    }
    // Nothing to see at the end of a line.
    if (!colour) text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
}

std::string bars(const std::vector<double>& values) {
    constexpr std::string_view levels = " .:-=+*#";
    const auto highest = values.empty() ? 0.0 : *std::ranges::max_element(values);
    std::string text;
    for (const auto value : values) {
        const auto share = highest > 0 ? std::max(0.0, value) / highest : 0.0;
        text += levels[static_cast<std::size_t>(
            std::ceil(share * static_cast<double>(levels.size() - 1)))];
    }
    return text;
}

std::string with_commas(std::uint64_t number) {
    auto text = std::to_string(number);
    for (auto at = text.size(); at > 3;) text.insert(at -= 3, ",");
    return text;
}

std::string with_prefix(double number) {
    constexpr std::string_view prefixes[] = {"", " k", " M", " G", " T"};
    std::size_t step = 0;
    while (number >= 999.5 && step + 1 < std::size(prefixes)) {
        number /= 1000;
        ++step;
    }
    return fmt::format("{:.{}f}{}", number, number < 99.95 && number != std::floor(number) ? 1 : 0,
                       prefixes[step]);
}

std::string age_text(std::uint64_t seconds) {
    constexpr std::uint64_t minute = 60;
    constexpr std::uint64_t hour = 60 * minute;
    constexpr std::uint64_t day = 24 * hour;
    if (seconds < 2 * minute) return fmt::format("{} s", seconds);
    if (seconds < 2 * hour) return fmt::format("{} min", seconds / minute);
    if (seconds < 2 * day) return fmt::format("{} h", seconds / hour);
    return fmt::format("{} d", seconds / day);
}

}  // namespace meta138::op
