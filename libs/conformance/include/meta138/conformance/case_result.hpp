// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace meta138::conformance {

enum class CaseStatus : std::uint8_t { passed, failed, skipped };

std::string_view to_string(CaseStatus status) noexcept;

/// What became of one case of a fixture file.
struct CaseResult {
    std::string file;
    std::string name;       ///< Unique in its file; what --filter is matched with.
    std::string fork;       ///< As the fixture writes it; empty where forks do not matter.
    std::string_view kind;  ///< "state test", "RLP", ...: a constant of the program.
    CaseStatus status = CaseStatus::failed;
    std::string reason;  ///< Of a failure: what was expected and what came. Of a skip: why.
    double milliseconds = 0;
};

}  // namespace meta138::conformance
