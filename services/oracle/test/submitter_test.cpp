// SPDX-License-Identifier: Apache-2.0
#include "meta138/oracle/submitter.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace meta138::oracle {
namespace {

using namespace std::chrono_literals;

template <class T>
std::vector<T> all(const Actions& actions) {
    std::vector<T> result;
    for (const auto& each : actions) {
        if (const auto* const found = std::get_if<T>(&each)) result.push_back(*found);
    }
    return result;
}

Hash32 hash_of(const Sign& sign) {
    Hash32 hash;
    hash[0] = static_cast<std::uint8_t>(sign.nonce);
    hash[1] = static_cast<std::uint8_t>(sign.transmission.round);
    const auto fee = to_hash32(sign.fees.max_fee_per_gas);
    std::ranges::copy_n(fee.begin() + 16, 16, hash.begin() + 2);
    return hash;
}

Attempt signed_form(const Sign& sign) {
    return {.hash = hash_of(sign),
            .raw = {static_cast<std::uint8_t>(sign.nonce)},
            .fees = sign.fees,
            .round = sign.transmission.round};
}

Transmission transmission(std::string feed, std::uint64_t round) {
    return {.feed = std::move(feed),
            .aggregator = {},
            .round = round,
            .call_data = {1},
            .gas_limit = 100'000,
            .description = {}};
}

/// One account at nonce 5, head 100, base fee 100 wei.
class SubmitterTest : public testing::Test {
protected:
    SubmitterTest() {
        view.head = 100;
        view.nonce = 5;
        view.market = {.base_fee_per_gas = 100, .suggested_priority_fee_per_gas = 10};
        settings.stuck_after = 10s;
        settings.max_replacements = 2;
        settings.confirmations = 2;
    }

    Submitter& start(std::vector<PendingTransaction> pending = {}) {
        submitter.emplace(settings, std::move(pending), 1);
        EXPECT_TRUE(submitter->on_view(view, now).empty());
        return *submitter;
    }
    /// Submits, signs and sends to a node that accepts; returns what was signed.
    Sign sent(const std::string& feed, std::uint64_t round) {
        const auto signs = all<Sign>(submitter->submit(transmission(feed, round), now));
        EXPECT_EQ(signs.size(), 1U);
        accept(signs.at(0));
        return signs.at(0);
    }
    void accept(const Sign& sign) {
        const auto sends =
            all<Broadcast>(submitter->on_signed(sign.ticket, signed_form(sign), now));
        ASSERT_EQ(sends.size(), 1U);
        (void)submitter->on_broadcast(sends[0].hash, std::nullopt, now);
    }
    Actions answer(const Sign& sign, BroadcastError::Kind kind) {
        (void)submitter->on_signed(sign.ticket, signed_form(sign), now);
        return submitter->on_broadcast(hash_of(sign), BroadcastError{.kind = kind, .detail = "no"},
                                       now);
    }
    Actions look() { return submitter->on_view(view, now); }
    void include(const Sign& sign, Inclusion::Effect effect = Inclusion::Effect::updated) {
        view.inclusions.push_back({.hash = hash_of(sign),
                                   .block = view.head,
                                   .effect = effect,
                                   .gas_used = 50'000,
                                   .effective_gas_price = 110});
        view.nonce = sign.nonce + 1;
    }

