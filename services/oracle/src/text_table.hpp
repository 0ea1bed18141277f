// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace meta138::oracle {

/// Rows of texts, the first with the headings; columns become as wide as they need to be. With
/// colour, `ok` in column `status` is green and all else there red.
[[nodiscard]] std::string text_table(const std::vector<std::vector<std::string>>& rows,
                                     std::size_t status, bool colour);

}  // namespace meta138::oracle
