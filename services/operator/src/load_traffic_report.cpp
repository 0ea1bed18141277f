// SPDX-License-Identifier: Apache-2.0
#include "meta138/codec/json/writer.hpp"
#include "meta138/operator/load_traffic.hpp"

#include <fmt/format.h>

#include <iterator>

namespace meta138::op {
namespace {

double seconds(std::chrono::nanoseconds time) {
    return std::chrono::duration<double>{time}.count();
}

std::string text_of(const LatencyFigures& latency) {
    return fmt::format("p50 {:.3f} s  p90 {:.3f} s  p99 {:.3f} s  max {:.3f} s",
                       seconds(latency.p50), seconds(latency.p90), seconds(latency.p99),
                       seconds(latency.max));
}

void append_failures(std::string& text, const std::map<std::string, std::uint64_t>& failures) {
    for (const auto& [reason, count] : failures)
        fmt::format_to(std::back_inserter(text), "  {:>10}  {}\n", count, reason);
}

void write(json::Writer& out, const LatencyFigures& latency) {
    out.open_object();
    out.key("p50").number(seconds(latency.p50));
    out.key("p90").number(seconds(latency.p90));
    out.key("p99").number(seconds(latency.p99));
    out.key("max").number(seconds(latency.max));
    out.close_object();
}

void write(json::Writer& out, const std::map<std::string, std::uint64_t>& failures) {
    // Reasons are a node's words, which a name in JSON could not always hold.
    out.open_array();
    for (const auto& [reason, count] : failures) {
        out.open_object();
        out.key("reason").string(reason);
        out.key("count").number(count);
        out.close_object();
    }
    out.close_array();
}

}  // namespace

std::string to_text(const TrafficReport& report) {
    std::string text;
    const auto line = [&](std::string_view name, const std::string& value) {
        fmt::format_to(std::back_inserter(text), "{:<22}{}\n", name, value);
    };
    line("load", std::string{to_string(report.scenario)} +
                     (report.rate > 0 ? fmt::format(", {:.0f}/s", report.rate) : ", saturation"));
    line("node", fmt::format("{} at {}", report.client, fmt::join(report.urls, ", ")));
    if (report.scenario != Scenario::oracle_reads) {
        line("sustained", fmt::format("{:.0f} transactions/s, {:.1f} Mgas/s ({} blocks of {:.0f})",
                                      report.transactions_per_second, report.gas_per_second / 1e6,
                                      report.blocks, report.transactions_per_block));
        line("from due to block", text_of(report.inclusion));
        line("sent", fmt::format("{} in {:.1f} s; {} in blocks, {} not", report.sent,
                                 seconds(report.sending), report.included, report.not_included));
        if (!report.refused.empty()) text += "refused, and sent again\n";
        append_failures(text, report.refused);
    }
    if (report.reads.answered > 0 || !report.reads.failed.empty()) {
        line("reads", fmt::format("{:.0f}/s", report.reads.per_second));
        line("from due to answer", text_of(report.reads.latency));
        if (!report.reads.failed.empty()) text += "reads that failed\n";
        append_failures(text, report.reads.failed);
    }
    line("this program took", fmt::format("{:.0f} % of a core", 100 * report.own_processor_share));
    return text;
}

std::string to_json(const TrafficReport& report) {
    std::string text;
    json::Writer out{text};
    out.open_object();
    out.key("load").string(to_string(report.scenario));
    out.key("client").string(report.client);
    out.key("urls").open_array();
    for (const auto& url : report.urls) out.string(url);
    out.close_array();
    out.key("rate").number(report.rate);
    out.key("sendingSeconds").number(seconds(report.sending));
    out.key("sent").number(report.sent);
    out.key("included").number(report.included);
    out.key("notIncluded").number(report.not_included);
    write(out.key("refused"), report.refused);
    out.key("blocks").number(report.blocks);
    out.key("transactionsPerSecond").number(report.transactions_per_second);
    out.key("gasPerSecond").number(report.gas_per_second);
    out.key("transactionsPerBlock").number(report.transactions_per_block);
    write(out.key("inclusionSeconds"), report.inclusion);
    out.key("reads").open_object();
    out.key("answered").number(report.reads.answered);
    write(out.key("failed"), report.reads.failed);
    out.key("perSecond").number(report.reads.per_second);
    write(out.key("seconds"), report.reads.latency);
    out.close_object();
    out.key("ownProcessorShare").number(report.own_processor_share);
    out.close_object();
    return text + "\n";
}

}  // namespace meta138::op