    SubmitterSettings settings;
    AccountView view;
    milliseconds now = 1h;
    std::optional<Submitter> submitter;
};

TEST_F(SubmitterTest, signs_persists_sends_and_confirms) {
    start();
    const auto sign = all<Sign>(submitter->submit(transmission("A", 7), now)).at(0);
    EXPECT_EQ(sign.nonce, 5U);
    EXPECT_EQ(sign.fees, (Fees{.max_fee_per_gas = 210, .max_priority_fee_per_gas = 10}));

    const auto actions = submitter->on_signed(sign.ticket, signed_form(sign), now);
    ASSERT_EQ(actions.size(), 2U);
    EXPECT_TRUE(std::holds_alternative<Persist>(actions[0]));
    EXPECT_TRUE(std::holds_alternative<Broadcast>(actions[1]));
    EXPECT_EQ(submitter->pending().size(), 1U);
    (void)submitter->on_broadcast(hash_of(sign), std::nullopt, now);

    include(sign);
    EXPECT_TRUE(all<Finished>(look()).empty()) << "one block of two";
    ++view.head;
    const auto finished = all<Finished>(look());
    ASSERT_EQ(finished.size(), 1U);
    EXPECT_EQ(finished[0].outcome, Outcome::confirmed);
    EXPECT_EQ(finished[0].round, 7U);
    EXPECT_EQ(finished[0].gas_used, 50'000U);
    EXPECT_EQ(submitter->in_flight(), 0U);
    EXPECT_TRUE(submitter->pending().empty());
    EXPECT_EQ(submitter->deadline(), std::nullopt);
}

TEST_F(SubmitterTest, waits_for_a_view_before_it_takes_a_nonce) {
    Submitter fresh{settings, {}, 1};
    EXPECT_TRUE(fresh.submit(transmission("A", 7), now).empty());
    EXPECT_EQ(all<Sign>(fresh.on_view(view, now)).size(), 1U);
}

TEST_F(SubmitterTest, feeds_share_the_nonces_one_unsent_at_a_time) {
    start();
    const auto first = all<Sign>(submitter->submit(transmission("A", 7), now)).at(0);
    EXPECT_TRUE(submitter->submit(transmission("B", 3), now).empty()) << "A is not sent yet";
    const auto sends = submitter->on_signed(first.ticket, signed_form(first), now);
    const auto next = all<Sign>(submitter->on_broadcast(hash_of(first), std::nullopt, now)).at(0);
    EXPECT_EQ(next.transmission.feed, "B");
    EXPECT_EQ(next.nonce, 6U);
}

TEST_F(SubmitterTest, what_is_stuck_is_replaced_with_the_newest_content) {
    start();
    const auto first = sent("A", 7);
    EXPECT_TRUE(submitter->submit(transmission("A", 8), now).empty());
    now += 9s;
    EXPECT_TRUE(all<Sign>(submitter->on_time(now)).empty());
    EXPECT_EQ(submitter->deadline(), now + 1s);
    now += 1s;
    const auto second = all<Sign>(submitter->on_time(now)).at(0);
    EXPECT_EQ(second.nonce, first.nonce);
    EXPECT_EQ(second.transmission.round, 8U);
    EXPECT_EQ(second.fees.max_fee_per_gas, 236U);  // 12 % more, rounded up
    EXPECT_EQ(second.fees.max_priority_fee_per_gas, 12U);
    accept(second);

    include(first);  // the first one won all the same
    ++view.head;
    const auto finished = all<Finished>(look());
    ASSERT_EQ(finished.size(), 1U);
    EXPECT_EQ(finished[0].round, 7U);
    EXPECT_EQ(finished[0].hash, hash_of(first));
}

TEST_F(SubmitterTest, replacements_end_at_their_number_and_the_last_is_sent_again) {
    start();
    sent("A", 7);
    for (int i = 0; i < 2; ++i) {
        now += 10s;
        accept(all<Sign>(submitter->on_time(now)).at(0));
    }
    now += 10s;
    const auto actions = submitter->on_time(now);
    EXPECT_TRUE(all<Sign>(actions).empty());
    ASSERT_EQ(all<Broadcast>(actions).size(), 1U);
    EXPECT_EQ(all<Notice>(actions).at(0).kind, Notice::Kind::fee_cap_reached);
}

TEST_F(SubmitterTest, replacements_end_at_the_fee_cap) {
    settings.fees.max_fee_per_gas_cap = 220;
    start();
    sent("A", 7);
    now += 10s;
    EXPECT_TRUE(all<Sign>(submitter->on_time(now)).empty());
}

TEST_F(SubmitterTest, an_underpriced_transaction_is_signed_again_at_once) {
    start();
    const auto sign = all<Sign>(submitter->submit(transmission("A", 7), now)).at(0);
    const auto again = all<Sign>(answer(sign, BroadcastError::Kind::replaces_too_cheap)).at(0);
    EXPECT_EQ(again.nonce, sign.nonce);
    EXPECT_GT(again.fees.max_fee_per_gas, sign.fees.max_fee_per_gas);
}

TEST_F(SubmitterTest, unreachable_nodes_are_asked_again_with_the_same_transaction) {
    start();
    const auto sign = all<Sign>(submitter->submit(transmission("A", 7), now)).at(0);
    EXPECT_TRUE(all<Broadcast>(answer(sign, BroadcastError::Kind::unreachable)).empty());
    const auto first = *submitter->deadline() - now;
    EXPECT_GE(first, settings.first_backoff / 2);
    EXPECT_LE(first, settings.first_backoff);
    now = *submitter->deadline();
    const auto again = all<Broadcast>(submitter->on_time(now));
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].hash, hash_of(sign));
    (void)submitter->on_broadcast(again[0].hash,
                                  BroadcastError{.kind = BroadcastError::Kind::unreachable}, now);
    EXPECT_GE(*submitter->deadline() - now, settings.first_backoff);
}

