// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace meta138::app {

/// meta138 deploy
void add_deploy_command(CLI::App& program);

}  // namespace meta138::app
