// SPDX-License-Identifier: Apache-2.0
#include "selection_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace meta138::node {
namespace {

using testing::HasSubstr;

TEST(SelectionMetrics, count_what_was_left_out_by_why) {
    telemetry::Metrics metrics;
    SelectionMetrics selection{metrics};
    blockchain::BuildReport report;
    report.offered = 10;
    report.included = 2;
    report.below_min_gas_price = 3;
    report.refused[TransactionError::nonce_mismatch_too_high] = 5;
    selection.count(report);
    report.end = blockchain::BuildReport::End::time_is_up;
    report.below_min_gas_price = 0;
    selection.count(report);
    const auto text = metrics.expose();
    for (const auto* line :
         {R"(meta138_block_production_left_out_total{reason="below_min_gas_price"} 3)",
          R"(meta138_block_production_left_out_total{reason="too_large_for_the_rest"} 0)",
          R"(meta138_block_production_left_out_total{reason="nonce_mismatch_too_high"} 10)",
          "meta138_block_production_out_of_time_total 1"})
        EXPECT_THAT(text, HasSubstr(line));
}

}  // namespace
}  // namespace meta138::node
