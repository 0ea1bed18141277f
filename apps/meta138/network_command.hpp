// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace meta138::app {

/// `meta138 network`: a network of nodes on this machine.
void add_network_command(CLI::App& program);

}  // namespace meta138::app
