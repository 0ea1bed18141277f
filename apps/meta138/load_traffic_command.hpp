// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace meta138::app {

/// meta138 load transfers, erc20, swaps, oracle-reads, mixed
void add_load_traffic_commands(CLI::App& load);

}  // namespace meta138::app
