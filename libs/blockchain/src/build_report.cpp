// SPDX-License-Identifier: Apache-2.0
#include "meta138/blockchain/block_builder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace meta138::blockchain {

namespace {

std::string_view to_string(BuildReport::End end) noexcept {
    switch (end) {
        case BuildReport::End::no_more_candidates: return "no more candidates";
        case BuildReport::End::block_full: return "block full";
        case BuildReport::End::time_is_up: return "time is up";
    }
    return "unknown";
}

}  // namespace

std::string to_string(const BuildReport& report) {
    std::vector<std::string> reasons;
    const auto add = [&](std::uint32_t count, std::string_view why) {
        if (count > 0) reasons.push_back(fmt::format("{} {}", count, why));
    };
    add(report.below_min_gas_price, "below the minimum gas price");
    add(report.too_large_for_the_rest, "too large for the rest of the block");
    for (const auto& [error, count] : report.refused) add(count, meta138::to_string(error));
    auto text = fmt::format("{} of {} candidates included ({})", report.included, report.offered,
                            to_string(report.end));
    if (!reasons.empty()) text += fmt::format(": {}", fmt::join(reasons, ", "));
    if (report.error) text += fmt::format("; no block: {}", execution::to_string(*report.error));
    return text;
}

}  // namespace meta138::blockchain
