// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace meta138::op {

/// Runs the processes of a network's folder until it is told to shut down, by its socket or by
/// SIGTERM. Starts none by itself: takes over those that an earlier supervisor has left running,
/// and waits for commands (see control.hpp). Writes its log to standard output. Throws NetworkError
/// when another one runs already.
void supervise_network(const std::filesystem::path& folder);

}  // namespace meta138::op
