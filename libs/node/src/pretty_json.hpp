// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace meta138::node {

/// Well-formed JSON with line breaks and two spaces a level, laid out as Jackson does for Besu:
/// members on lines of their own, arrays on one line, blanks around colons and within brackets.
[[nodiscard]] std::string pretty_json(std::string_view compact);

}  // namespace meta138::node
