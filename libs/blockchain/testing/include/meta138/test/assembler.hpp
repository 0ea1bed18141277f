// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <string_view>

namespace meta138::test {

/// Code from words: names of opcodes, numbers (0x..., pushed in as few bytes as they were written
/// in), `:label` for a JUMPDEST and `@label` for a push of its place. For tests: aborts on a word
/// that it does not know.
[[nodiscard]] Bytes assemble(std::string_view text);

}  // namespace meta138::test
