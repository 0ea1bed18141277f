// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chain_reader.hpp"
#include "feed_runner.hpp"
#include "mailbox.hpp"
#include "oracle_metrics.hpp"
#include "state_file.hpp"
#include "transaction_signer.hpp"

#include "meta138/base/published.hpp"
#include "meta138/client/chain.hpp"
#include "meta138/oracle/publisher.hpp"
#include "meta138/oracle/sources.hpp"
#include "meta138/oracle/submitter.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meta138::oracle {

/// Something done again and again, one at a time.
struct Task {
    milliseconds interval{};
    milliseconds due{};
    bool is_running = false;

    [[nodiscard]] bool begin(milliseconds now) {
        if (is_running || now < due) return false;
        due = now + interval;
        is_running = true;
        return true;
    }
};

/// publisher.cpp has the loop, reading and deciding; publisher_actions.cpp what is done about it;
/// publisher_status.cpp what is told.
struct Publisher::State {
    State(const Config& config_of_process, std::string version_text, telemetry::Logger log_of_ours,
          telemetry::Metrics& metrics_of_process);

    void run();
    void turn(milliseconds& next);
    void read_chain();
    void read_account();
    void read_feeds(std::size_t from);
    void find_feeds();
    void probe_signer();
    void check_chain_id();
    void decide_all();
    void decide(FeedRunner& feed);
    void take(FeedRunner& feed, FeedStep step);
    void act(const Actions& actions);
    void do_action(const Persist&);
    void do_action(const Sign& sign);
    void do_action(const Broadcast& broadcast);
    void do_action(const Finished& finished);
    void do_action(const Notice& notice);
    void report();
    [[nodiscard]] PublisherStatus make_status() const;
    [[nodiscard]] FeedRunner* find(std::string_view name);
    [[nodiscard]] bool is_drained();

    /// Runs `event` with a result on run()'s thread.
    template <class Event>
    auto posted(Event event) {
        return [this, event = std::move(event)](auto result) mutable {
            mailbox.post([event = std::move(event), result = std::move(result)]() mutable {
                event(std::move(result));
            });
        };
    }

    static constexpr milliseconds status_interval{500};
    static constexpr milliseconds signer_probe_interval{15'000};
    static constexpr milliseconds registry_interval{30'000};
    /// Until then sources, chain and signer may not have answered for the first time.
    static constexpr milliseconds start_grace{10'000};

    const Config& config;
    std::string version;
    telemetry::Logger log;
    Mailbox mailbox;  // outlives those that post to it
    Published<PublisherStatus> published;
    std::atomic<int> stops{0};

    std::unique_ptr<StateFile> file;
    std::deque<FeedRunner> feeds;
    std::optional<Submitter> submitter;
    OracleMetrics metrics;

    Instant now = read_clocks();
    Task account_task{.interval = config.chain.poll_interval};
    std::vector<Task> feed_tasks;  // one for each batch of feeds
    Task registry_task{.interval = registry_interval};
    Task signer_task{.interval = signer_probe_interval};
    Task id_task{.interval = registry_interval};
    milliseconds report_due{};
    std::optional<milliseconds> drain_until;
    milliseconds started = now.steady;
    std::optional<bool> was_healthy;  // as the log says; absent at the start

    std::optional<AccountReading> account;
    std::string account_error;
    std::string signer_error;
    std::string id_error;
    std::string file_error;
    bool id_is_right = false;
    bool is_capped = false;
    std::uint64_t replaced = 0;
    std::uint64_t reorganised = 0;
    uint256 gas_spent = 0;

    std::unique_ptr<TransactionSigner> signer;
    client::Chain chain;
    Sources sources;
};

}  // namespace meta138::oracle
