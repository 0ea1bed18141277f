// SPDX-License-Identifier: Apache-2.0
#include "publisher_state.hpp"

#include "meta138/client/calls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

namespace meta138::oracle {
namespace {

std::optional<BroadcastError> broadcast_error(const client::Result<Hash32>& answer) {
    if (answer) return std::nullopt;
    const auto& error = answer.error();
    if (error.kind != client::CallErrorKind::rpc)
        return BroadcastError{.kind = BroadcastError::Kind::unreachable,
                              .detail = client::to_string(error)};
    auto result = classify_broadcast_error(error.code, error.message);
    if (result) result->detail = client::to_string(error);
    return result;
}

}  // namespace

void Publisher::State::act(const Actions& actions) {
    for (const auto& each : actions)
        std::visit([this](const auto& action) { do_action(action); }, each);
}

void Publisher::State::do_action(const Persist&) {
    if (!file) return;
    try {
        file->save({.chain_id = config.chain.id,
                    .account = signer->account(),
                    .transactions = submitter->pending()});
        file_error.clear();
    } catch (const std::exception& error) {
        // Prices matter more than the file, which only saves a replacement after a crash.
        if (file_error.empty()) log.error("{}", error.what());
        file_error = error.what();
    }
}

void Publisher::State::do_action(const Sign& sign) {
    signer->sign(sign, posted([this, ticket = sign.ticket](
                                  std::expected<Attempt, SigningError> signed_transaction) {
                     if (signed_transaction) signer_error.clear();
                     act(submitter->on_signed(ticket, std::move(signed_transaction), now.steady));
                 }));
}

void Publisher::State::do_action(const Broadcast& broadcast) {
    chain.send<Hash32>(client::send_raw_transaction(broadcast.raw),
                       posted([this, hash = broadcast.hash](client::Result<Hash32> answer) {
                           act(submitter->on_broadcast(hash, broadcast_error(answer), now.steady));
                       }));
}

void Publisher::State::do_action(const Finished& finished) {
    gas_spent += finished.effective_gas_price * finished.gas_used;
    is_capped = false;
    if (finished.outcome == Outcome::confirmed) {
        log.info({{"feed", finished.feed}, {"round", finished.round}},
                 "Wrote {} in block {} ({} gas)", finished.detail, finished.block,
                 finished.gas_used);
    } else if (finished.outcome == Outcome::withdrawn) {
        log.debug({{"feed", finished.feed}}, "Withdrew round {}", finished.round);
    } else {
        log.info({{"feed", finished.feed}, {"round", finished.round}}, "Round {} of {}: {}{}{}",
                 finished.round, finished.feed, to_string(finished.outcome),
                 finished.detail.empty() ? "" : ": ", finished.detail);
    }
    if (auto* const feed = find(finished.feed)) feed->on_finished(finished);
    for (auto& each : feed_tasks) each.due = now.steady;
}

void Publisher::State::do_action(const Notice& notice) {
    using enum Notice::Kind;
    const auto tell = [&](telemetry::Level level, std::string_view what) {
        log.log(level, {{"feed", notice.feed}, {"nonce", notice.nonce}},
                "{} (nonce {}, fee {}){}{}", what, notice.nonce,
                to_string(notice.fees.max_fee_per_gas), notice.detail.empty() ? "" : ": ",
                notice.detail);
    };
    switch (notice.kind) {
        case signing_failed:
            signer_error = notice.detail;
            return tell(telemetry::Level::warn, "Signing failed, trying again");
        case sending_failed: return tell(telemetry::Level::warn, "Sending failed, trying again");
        case sent:
            if (auto* const feed = find(notice.feed)) feed->on_sent();
            // A receipt is not far.
            account_task.due =
                std::min(account_task.due, now.steady + config.chain.block_period / 4);
            return tell(telemetry::Level::debug, "Sent");
        case replaced:
            ++this->replaced;
            return tell(telemetry::Level::info, "Stuck, signed again with higher fees");
        case fee_cap_reached:
            is_capped = true;
            return tell(telemetry::Level::warn, "Stuck, and may not cost more");
        case sent_again: return tell(telemetry::Level::debug, "Sent again");
        case removed_by_reorg:
            ++reorganised;
            return tell(telemetry::Level::warn, "Left the chain in a reorganisation");
    }
}

FeedRunner* Publisher::State::find(std::string_view name) {
    const auto feed = std::ranges::find(
        feeds, name, [](const FeedRunner& each) { return std::string_view{each.config().name}; });
    return feed == feeds.end() ? nullptr : &*feed;
}

}  // namespace meta138::oracle
