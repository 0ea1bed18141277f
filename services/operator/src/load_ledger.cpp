// SPDX-License-Identifier: Apache-2.0
#include "load_ledger.hpp"

#include <algorithm>
#include <cctype>

namespace meta138::op {
namespace {

constexpr std::size_t max_reasons = 32;
constexpr std::size_t max_reason_size = 100;
constexpr std::size_t recent_transactions = 20'000;

}  // namespace

LatencyFigures latency_figures(std::vector<std::chrono::nanoseconds>& durations) {
    if (durations.empty()) return {};
    std::ranges::sort(durations);
    const auto quantile = [&](double share) {
        return durations[static_cast<std::size_t>(share *
                                                  static_cast<double>(durations.size() - 1))];
    };
    return {
        .p50 = quantile(0.5), .p90 = quantile(0.9), .p99 = quantile(0.99), .max = durations.back()};
}

std::string refusal_reason(std::string_view message) {
    std::string reason;
    for (const auto c : message.substr(0, max_reason_size)) {
        const bool is_digit = c >= '0' && c <= '9';
        if (is_digit && reason.ends_with('#')) continue;
        // Of a hexadecimal number the letters go with the digits.
        if (reason.ends_with("#x") && std::isxdigit(static_cast<unsigned char>(c))) continue;
        reason += is_digit ? '#' : c;
    }
    return reason;
}

void LoadLedger::add(const Hash32& hash) {
    index_of_.emplace(hash, static_cast<std::uint32_t>(entries_.size()));
    entries_.emplace_back();
}

void LoadLedger::on_sent(std::size_t index, Time due, Time now) {
    auto& entry = entries_[index];
    if (entry.due < Time{}) {
        entry.due = due;
        ++sent_;
    }
    entry.sent = now;
}

void LoadLedger::on_refused(std::string_view reason) {
    auto text = refusal_reason(reason);
    if (refused_.size() >= max_reasons && !refused_.contains(text)) text = "other reasons";
    ++refused_[std::move(text)];
}

void LoadLedger::on_block(std::uint64_t number, std::uint64_t gas_used,
                          std::span<const Hash32> hashes, Time seen) {
    SeenBlock block{.number = number, .gas_used = gas_used, .seen = seen};
    if (recent_.size() > recent_transactions) recent_.clear();
    for (const auto& hash : hashes) {
        const auto found = index_of_.find(hash);
        if (found == index_of_.end()) continue;
        auto& entry = entries_[found->second];
        if (entry.due < Time{} || entry.included >= Time{}) continue;
        entry.included = seen;
        ++block.ours;
        ++included_;
        ++next_of_[found->second % accounts_];
        recent_.push_back(seen - entry.due);
    }
    blocks_.push_back(block);
}

std::vector<std::size_t> LoadLedger::overdue(Time before) {
    std::vector<std::size_t> result;
    for (std::size_t account = 0; account < accounts_; ++account) {
        const auto index = next_of_[account] * accounts_ + account;
        if (index >= entries_.size()) continue;
        const auto& entry = entries_[index];
        if (entry.sent >= Time{} && entry.sent < before && entry.included < Time{})
            result.push_back(index);
    }
    return result;
}

LatencyFigures LoadLedger::recent_latency() const {
    auto recent = recent_;
    return latency_figures(recent);
}

void LoadLedger::report(TrafficReport& report, Time end) const {
    report.sending = end;
    report.sent = sent_;
    report.included = included_;
    report.not_included = sent_ - included_;
    report.refused = {refused_.begin(), refused_.end()};
    std::vector<Time> latencies;
    for (const auto& entry : entries_)
        if (entry.included >= Time{}) latencies.push_back(entry.included - entry.due);
    report.inclusion = latency_figures(latencies);
    // From block to block: what the first holds was sent before the time that is measured.
    const auto first =
        std::ranges::find_if(blocks_, [](const auto& block) { return block.ours > 0; });
    auto last = first;
    double transactions = 0;
    double gas = 0;
    for (auto block = first; block != blocks_.end() && block->seen <= end; last = block++) {
        if (block == first) continue;
        transactions += static_cast<double>(block->ours);
        gas += static_cast<double>(block->gas_used);
    }
    if (first == last) return;
    const std::chrono::duration<double> time = last->seen - first->seen;
    report.blocks = static_cast<std::uint64_t>(last - first);
    report.transactions_per_second = transactions / time.count();
    report.gas_per_second = gas / time.count();
    report.transactions_per_block = transactions / static_cast<double>(report.blocks);
}

}  // namespace meta138::op
