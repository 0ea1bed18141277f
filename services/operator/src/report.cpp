// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/load_rpc.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <iterator>

namespace meta138::op {
namespace {

std::string duration(std::chrono::nanoseconds time) {
    const auto microseconds = static_cast<double>(time.count()) / 1000;
    return microseconds < 1000 ? fmt::format("{:.0f} us", microseconds)
                               : fmt::format("{:.1f} ms", microseconds / 1000);
}

void append_table(std::string& text, const LoadReport& report) {
    fmt::format_to(std::back_inserter(text), "\n{}  {}\n", report.url, report.client);
    fmt::format_to(std::back_inserter(text), "{:<28}{:>12}{:>11}{:>11}{:>11}{:>9}\n", "method",
                   "requests/s", "p50", "p95", "p99", "errors");
    for (const auto& row : report.methods)
        fmt::format_to(std::back_inserter(text), "{:<28}{:>12.0f}{:>11}{:>11}{:>11}{:>9}\n",
                       row.method, row.requests_per_second, duration(row.p50), duration(row.p95),
                       duration(row.p99), row.errors);
    if (report.traffic.blocks > 0)
        fmt::format_to(std::back_inserter(text),
                       "meanwhile: {:.0f} transfers/s, {:.1f} Mgas/s in {} blocks\n",
                       report.traffic.transactions_per_second, report.traffic.gas_per_second / 1e6,
                       report.traffic.blocks);
}

}  // namespace

std::string to_text(const std::vector<LoadReport>& reports) {
    std::string text;
    for (const auto& report : reports) append_table(text, report);
    if (reports.size() != 2) return text;
    text += "\nthe first compared with the second\n";
    for (std::size_t i = 0; i < reports[0].methods.size(); ++i) {
        const auto& ours = reports[0].methods[i];
        const auto& theirs = reports[1].methods[i];
        fmt::format_to(
            std::back_inserter(text), "{:<28}{:>8.1f}x requests/s, p99 {:.2f}x\n", ours.method,
            ours.requests_per_second / theirs.requests_per_second,
            static_cast<double>(ours.p99.count()) / static_cast<double>(theirs.p99.count()));
    }
    return text;
}

std::string to_json(const std::vector<LoadReport>& reports) {
    auto document = nlohmann::json::array();
    for (const auto& report : reports) {
        auto methods = nlohmann::json::array();
        for (const auto& row : report.methods)
            methods.push_back({{"method", row.method},
                               {"requests", row.requests},
                               {"errors", row.errors},
                               {"requestsPerSecond", row.requests_per_second},
                               {"p50Nanoseconds", row.p50.count()},
                               {"p95Nanoseconds", row.p95.count()},
                               {"p99Nanoseconds", row.p99.count()}});
        document.push_back({{"url", report.url},
                            {"client", report.client},
                            {"methods", std::move(methods)},
                            {"traffic",
                             {{"transactionsPerSecond", report.traffic.transactions_per_second},
                              {"gasPerSecond", report.traffic.gas_per_second},
                              {"blocks", report.traffic.blocks},
                              {"refused", report.traffic.refused}}}});
    }
    return document.dump(2) + "\n";
}

}  // namespace meta138::op
