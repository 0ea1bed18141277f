// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace meta138::app {

/// meta138 top, meta138 status
void add_watch_commands(CLI::App& program);

}  // namespace meta138::app
