// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/load_traffic.hpp"

#include "load_ledger.hpp"
#include "load_reader.hpp"
#include "load_sender.hpp"
#include "load_setup.hpp"
#include "load_signed.hpp"
#include "load_watcher.hpp"

#include "meta138/contracts/abi.hpp"
#include "meta138/contracts/feed.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <sys/resource.h>

#include <algorithm>
#include <future>
#include <ostream>
#include <utility>

namespace meta138::op {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr double share_of_reads = 0.1;  // of a mixed load
constexpr auto tick = 5ms;
/// A transaction that is in no block after so long is sent again.
constexpr auto resend_after = 8s;
constexpr double guessed_rate = 6'000;  // for signing ahead, where none is given

double processor_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double transaction_rate(const TrafficOptions& options) {
    return options.scenario == Scenario::mixed ? options.rate * (1 - share_of_reads) : options.rate;
}

std::size_t transactions_wanted(const TrafficOptions& options) {
    const auto rate = options.rate > 0 ? transaction_rate(options) : guessed_rate;
    const std::chrono::duration<double> time = options.duration;
    return static_cast<std::size_t>(rate * time.count()) + options.accounts;
}

/// One measurement of transactions: what is due when, and what became of it.
class Traffic {
public:
    Traffic(const TrafficOptions& options, client::Chain& chain, SigningAhead& signing,
            std::ostream& progress)
        : options_{options},
          chain_{chain},
          signing_{signing},
          progress_{progress},
          ledger_{options.accounts} {}

    void run(TrafficReport& report) {
        auto presigned = signing_.sign(std::min(options_.presigned, transactions_wanted(options_)));
        signing_.start(presigned.size() < transactions_wanted(options_) || options_.rate == 0
                           ? options_.in_flight
                           : 0);
        LoadWatcher watcher{chain_, must_ask(chain_, client::block_number())};
        start_ = Clock::now();
        LoadSender sender{options_, ledger_, start_};
        sender.add_signed(std::move(presigned));
        const auto processor = processor_seconds();
        auto sending_ended = LoadLedger::Time{};
        while (true) {
            take_blocks(watcher);
            if (now() < options_.duration) {
                sender.add_signed(signing_.take());
                queue_due(sender);
                sending_ended = now();
            } else if (ledger_.outstanding() == 0 && sender.queued() == 0) {
                break;
            } else if (now() > options_.duration + options_.patience) {
                break;
            }
            resend(sender);
            sender.advance();
            say_progress();
            sender.wait(tick);
        }
        const std::chrono::duration<double> time = now();
        report.own_processor_share = (processor_seconds() - processor) / time.count();
        ledger_.report(report, sending_ended);
        fmt::print(progress_, "\n");
    }

private:
    [[nodiscard]] LoadLedger::Time now() const { return Clock::now() - start_; }

    void take_blocks(LoadWatcher& watcher) {
        for (const auto& [head, seen] : watcher.take())
            ledger_.on_block(head.number, head.gas_used, head.transactions, seen - start_);
    }

    void queue_due(LoadSender& sender) {
        const auto rate = transaction_rate(options_);
        if (rate > 0) {
            const std::chrono::duration<double> time = now();
            for (auto due = static_cast<std::size_t>(time.count() * rate);
                 queued_ < due && sender.unused() > 0; ++queued_)
                sender.queue_next(std::chrono::nanoseconds{
                    static_cast<std::int64_t>(static_cast<double>(queued_) * 1e9 / rate)});
            return;
        }
        while (ledger_.outstanding() + sender.queued() < options_.in_flight &&
               sender.unused() > 0 && sender.queued() < 4 * options_.batch * options_.urls.size())
            sender.queue_next(now());
    }

    void resend(LoadSender& sender) {
        if (now() < resend_at_) return;
        resend_at_ = now() + 1s;
        for (const auto index : ledger_.overdue(now() - resend_after)) sender.queue_again(index);
    }

    void say_progress() {
        if (now() < progress_at_) return;
        const std::chrono::duration<double> passed = now() - progress_at_ + 1s;
        const auto included = ledger_.included();
        const auto per_second = static_cast<double>(included - said_included_) / passed.count();
        const auto latency = ledger_.recent_latency();
        fmt::print(progress_,
                   "{:4} s  sent {:9}  in blocks {:9}  {:7.0f}/s  under way {:7}  latency p50 "
                   "{:.2f} s  p99 {:.2f} s\n",
                   std::chrono::round<std::chrono::seconds>(now()).count(), ledger_.sent(),
                   included, per_second, ledger_.outstanding(),
                   std::chrono::duration<double>{latency.p50}.count(),
                   std::chrono::duration<double>{latency.p99}.count());
        progress_.flush();
        said_included_ = included;
        progress_at_ = now() + 1s;
    }

