// SPDX-License-Identifier: Apache-2.0
#include "text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace meta138::oracle {

namespace {
constexpr std::string_view green = "\x1b[32m";
constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view plain = "\x1b[0m";
}  // namespace

std::string text_table(const std::vector<std::vector<std::string>>& rows, std::size_t status,
                       bool colour) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string text;
    for (std::size_t number = 0; number < rows.size(); ++number) {
        std::string line;
        for (std::size_t i = 0; i < rows[number].size(); ++i) {
            const auto& cell = rows[number][i];
            const auto padded = fmt::format("{:<{}}  ", cell, widths[i]);
            line += colour && number > 0 && i == status
                        ? fmt::format("{}{}{}", cell == "ok" ? green : red, padded, plain)
                        : padded;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    }
    return text;
}

}  // namespace meta138::oracle
