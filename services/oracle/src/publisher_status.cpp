// SPDX-License-Identifier: Apache-2.0
#include "publisher_state.hpp"

#include <fmt/format.h>

#include <utility>

namespace meta138::oracle {

void Publisher::State::report() {
    report_due = now.steady + status_interval;
    auto status = make_status();
    const bool was_told = was_healthy.has_value();
    if (status.is_healthy() && was_healthy != true) {
        was_healthy = true;
        log.info("Healthy");
    } else if (!status.is_healthy() && was_healthy != false &&
               (was_told || now.steady - started >= start_grace)) {
        was_healthy = false;
        log.warn("Not healthy: {}", fmt::join(status.problems, "; "));
    }
    metrics.update(status);
    published.store(std::move(status));
}

PublisherStatus Publisher::State::make_status() const {
    PublisherStatus status{.name = config.name,
                           .version = version,
                           .now = now,
                           .chain_id = config.chain.id,
                           .account = signer->account(),
                           .rank = config.publisher.rank,
                           .publishers = config.publisher.publishers,
                           .is_dry_run = config.publisher.dry_run,
                           .endpoint = chain.current_endpoint(),
                           .signer = signer->description(),
                           .signer_error = signer_error,
                           .in_flight = submitter->in_flight(),
                           .waiting = submitter->waiting(),
                           .replaced = replaced,
                           .reorganised = reorganised,
                           .gas_spent = gas_spent};
    for (const auto& each : chain.endpoints())
        status.endpoints.push_back({.name = each.name,
                                    .health = std::string{client::to_string(each.health)},
                                    .head = each.head,
                                    .failures = each.failures,
                                    .last_error = each.last_error});
    if (!account_error.empty()) status.problems.push_back("chain: " + account_error);
    if (!id_error.empty()) status.problems.push_back("chain: " + id_error);
    if (!signer_error.empty()) status.problems.push_back("signer: " + signer_error);
    if (is_capped) status.problems.emplace_back("a transaction is stuck, and may not cost more");
    if (!file_error.empty()) status.warnings.push_back(file_error);
    if (account) {
        status.head = account->view.head;
        status.balance = account->balance;
        status.base_fee = account->view.market.base_fee_per_gas;
        const auto age = std::chrono::duration_cast<std::chrono::seconds>(now.wall) -
                         std::chrono::seconds{account->head_time};
        status.head_age = age;
        if (age > config.chain.max_head_age)
            status.problems.push_back(
                fmt::format("chain: its head is {} s old: it stands still, or our clock is ahead",
                            age.count()));
        if (age < -max_clock_skew)
            status.warnings.push_back(
                fmt::format("our clock is {} s behind the chain's", -age.count()));
    } else if (account_error.empty()) {
        status.problems.emplace_back("chain: not read yet");
    }
    for (const auto& feed : feeds) {
        auto each = feed.status(now, submitter->is_busy(feed.config().name));
        for (const auto& problem : each.problems)
            status.problems.push_back(each.name + ": " + problem);
        if (each.is_paused) status.warnings.push_back(each.name + " is paused");
        status.feeds.push_back(std::move(each));
    }
    return status;
}

}  // namespace meta138::oracle
