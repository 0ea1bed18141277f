// SPDX-License-Identifier: Apache-2.0
#include "meta138/oracle/publisher.hpp"

#include "publisher_state.hpp"

#include "meta138/client/calls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

namespace meta138::oracle {
namespace {

using namespace std::chrono_literals;

// Transactions times attempts whose receipts are asked for in one request.
constexpr std::size_t max_watched = 192;

client::ChainOptions chain_options(const ChainConfig& config,
                                   std::function<void(const client::EndpointStatus&)> on_health) {
    client::ChainOptions options;
    for (std::size_t i = 0; i < config.endpoints.size(); ++i)
        options.endpoints.push_back({.url = config.endpoints[i].reveal()});
    options.request_timeout = config.request_timeout;
    options.poll_interval = config.poll_interval;
    options.failover.stuck_after = config.max_head_age;
    options.http.tls.certificate_file = config.tls.certificate_file.string();
    options.http.tls.key_file = config.tls.key_file.string();
    options.http.tls.authorities_file = config.tls.ca_file.string();
    options.http.tls.system_authorities = config.tls.ca_file.empty();
    options.on_health = std::move(on_health);
    return options;
}

SubmitterSettings submitter_settings(const Config& config) {
    const auto& from = config.transactions;
    SubmitterSettings settings;
    settings.fees.max_fee_per_gas_cap = from.max_fee_per_gas;
    settings.fees.max_priority_fee_per_gas = from.max_priority_fee_per_gas;
    settings.fees.bump_percent = from.replace_bump_percent;
    settings.stuck_after = from.replace_after;
    settings.max_replacements = from.max_replacements;
    settings.confirmations = config.chain.confirmations;
    settings.max_in_flight =
        std::clamp<std::size_t>(max_watched / (from.max_replacements + 1), 1, 16);
    settings.first_backoff = from.backoff;
    settings.max_backoff = from.max_backoff;
    return settings;
}

}  // namespace

Publisher::State::State(const Config& config_of_process, std::string version_text,
                        telemetry::Logger log_of_ours, telemetry::Metrics& metrics_of_process)
    : config{config_of_process},
      version{std::move(version_text)},
      log{std::move(log_of_ours)},
      metrics{config, metrics_of_process},
      feed_tasks((config.feeds.size() + max_feeds_a_batch - 1) / max_feeds_a_batch,
                 Task{.interval = config.chain.poll_interval}),
      signer{make_signer(config.signer, config.chain.id)},
      chain{chain_options(
          config.chain,
          [this](const client::EndpointStatus& endpoint) {
              log.info("Endpoint {} is {}{}{}", endpoint.name, client::to_string(endpoint.health),
                       endpoint.last_error.empty() ? "" : ": ", endpoint.last_error);
          })},
      sources{config, log.named("oracle.Sources"), metrics_of_process} {
    std::vector<PendingTransaction> pending;
    if (!config.publisher.dry_run) {
        const auto& folder = config.publisher.data_dir;
        file = std::make_unique<StateFile>(folder.empty() ? config.file.parent_path() / "data"
                                                          : folder);
        std::string warning;
        pending = file->load(config.chain.id, signer->account(), warning);
        if (!warning.empty()) log.warn("{}", warning);
        if (!pending.empty())
            log.info("{} transactions were in flight when this publisher ended", pending.size());
    }
    for (const auto& each : config.feeds)
        feeds.emplace_back(each, config.publisher, config.transactions, config.chain.block_period);
    submitter.emplace(submitter_settings(config), std::move(pending), std::random_device{}());
    published.store(make_status());
}

void Publisher::State::run() {
    telemetry::set_thread_name("publisher");
    sources.start([this] { mailbox.wake(); });
    while (!is_drained()) {
        now = read_clocks();
        auto next = now.steady + status_interval;
        turn(next);
        const auto wait = std::max(next - now.steady, milliseconds{1});
        for (auto& event : mailbox.wait_until(std::chrono::steady_clock::now() + wait)) {
            now = read_clocks();
            event();
        }
    }
    if (submitter->in_flight() != 0)
        log.info("{} transactions are still under way: the next start follows them",
                 submitter->in_flight());
    sources.stop();
}

bool Publisher::State::is_drained() {
    const int asked = stops.load();
    if (asked == 0) return false;
    now = read_clocks();
    if (!drain_until) {
        drain_until = now.steady + stop_grace;
        for (const auto& feed : feeds) act(submitter->withdraw(feed.config().name, now.steady));
    }
    return asked > 1 || submitter->in_flight() == 0 || now.steady >= *drain_until;
}

void Publisher::State::turn(milliseconds& next) {
    if (submitter->deadline() && *submitter->deadline() <= now.steady)
        act(submitter->on_time(now.steady));
    read_chain();
    if (!drain_until) decide_all();
    if (now.steady >= report_due) report();

    if (const auto deadline = submitter->deadline()) next = std::min(next, *deadline);
    if (!account_task.is_running) next = std::min(next, account_task.due);
    for (const auto& each : feed_tasks)
        if (!each.is_running) next = std::min(next, each.due);
    for (const auto& each : feeds)
        next = std::min(next, std::max(each.due_at(), now.steady + 20ms));
}

// Reading

void Publisher::State::read_chain() {
    if (!id_is_right && id_task.begin(now.steady)) check_chain_id();
    if (account_task.begin(now.steady)) read_account();
    for (std::size_t i = 0; i < feed_tasks.size(); ++i)
        if (feed_tasks[i].begin(now.steady)) read_feeds(i);
    if (registry_task.begin(now.steady)) find_feeds();
    if (signer_task.begin(now.steady)) probe_signer();
}

void Publisher::State::check_chain_id() {
    chain.send<std::uint64_t>(
        client::chain_id(), posted([this](client::Result<std::uint64_t> id) {
            id_task.is_running = false;
            id_task.due = now.steady + 1s;
            if (!id) return;
            id_is_right = *id == config.chain.id;
            id_error = id_is_right ? std::string{}
                                   : fmt::format("endpoint {} is of chain {}, chain.id is {}",
                                                 chain.current_endpoint(), *id, config.chain.id);
            if (!id_is_right) log.error("Nothing is sent: {}", id_error);
        }));
}

void Publisher::State::read_account() {
    oracle::read_account(chain, signer->account(), submitter->watched(),
                         config.transactions.max_priority_fee_per_gas,
                         posted([this](ReadResult<AccountReading> reading) {
                             account_task.is_running = false;
                             if (!reading) {
                                 account_error = std::move(reading).error();
                                 return;
                             }
                             account_error.clear();
                             account = *std::move(reading);
                             if (id_is_right) act(submitter->on_view(account->view, now.steady));
                         }));
}

void Publisher::State::read_feeds(std::size_t batch) {
    std::vector<Address> addresses;
    std::vector<std::size_t> indices;
    const auto end = std::min(feeds.size(), (batch + 1) * max_feeds_a_batch);
    for (auto i = batch * max_feeds_a_batch; i < end; ++i) {
        if (!feeds[i].address()) continue;
        addresses.push_back(*feeds[i].address());
        indices.push_back(i);
    }
    if (addresses.empty()) {
        feed_tasks[batch].is_running = false;
        return;
    }
    oracle::read_feeds(
        chain, signer->account(), addresses,
        posted([this, batch, indices = std::move(indices)](ReadResult<FeedReadings> readings) {
            feed_tasks[batch].is_running = false;
            for (std::size_t i = 0; i < indices.size(); ++i) {
                auto& feed = feeds[indices[i]];
                feed.on_reading(readings ? std::move((*readings)[i])
                                         : std::unexpected{readings.error()});
            }
        }));
}

void Publisher::State::find_feeds() {
    registry_task.is_running = false;
    if (!config.chain.registry) return;
    for (auto& feed : feeds) {
        if (feed.address()) continue;
        registry_task.due = now.steady + 1s;
        oracle::find_feed(chain, *config.chain.registry, feed.config().base, feed.config().quote,
                          posted([this, &feed](ReadResult<Address> found) {
                              if (feed.address()) return;
                              feed.on_address(std::move(found));
                              for (auto& each : feed_tasks) each.due = now.steady;
                          }));
    }
}

void Publisher::State::probe_signer() {
    signer->probe(posted([this](std::expected<void, std::string> found) {
        signer_task.is_running = false;
        const auto before = std::exchange(signer_error, found ? std::string{} : found.error());
        if (before.empty() && !found)
            log.warn("The {} cannot sign: {}", signer->description(), signer_error);
        if (!before.empty() && found) log.info("The {} can sign again", signer->description());
        if (!found) signer_task.due = now.steady + 2s;
    }));
}

// Deciding

void Publisher::State::decide_all() {
    const auto board = sources.board();
    for (auto& feed : feeds) {
        if (now.steady < feed.due_at()) continue;
        auto step = feed.decide(*board, now, submitter->is_busy(feed.config().name));
        take(feed, std::move(step));
    }
}

void Publisher::State::take(FeedRunner& feed, FeedStep step) {
    switch (step.kind) {
        case FeedStep::Kind::nothing: return;
        case FeedStep::Kind::withdraw:
            return act(submitter->withdraw(feed.config().name, now.steady));
        case FeedStep::Kind::submit:
            if (drain_until || !id_is_right) return;
            return act(submitter->submit(std::move(step.transmission), now.steady));
        case FeedStep::Kind::announce:
            return log.info({{"feed", feed.config().name}}, "Dry run, would send: {}",
                            step.transmission.description);
        case FeedStep::Kind::estimate:
            return estimate(chain, signer->account(), step.transmission,
                            posted([this, &feed](const Estimate& result) {
                                if (!result.gas && !result.is_round_taken && !result.is_early)
                                    log.warn({{"feed", feed.config().name}},
                                             "An update cannot be sent: {}", result.reason);
                                take(feed, feed.on_estimate(result, now.steady));
                                if (feed.needs_reading())
                                    for (auto& each : feed_tasks) each.due = now.steady;
                            }));
    }
}

Publisher::Publisher(const Config& config, std::string version, telemetry::Logger log,
                     telemetry::Metrics& metrics)
    : state_{std::make_unique<State>(config, std::move(version), std::move(log), metrics)} {}

Publisher::~Publisher() = default;

void Publisher::run() {
    state_->run();
}

void Publisher::stop() {
    ++state_->stops;
    state_->mailbox.wake();
}

std::shared_ptr<const PublisherStatus> Publisher::status() const {
    return state_->published.load();
}

}  // namespace meta138::oracle
