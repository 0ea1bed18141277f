// SPDX-License-Identifier: Apache-2.0
#include "selection_metrics.hpp"

#include <cctype>
#include <string>

namespace meta138::node {

using telemetry::Category;

namespace {

std::string label_of(TransactionError error) {
    std::string label{exception_name(error)};
    for (auto& letter : label)
        letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    return label;
}

}  // namespace

SelectionMetrics::SelectionMetrics(telemetry::Metrics& metrics)
    : metrics_{metrics},
      out_of_time_{metrics.counter(Category::meta138, "block_production_out_of_time",
                                   "Blocks whose choice of transactions ended because its time was "
                                   "up, and not because they were full")} {
    // There from the first scrape on, for those who alert on their growth.
    add("below_min_gas_price", 0);
    add("too_large_for_the_rest", 0);
}

void SelectionMetrics::add(std::string_view reason, std::uint64_t transactions) {
    metrics_
        .counter(Category::meta138, "block_production_left_out",
                 "Transactions offered to a block that did not get in, by why",
                 {{"reason", reason}})
        .increment(transactions);
}

void SelectionMetrics::count(const blockchain::BuildReport& report) {
    if (report.end == blockchain::BuildReport::End::time_is_up) out_of_time_.increment();
    if (report.below_min_gas_price != 0) add("below_min_gas_price", report.below_min_gas_price);
    if (report.too_large_for_the_rest != 0)
        add("too_large_for_the_rest", report.too_large_for_the_rest);
    for (const auto& [error, transactions] : report.refused) add(label_of(error), transactions);
}

}  // namespace meta138::node