TEST_F(SubmitterTest, an_unreachable_signer_is_asked_again_later_for_the_newest_content) {
    start();
    const auto sign = all<Sign>(submitter->submit(transmission("A", 7), now)).at(0);
    (void)submitter->on_signed(sign.ticket, std::unexpected{SigningError{}}, now);
    (void)submitter->submit(transmission("A", 8), now);
    now = *submitter->deadline();
    const auto again = all<Sign>(submitter->on_time(now)).at(0);
    EXPECT_EQ(again.nonce, sign.nonce);
    EXPECT_EQ(again.transmission.round, 8U);
}

TEST_F(SubmitterTest, a_refusing_signer_frees_the_nonce_for_other_feeds) {
    start();
    const auto sign = all<Sign>(submitter->submit(transmission("A", 7), now)).at(0);
    (void)submitter->submit(transmission("B", 1), now);
    const auto actions = submitter->on_signed(
        sign.ticket, std::unexpected{SigningError{.is_final = true, .detail = "policy"}}, now);
    EXPECT_EQ(all<Finished>(actions).at(0).outcome, Outcome::refused_by_signer);
    const auto next = all<Sign>(actions).at(0);
    EXPECT_EQ(next.nonce, sign.nonce);
    EXPECT_EQ(next.transmission.feed, "B");
}

TEST_F(SubmitterTest, a_refused_feed_waits_before_it_is_tried_again) {
    start();
    const auto sign = all<Sign>(submitter->submit(transmission("A", 7), now)).at(0);
    (void)submitter->on_signed(sign.ticket, std::unexpected{SigningError{.is_final = true}}, now);
    EXPECT_TRUE(submitter->submit(transmission("A", 7), now).empty());
    ASSERT_TRUE(submitter->deadline());
    EXPECT_GT(*submitter->deadline(), now);
    now = *submitter->deadline();
    EXPECT_EQ(all<Sign>(submitter->on_time(now)).size(), 1U);
}

TEST_F(SubmitterTest, an_account_without_funds_says_so_and_keeps_no_nonce) {
    start();
    const auto sign = all<Sign>(submitter->submit(transmission("A", 7), now)).at(0);
    const auto actions = answer(sign, BroadcastError::Kind::insufficient_funds);
    EXPECT_EQ(all<Finished>(actions).at(0).outcome, Outcome::insufficient_funds);
    EXPECT_EQ(submitter->in_flight(), 0U);
}

TEST_F(SubmitterTest, a_replacement_that_cannot_be_paid_leaves_its_predecessor) {
    start();
    const auto first = sent("A", 7);
    now += 10s;
    const auto second = all<Sign>(submitter->on_time(now)).at(0);
    (void)answer(second, BroadcastError::Kind::insufficient_funds);
    EXPECT_EQ(submitter->watched(), std::vector{hash_of(first)});
    now += 10s;
    const auto actions = submitter->on_time(now);
    EXPECT_TRUE(all<Sign>(actions).empty());
    EXPECT_EQ(all<Broadcast>(actions).at(0).hash, hash_of(first));
}

