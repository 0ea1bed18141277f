// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/operator/load_rpc.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::op {

/// What is done to a chain: value transfers, transfers of a token, swaps in one pair, reads of a
/// feed, or transfers, tokens, swaps and reads in the ratio 10 : 5 : 3 : 2.
enum class Scenario : std::uint8_t { transfers, erc20, swaps, oracle_reads, mixed };
[[nodiscard]] std::string_view to_string(Scenario scenario) noexcept;
[[nodiscard]] std::optional<Scenario> parse_scenario(std::string_view name) noexcept;

struct TrafficOptions {
    Scenario scenario = Scenario::transfers;
    /// Each account sends through one of them; blocks are watched through the first.
    std::vector<std::string> urls = {"http://127.0.0.1:8545"};
    /// Transactions (and reads) a second, due at even intervals whatever the chain does; 0: as many
    /// as it takes.
    double rate = 0;
    std::chrono::milliseconds duration{30'000};
    std::size_t accounts = 500;
    /// Who pays for the accounts and deploys contracts. Absent: the first account that development
    /// chains give money to, whose key is public.
    std::optional<crypto::SecretKey> funder = {};
    /// The accounts' keys follow from it, so that another run finds them funded.
    std::string seed = "meta138 load";
    /// Transactions in one request, requests under way at one URL.
    std::size_t batch = 100;
    std::size_t connections = 2;
    /// Without a rate: transactions that are sent and not yet in a block.
    std::size_t in_flight = 10'000;
    /// Transactions signed before the measurement; more are signed while it runs.
    std::size_t presigned = 400'000;
    /// Feeds to read.
    std::vector<Address> feeds = {};
    /// For transactions that are under way when sending ends.
    std::chrono::milliseconds patience{15'000};
    bool json = false;  ///< One JSON document instead of text.
};

/// Quantiles of a duration.
struct LatencyFigures {
    std::chrono::nanoseconds p50{};
    std::chrono::nanoseconds p90{};
    std::chrono::nanoseconds p99{};
    std::chrono::nanoseconds max{};
};
/// Sorts its argument.
[[nodiscard]] LatencyFigures latency_figures(std::vector<std::chrono::nanoseconds>& durations);

struct ReadFigures {
    std::uint64_t answered = 0;
    std::map<std::string, std::uint64_t> failed = {};  ///< by reason
    double per_second = 0;
    LatencyFigures latency = {};  ///< From the time a read was due.
};

struct TrafficReport {
    Scenario scenario = Scenario::transfers;
    std::vector<std::string> urls = {};
    std::string client = {};  ///< web3_clientVersion
    double rate = 0;
    std::chrono::nanoseconds sending{};  ///< How long transactions were sent.
    std::uint64_t sent = 0;              ///< Each counted once.
    std::uint64_t included = 0;
    std::uint64_t not_included = 0;  ///< When patience ended.
    /// Refusals by reason; a refused transaction is sent again, so that one may count often.
    std::map<std::string, std::uint64_t> refused = {};
    std::uint64_t blocks = 0;  ///< Of the figures below: from the first to the last while sending.
    double transactions_per_second = 0;  ///< Sustained: ours in these blocks.
    double gas_per_second = 0;           ///< Of all in these blocks.
    double transactions_per_block = 0;
    LatencyFigures inclusion = {};  ///< From the time a transaction was due to its block.
    ReadFigures reads = {};
    double own_processor_share = 0;  ///< Of this program, while it measured; 1: one core.
};

/// Signs, funds and deploys what the scenario needs, measures, and tells how far it is on
/// `progress`. Throws LoadError.
[[nodiscard]] TrafficReport run_traffic(const TrafficOptions& options, std::ostream& progress);

/// For people, and JSON.
[[nodiscard]] std::string to_text(const TrafficReport& report);
[[nodiscard]] std::string to_json(const TrafficReport& report);

}  // namespace meta138::op
