// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/operator/load_traffic.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace meta138::op {

/// A block that the load's watcher has seen.
struct SeenBlock {
    std::uint64_t number = 0;
    std::uint64_t gas_used = 0;
    std::size_t ours = 0;
    std::chrono::nanoseconds seen{};
};

/// What became of every transaction of a load. Does no I/O and reads no clock: times are since the
/// beginning of the measurement.
///
/// Transaction `i` is of account `i % accounts`, and its nonces ascend with `i`.
class LoadLedger {
public:
    using Time = std::chrono::nanoseconds;

    explicit LoadLedger(std::size_t accounts) : accounts_{accounts}, next_of_(accounts) {}

    /// A signed transaction; they come in the order of their indices.
    void add(const Hash32& hash);
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

    /// Sent, for the first time or again. `due` is when it should have been sent at first.
    void on_sent(std::size_t index, Time due, Time now);
    void on_refused(std::string_view reason);
    /// A block in which these transactions are, other people's among them.
    void on_block(std::uint64_t number, std::uint64_t gas_used, std::span<const Hash32> hashes,
                  Time seen);

    [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }
    [[nodiscard]] std::uint64_t included() const noexcept { return included_; }
    [[nodiscard]] std::uint64_t outstanding() const noexcept { return sent_ - included_; }

    /// The first transaction of each account that is in no block though it was sent before
    /// `before`: a node may have dropped it, and then all behind it wait.
    [[nodiscard]] std::vector<std::size_t> overdue(Time before);

    /// Figures of what was sent until `end`.
    void report(TrafficReport& report, Time end) const;
    /// Latencies of the last blocks, for a progress line.
    [[nodiscard]] LatencyFigures recent_latency() const;

private:
    struct Entry {
        Time due{-1};
        Time sent{-1};
        Time included{-1};
    };

    const std::size_t accounts_;
    std::vector<Entry> entries_;
    std::unordered_map<Hash32, std::uint32_t> index_of_;
    std::vector<std::size_t> next_of_;  // by account: turns whose transactions are in blocks
    std::vector<SeenBlock> blocks_;
    std::map<std::string, std::uint64_t, std::less<>> refused_;
    std::uint64_t sent_ = 0;
    std::uint64_t included_ = 0;
    std::vector<Time> recent_;
};

/// A node's message without what differs from one transaction to the next, so that refusals can be
/// counted by reason.
[[nodiscard]] std::string refusal_reason(std::string_view message);

}  // namespace meta138::op
