// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "case_sink.hpp"
#include "rpc_cases.hpp"

#include <cstddef>
#include <filesystem>
#include <vector>

namespace meta138::conformance {

/// Cases that share a node.
struct RpcGroup {
    RpcPlace place;
    std::vector<std::filesystem::path> files;  ///< Sorted: the order in which they are asked.
};

/// Runs the cases on one node. Of a sequence all steps are taken, and those asked for are reported.
std::vector<CaseResult> run_rpc_group(const RpcGroup& group, const CaseFilter& filter,
                                      std::size_t max_bytes);

}  // namespace meta138::conformance