    const TrafficOptions& options_;
    client::Chain& chain_;
    SigningAhead& signing_;
    std::ostream& progress_;
    LoadLedger ledger_;
    Clock::time_point start_{};
    std::size_t queued_ = 0;
    LoadLedger::Time resend_at_ = 1s;
    LoadLedger::Time progress_at_ = 1s;
    std::uint64_t said_included_ = 0;
};

std::vector<LoadRead> reads_of(const TrafficOptions& options, const LoadContracts& contracts,
                               const std::vector<LoadAccount>& accounts) {
    std::vector<LoadRead> reads;
    for (const auto& feed : options.feeds)
        reads.push_back({.to = feed, .data = contracts::encode_latest_round_data()});
    if (reads.empty() && options.scenario == Scenario::mixed)
        for (const auto& account : accounts)
            reads.push_back({.to = contracts.token,
                             .data = contracts::abi::Arguments{}
                                         .address(account.address)
                                         .call("balanceOf(address)")});
    if (reads.empty())
        throw LoadError{"no feed to read: name one with --feed, or a manifest with --manifest"};
    return reads;
}

void measure_reads_only(const TrafficOptions& options, TrafficReport& report,
                        std::ostream& progress) {
    fmt::print(progress, "reading {} feeds\n", options.feeds.size());
    const auto processor = processor_seconds();
    const auto start = Clock::now();
    report.reads = run_reads(options.urls, reads_of(options, {}, {}), options.rate,
                             start + options.duration, {});
    report.sending = Clock::now() - start;
    report.own_processor_share =
        (processor_seconds() - processor) / std::chrono::duration<double>{report.sending}.count();
}

void measure_transactions(const TrafficOptions& options, client::Chain& chain,
                          TrafficReport& report, std::ostream& progress) {
    LoadSetup setup{chain, options.funder ? options.funder->duplicate() : development_key(),
                    progress};
    auto accounts = make_load_accounts(options.seed, options.accounts);
    const auto turns = transactions_wanted(options) / options.accounts + 4;
    setup.fund(accounts, turns, highest_gas_limit(options.scenario));
    const auto contracts = setup.deploy(options.scenario, accounts);
    SigningAhead signing{options.scenario, accounts, setup.fees(), contracts};
    fmt::print(progress, "signing\n");
    progress.flush();
    Traffic traffic{options, chain, signing, progress};
    std::future<ReadFigures> reads;
    if (options.scenario == Scenario::mixed)
        reads = std::async(std::launch::async, [&, what = reads_of(options, contracts, accounts)] {
            return run_reads(options.urls, what,
                             options.rate > 0 ? options.rate * share_of_reads : 200,
                             Clock::now() + options.duration, {});
        });
    traffic.run(report);
    if (reads.valid()) report.reads = reads.get();
}

}  // namespace

std::string_view to_string(Scenario scenario) noexcept {
    switch (scenario) {
        case Scenario::transfers: return "transfers";
        case Scenario::erc20: return "erc20";
        case Scenario::swaps: return "swaps";
        case Scenario::oracle_reads: return "oracle-reads";
        case Scenario::mixed: return "mixed";
    }
    return {};
}

std::optional<Scenario> parse_scenario(std::string_view name) noexcept {
    for (const auto scenario : {Scenario::transfers, Scenario::erc20, Scenario::swaps,
                                Scenario::oracle_reads, Scenario::mixed})
        if (name == to_string(scenario)) return scenario;
    return std::nullopt;
}

TrafficReport run_traffic(const TrafficOptions& options, std::ostream& progress) {
    TrafficReport report{.scenario = options.scenario, .urls = options.urls, .rate = options.rate};
    client::ChainOptions chain_options;
    chain_options.endpoints.push_back({.url = options.urls.front()});
    client::Chain chain{std::move(chain_options)};
    report.client = must_ask(chain, client::client_version());
    if (options.scenario == Scenario::oracle_reads)
        measure_reads_only(options, report, progress);
    else
        measure_transactions(options, chain, report, progress);
    return report;
}

}  // namespace meta138::op
