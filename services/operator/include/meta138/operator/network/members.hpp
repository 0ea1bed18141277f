// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/operator/network/operate.hpp"

#include <filesystem>
#include <string>

namespace meta138::op {

/// Adds a node to a network; returns its name. A validator needs a running network, whose
/// validators vote for it once it has all blocks; returns when it is one. Throws NetworkError.
std::string add_node(const std::filesystem::path& folder, Tier tier, const Say& say);

/// Takes a node out of a network. A validator is voted out by all others first. What was in its
/// folder goes to the folder removed/. Throws NetworkError.
void remove_node(const std::filesystem::path& folder, const std::string& name, const Say& say);

}  // namespace meta138::op