TEST_F(SubmitterTest, a_reorganisation_sends_the_same_transaction_again) {
    start();
    const auto sign = sent("A", 7);
    include(sign);
    (void)look();
    view.inclusions.clear();
    view.nonce = 5;
    const auto actions = look();
    EXPECT_EQ(all<Notice>(actions).at(0).kind, Notice::Kind::removed_by_reorg);
    EXPECT_EQ(all<Broadcast>(actions).at(0).hash, hash_of(sign));
}

TEST_F(SubmitterTest, a_node_that_is_behind_is_no_reorganisation) {
    start();
    include(sent("A", 7));
    (void)look();
    auto behind = view;
    behind.head = 99;
    behind.nonce = 5;
    behind.inclusions.clear();
    EXPECT_TRUE(submitter->on_view(behind, now).empty());
}

TEST_F(SubmitterTest, a_node_that_is_behind_does_not_bring_back_used_nonces) {
    settings.confirmations = 1;
    start();
    include(sent("A", 7));
    (void)look();
    view.nonce = 5;
    view.inclusions.clear();
    (void)look();
    EXPECT_EQ(all<Sign>(submitter->submit(transmission("A", 8), now)).at(0).nonce, 6U);
}

TEST_F(SubmitterTest, a_nonce_used_by_somebody_else_is_given_up_after_three_views) {
    start();
    sent("A", 7);
    view.nonce = 6;
    EXPECT_TRUE(all<Finished>(look()).empty());
    EXPECT_TRUE(all<Finished>(look()).empty());
    EXPECT_EQ(all<Finished>(look()).at(0).outcome, Outcome::superseded);
    EXPECT_EQ(all<Sign>(submitter->submit(transmission("A", 7), now)).at(0).nonce, 6U);
}

TEST_F(SubmitterTest, a_lost_race_is_an_outcome) {
    settings.confirmations = 1;
    start();
    include(sent("A", 7), Inclusion::Effect::skipped);
    EXPECT_EQ(all<Finished>(look()).at(0).outcome, Outcome::skipped);
    include(sent("A", 8), Inclusion::Effect::reverted);
    EXPECT_EQ(all<Finished>(look()).at(0).outcome, Outcome::reverted);
}

TEST_F(SubmitterTest, what_is_not_sent_can_be_withdrawn) {
    start();
    const auto sign = all<Sign>(submitter->submit(transmission("A", 7), now)).at(0);
    EXPECT_EQ(all<Finished>(submitter->withdraw("A", now)).at(0).outcome, Outcome::withdrawn);
    EXPECT_TRUE(submitter->on_signed(sign.ticket, signed_form(sign), now).empty());
    EXPECT_FALSE(submitter->is_busy("A"));

    sent("A", 7);
    EXPECT_TRUE(submitter->withdraw("A", now).empty());
    EXPECT_TRUE(submitter->is_busy("A"));
}

TEST_F(SubmitterTest, a_restart_follows_what_was_sent_before) {
    start();
    const auto sign = sent("A", 7);
    const auto saved = submitter->pending();

    Submitter included{settings, saved, 2};
    auto later = view;
    later.head += 10;
    later.nonce = 6;
    later.inclusions = {
        {.hash = hash_of(sign), .block = 101, .effect = {}, .effective_gas_price{}}};
    EXPECT_EQ(all<Finished>(included.on_view(later, 0s)).at(0).outcome, Outcome::confirmed);

    // Forgotten by the chain: replaced at once, by what the feed needs now.
    Submitter forgotten{settings, saved, 2};
    (void)forgotten.submit(transmission("A", 9), 0s);
    const auto again = all<Sign>(forgotten.on_view(view, 0s)).at(0);
    EXPECT_EQ(again.nonce, 5U);
    EXPECT_EQ(again.transmission.round, 9U);
}

