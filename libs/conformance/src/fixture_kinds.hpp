// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "case_sink.hpp"
#include "json.hpp"
#include "workspace.hpp"

#include <filesystem>
#include <string_view>

namespace meta138::conformance {

/// Runs every case of a fixture file, whose kind shows in what it holds.
void run_file(Workspace& workspace, CaseSink& sink, const std::filesystem::path& file,
              std::size_t max_bytes);

/// A folder that is one fixture as a whole: a chain with its genesis, or transition tool cases with
/// their index.
[[nodiscard]] bool is_fixture_folder(const std::filesystem::path& folder);
void run_folder(Workspace& workspace, CaseSink& sink, const std::filesystem::path& folder,
                std::size_t max_bytes);

}  // namespace meta138::conformance
