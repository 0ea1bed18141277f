// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "options/option_table.hpp"

#include "meta138/node/options.hpp"
#include "meta138/options/settings.hpp"

#include <string>
#include <string_view>

namespace meta138::node {

using options::Settings;
using options::Source;

/// Whether --network asks for the development chain; in any letter case, as Besu's networks.
bool names_dev(std::string_view network);

/// Throws OptionError.
void read_node_environment(const Environment& environment, Settings& settings);
void read_profile(const std::string& name, const Environment& environment, Settings& settings);

}  // namespace meta138::node
