// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/options/option_table.hpp"

#include <span>
#include <string_view>

namespace meta138::node {

using options::CommandRow;
using options::Effect;
using options::OptionGroup;
using options::OptionRow;
using options::ValueKind;

/// The node's options and commands.
const options::Catalogue& catalogue();

std::span<const OptionGroup> option_groups();

/// The row with that name or alias, null when there is none.
const OptionRow* find_option(std::string_view name);

}  // namespace meta138::node