TEST_F(SubmitterTest, a_restart_without_the_state_file_outbids_what_it_sent_before) {
    start();
    const auto forgotten = sent("A", 7);
    start();
    auto sign = all<Sign>(submitter->submit(transmission("A", 7), now)).at(0);
    while (sign.fees.max_fee_per_gas <= forgotten.fees.max_fee_per_gas * 11 / 10) {
        const auto again = all<Sign>(answer(sign, BroadcastError::Kind::replaces_too_cheap));
        ASSERT_EQ(again.size(), 1U);
        sign = again[0];
    }
    accept(sign);
    EXPECT_EQ(sign.nonce, forgotten.nonce);
}

TEST(ClassifyBroadcastError, knows_the_words_of_several_nodes) {
    using enum BroadcastError::Kind;
    const auto kind = [](std::string_view message, std::int64_t code = -32000) {
        return classify_broadcast_error(code, message)->kind;
    };
    EXPECT_FALSE(classify_broadcast_error(-32000, "Known transaction"));
    EXPECT_FALSE(classify_broadcast_error(-32000, "already known"));
    EXPECT_EQ(kind("Nonce too low", -32001), nonce_too_low);
    EXPECT_EQ(kind("nonce too low: next nonce 5, tx nonce 4"), nonce_too_low);
    EXPECT_EQ(kind("Replacement transaction underpriced"), replaces_too_cheap);
    EXPECT_EQ(kind("transaction underpriced: tip needed 1, tip permitted 0"), underpriced);
    EXPECT_EQ(kind("Gas price below configured minimum gas price", -32009), underpriced);
    EXPECT_EQ(kind("max fee per gas less than block base fee"), underpriced);
    EXPECT_EQ(kind("Upfront cost exceeds account balance", -32004), insufficient_funds);
    EXPECT_EQ(kind("insufficient funds for gas * price + value"), insufficient_funds);
    EXPECT_EQ(kind("txpool is full"), busy);
    EXPECT_EQ(kind("whatever", -32603), busy);
    EXPECT_EQ(kind("exceeds block gas limit"), rejected);
}

TEST(Fees, leave_room_for_the_base_fee_to_double_below_the_cap) {
    const FeeSettings settings{.max_fee_per_gas_cap = 1000, .max_priority_fee_per_gas = 50};
    EXPECT_EQ(
        initial_fees(settings, {.base_fee_per_gas = 100, .suggested_priority_fee_per_gas = 20}),
        (Fees{.max_fee_per_gas = 220, .max_priority_fee_per_gas = 20}));
    EXPECT_EQ(
        initial_fees(settings, {.base_fee_per_gas = 900, .suggested_priority_fee_per_gas = 200}),
        (Fees{.max_fee_per_gas = 1000, .max_priority_fee_per_gas = 50}));
    EXPECT_EQ(initial_fees(settings, {}), Fees{}) << "a network without fees";
}

TEST(Fees, of_a_replacement_are_higher_even_from_nothing) {
    const FeeSettings settings{.max_fee_per_gas_cap = 1000, .bump_percent = 10};
    EXPECT_EQ(bumped_fees(settings, {}, {}),
              (Fees{.max_fee_per_gas = 1, .max_priority_fee_per_gas = 1}));
    EXPECT_EQ(bumped_fees(settings, {}, {.max_fee_per_gas = 101, .max_priority_fee_per_gas = 10}),
              (Fees{.max_fee_per_gas = 112, .max_priority_fee_per_gas = 11}));
    EXPECT_EQ(bumped_fees(settings, {}, {.max_fee_per_gas = 950, .max_priority_fee_per_gas = 10}),
              std::nullopt);
    EXPECT_EQ(bumped_fees(settings, {.base_fee_per_gas = ~std::uint64_t{0}},
                          {.max_fee_per_gas = 101, .max_priority_fee_per_gas = 10}),
              (Fees{.max_fee_per_gas = 1000, .max_priority_fee_per_gas = 11}));
}

}  // namespace
}  // namespace meta138::oracle
