// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

namespace meta138::oracle {

// Subcommands of meta138-oracle; `words` are what follows their name. They return the exit code:
// 0 done, 1 failed, 2 wrong options or configuration, which they have explained on standard error.

/// `check`: validates a configuration and asks every source once. 1 if a source tells no price, or
/// a feed has none.
[[nodiscard]] int check_command(std::span<const char* const> words);

/// `simulate-prices`: serves made-up prices until SIGINT or SIGTERM.
[[nodiscard]] int simulate_command(std::span<const char* const> words);

}  // namespace meta138::oracle
