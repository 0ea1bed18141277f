// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/nonce_queue.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace meta138::signer {
namespace {

using namespace std::chrono_literals;

Hash32 hash_of(Ticket ticket) {
    Hash32 hash;
    hash[31] = static_cast<std::uint8_t>(ticket);
    return hash;
}

template <typename Action>
std::vector<Action> of(const NonceActions& actions) {
    std::vector<Action> found;
    for (const auto& action : actions) {
        if (const auto* one = std::get_if<Action>(&action)) found.push_back(*one);
    }
    return found;
}

NodeError refusal(std::string message) {
    return {.code = -32000, .message = std::move(message), .data = {}};
}

/// A queue that has been told the account's counts.
class NonceQueueTest : public testing::Test {
protected:
    void start(const Counts& counts = {}) {
        (void)queue.on(Submit{.request = 999}, now);
        const auto actions = queue.on(counts, now);
        // The request that made it ask gets the first nonce, and gives it back.
        const auto signs = of<Sign>(actions);
        ASSERT_EQ(signs.size(), 1U);
        (void)queue.on(SignFailed{.ticket = signs[0].ticket, .reason = ""}, now);
    }
    Sign submit(RequestId request) {
        const auto signs = of<Sign>(queue.on(Submit{.request = request}, now));
        EXPECT_EQ(signs.size(), 1U);
        return signs.empty() ? Sign{} : signs[0];
    }
    NonceActions sign(const Sign& action) {
        return queue.on(Signed{.ticket = action.ticket,
                               .hash = hash_of(action.ticket),
                               .raw = std::make_shared<const Bytes>(Bytes{1})},
                        now);
    }
    /// Submits and signs, and expects it to be sent.
    Send send(RequestId request) {
        const auto sends = of<Send>(sign(submit(request)));
        EXPECT_EQ(sends.size(), 1U);
        return sends.empty() ? Send{} : sends[0];
    }
    NonceActions accept(Ticket ticket) {
        return queue.on(SendAnswered{.ticket = ticket, .outcome = SendAnswered::Accepted{}}, now);
    }
    NonceActions refuse(Ticket ticket, std::string message) {
        return queue.on(SendAnswered{.ticket = ticket, .outcome = refusal(std::move(message))},
                        now);
    }
    NonceActions lose(Ticket ticket) {
        return queue.on(SendAnswered{.ticket = ticket, .outcome = SendAnswered::Unknown{}}, now);
    }
    NonceActions wait(std::chrono::milliseconds time) {
        now += time;
        return queue.on(Tick{}, now);
    }

    QueueTime now{};
    NonceQueueOptions options{};
    NonceQueue queue{options};
};

TEST_F(NonceQueueTest, asks_for_counts_before_it_gives_a_nonce) {
    const auto actions = queue.on(Submit{.request = 1}, now);
    ASSERT_EQ(actions.size(), 1U);
    EXPECT_TRUE(std::holds_alternative<FetchCounts>(actions[0]));
    const auto signs = of<Sign>(queue.on(Counts{.latest = 5, .pending = 7}, now));
    ASSERT_EQ(signs.size(), 1U);
    EXPECT_EQ(signs[0].nonce, 7U);
    EXPECT_EQ(signs[0].request, 1U);
}

TEST_F(NonceQueueTest, gives_nonces_in_order_and_sends_in_order) {
    start({.latest = 3, .pending = 3});
    const auto first = submit(1);
    const auto second = submit(2);
    EXPECT_EQ(first.nonce, 3U);
    EXPECT_EQ(second.nonce, 4U);
    EXPECT_TRUE(of<Send>(sign(second)).empty());
    const auto sends = of<Send>(sign(first));
    ASSERT_EQ(sends.size(), 2U);
    EXPECT_EQ(sends[0].nonce, 3U);
    EXPECT_EQ(sends[1].nonce, 4U);
}

TEST_F(NonceQueueTest, answers_with_the_hash_when_the_node_has_accepted) {
    start();
    const auto sent = send(1);
    const auto actions = accept(sent.ticket);
    const auto answers = of<Answer>(actions);
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].request, 1U);
    EXPECT_EQ(std::get<Answer::Accepted>(answers[0].outcome).hash, sent.hash);
    EXPECT_EQ(of<MarkAccepted>(actions).size(), 1U);
    EXPECT_EQ(queue.status().unmined, 1U);
}

TEST_F(NonceQueueTest, what_the_node_knows_already_is_accepted) {
    start();
    const auto sent = send(1);
    EXPECT_TRUE(std::holds_alternative<Answer::Accepted>(
        of<Answer>(refuse(sent.ticket, "Known transaction")).at(0).outcome));
}

TEST_F(NonceQueueTest, a_refused_nonce_goes_to_the_next_request) {
    start();
    const auto first = send(1);
    const auto actions = refuse(first.ticket, "insufficient funds");
    EXPECT_EQ(std::get<NodeError>(of<Answer>(actions).at(0).outcome).message, "insufficient funds");
    EXPECT_EQ(of<Release>(actions).at(0).hash, first.hash);
    EXPECT_EQ(submit(2).nonce, 0U);
}

TEST_F(NonceQueueTest, a_gap_below_accepted_ones_goes_to_the_next_request) {
    start();
    const auto first = send(1);
    const auto second = send(2);
    (void)accept(second.ticket);
    (void)refuse(first.ticket, "insufficient funds");
    EXPECT_EQ(queue.status().gaps, 1U);
    EXPECT_EQ(submit(3).nonce, 0U);
    EXPECT_EQ(submit(4).nonce, 2U);
}

TEST_F(NonceQueueTest, a_gap_that_nobody_wants_is_filled_with_a_transfer_of_nothing) {
    start();
    const auto first = send(1);
    const auto second = send(2);
    (void)accept(second.ticket);
    (void)refuse(first.ticket, "insufficient funds");
    EXPECT_EQ(queue.next_time(), now + options.gap_patience);
    const auto signs = of<Sign>(wait(options.gap_patience));
    ASSERT_EQ(signs.size(), 1U);
    EXPECT_EQ(signs[0].nonce, 0U);
    EXPECT_FALSE(signs[0].request);
    (void)accept(of<Send>(sign(signs[0])).at(0).ticket);
    EXPECT_EQ(queue.status().filled, 1U);
    EXPECT_EQ(queue.status().gaps, 0U);
}

TEST_F(NonceQueueTest, a_filler_that_is_refused_is_tried_again_later_and_later) {
    start();
    const auto first = send(1);
    (void)accept(send(2).ticket);
    (void)refuse(first.ticket, "insufficient funds");
    for (const auto delay : {500ms, 1'000ms, 2'000ms, 4'000ms}) {
        EXPECT_TRUE(of<Sign>(wait(delay - 1ms)).empty());
        const auto signs = of<Sign>(wait(1ms));
        ASSERT_EQ(signs.size(), 1U);
        (void)refuse(of<Send>(sign(signs[0])).at(0).ticket, "insufficient funds");
    }
}

TEST_F(NonceQueueTest, a_gap_is_left_when_filling_is_off) {
    queue.~NonceQueue();
    std::construct_at(&queue, NonceQueueOptions{.fills_gaps = false});
    start();
    const auto first = send(1);
    (void)accept(send(2).ticket);
    (void)refuse(first.ticket, "insufficient funds");
    EXPECT_TRUE(of<Sign>(wait(1h)).empty());
    EXPECT_EQ(queue.status().gaps, 1U);
}

TEST_F(NonceQueueTest, after_a_time_out_the_same_bytes_are_sent_again) {
    start();
    const auto sent = send(1);
    EXPECT_TRUE(of<Answer>(lose(sent.ticket)).empty());
    const auto sends = of<Send>(wait(options.first_retry));
    ASSERT_EQ(sends.size(), 1U);
    EXPECT_EQ(sends[0].hash, sent.hash);
    EXPECT_EQ(of<Answer>(accept(sent.ticket)).size(), 1U);
}

TEST_F(NonceQueueTest, after_a_time_out_a_refusal_is_not_believed_at_once) {
    start();
    const auto sent = send(1);
    (void)lose(sent.ticket);
    (void)wait(options.first_retry);
    const auto actions = refuse(sent.ticket, "insufficient funds");
    EXPECT_TRUE(of<Answer>(actions).empty());
    EXPECT_TRUE(of<Release>(actions).empty());
    EXPECT_EQ(submit(2).nonce, 1U);
}

TEST_F(NonceQueueTest, a_caller_whose_outcome_is_unknown_is_told_so_and_the_bytes_go_on) {
    start();
    const auto sent = send(1);
    (void)lose(sent.ticket);
    const auto answers = of<Answer>(wait(options.patience));
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(std::get<Answer::Unknown>(answers[0].outcome).hash, sent.hash);
    EXPECT_EQ(queue.status().in_flight, 1U);
}

TEST_F(NonceQueueTest, a_nonce_that_another_program_used_is_replaced_by_a_new_one) {
    start();
    const auto sent = send(1);
    const auto actions = refuse(sent.ticket, "Nonce too low");
    EXPECT_EQ(of<LookUp>(actions).size(), 1U);
    EXPECT_EQ(of<FetchCounts>(actions).size(), 1U);
    const auto released =
        of<Release>(queue.on(LookedUp{.ticket = sent.ticket, .where = Whereabouts::absent}, now));
    EXPECT_EQ(released.size(), 1U);
    const auto signs = of<Sign>(queue.on(Counts{.latest = 4, .pending = 4}, now));
    ASSERT_EQ(signs.size(), 1U);
    EXPECT_EQ(signs[0].nonce, 4U);
    EXPECT_EQ(signs[0].request, 1U);
    EXPECT_EQ(queue.status().renumbered, 1U);
}

TEST_F(NonceQueueTest, a_nonce_that_is_used_up_by_the_transaction_itself_is_success) {
    start();
    const auto sent = send(1);
    (void)lose(sent.ticket);
    (void)wait(options.first_retry);
    (void)refuse(sent.ticket, "Nonce too low");
    const auto answers =
        of<Answer>(queue.on(LookedUp{.ticket = sent.ticket, .where = Whereabouts::mined}, now));
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_TRUE(std::holds_alternative<Answer::Accepted>(answers[0].outcome));
}

TEST_F(NonceQueueTest, after_a_time_out_one_look_is_not_enough_to_give_a_transaction_up) {
    start();
    const auto sent = send(1);
    (void)lose(sent.ticket);
    (void)wait(options.first_retry);
    (void)refuse(sent.ticket, "Nonce too low");
    (void)queue.on(Counts{.latest = 1, .pending = 1}, now);
    const LookedUp absent{.ticket = sent.ticket, .where = Whereabouts::absent};
    EXPECT_TRUE(of<Release>(queue.on(absent, now)).empty());
    EXPECT_EQ(of<LookUp>(wait(10s)).size(), 1U);
    EXPECT_TRUE(of<Release>(queue.on(absent, now)).empty());
    EXPECT_EQ(of<LookUp>(wait(10s)).size(), 1U);
    EXPECT_EQ(of<Release>(queue.on(absent, now)).size(), 1U);
}

TEST_F(NonceQueueTest, a_nonce_that_another_program_waits_with_is_left_to_it) {
    start();
    const auto sent = send(1);
    const auto actions = refuse(sent.ticket, "Replacement transaction underpriced");
    EXPECT_EQ(of<Release>(actions).size(), 1U);
    const auto signs = of<Sign>(queue.on(Counts{.latest = 0, .pending = 1}, now));
    ASSERT_EQ(signs.size(), 1U);
    EXPECT_EQ(signs[0].nonce, 1U);
}

TEST_F(NonceQueueTest, settles_what_is_mined) {
    start();
    (void)accept(send(1).ticket);
    (void)accept(send(2).ticket);
    const auto settles = of<Settle>(queue.on(Counts{.latest = 1, .pending = 2}, now));
    ASSERT_EQ(settles.size(), 1U);
    EXPECT_EQ(settles[0].below, 1U);
    EXPECT_EQ(queue.status().unmined, 1U);
}

TEST_F(NonceQueueTest, sends_again_what_the_pool_has_lost) {
    start();
    const auto sent = send(1);
    (void)accept(sent.ticket);
    now += options.resend_after;
    const auto sends = of<Send>(queue.on(Counts{.latest = 0, .pending = 0}, now));
    ASSERT_EQ(sends.size(), 1U);
    EXPECT_EQ(sends[0].hash, sent.hash);
    EXPECT_EQ(queue.status().resent, 1U);
}

TEST_F(NonceQueueTest, a_node_that_is_behind_takes_no_nonce_back) {
    start({.latest = 10, .pending = 10});
    (void)queue.on(Counts{.latest = 4, .pending = 4}, now);
    EXPECT_EQ(submit(1).nonce, 10U);
}

TEST_F(NonceQueueTest, asks_again_after_a_pause) {
    start({.latest = 3, .pending = 3});
    now += options.count_interval;
    const auto actions = queue.on(Submit{.request = 1}, now);
    EXPECT_EQ(of<FetchCounts>(actions).size(), 1U);
    EXPECT_TRUE(of<Sign>(actions).empty());
    EXPECT_EQ(of<Sign>(queue.on(Counts{.latest = 8, .pending = 8}, now)).at(0).nonce, 8U);
}

TEST_F(NonceQueueTest, without_a_node_callers_are_told_that_nothing_was_sent) {
    (void)queue.on(Submit{.request = 1}, now);
    (void)queue.on(CountsFailed{}, now);
    EXPECT_EQ(queue.next_time(), now + options.first_retry);
    const auto answers = of<Answer>(wait(options.patience));
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(std::get<Answer::NothingSent>(answers[0].outcome).why, NotSent::timed_out);
    EXPECT_EQ(queue.status().waiting, 0U);
}

TEST_F(NonceQueueTest, is_bounded) {
    queue.~NonceQueue();
    std::construct_at(&queue, NonceQueueOptions{.max_waiting = 2, .window = 3});
    start();
    for (RequestId request = 1; request <= 3; ++request)
        EXPECT_EQ(of<Sign>(queue.on(Submit{.request = request}, now)).size(), 1U);
    for (RequestId request = 4; request <= 5; ++request)
        EXPECT_TRUE(queue.on(Submit{.request = request}, now).empty());
    const auto answers = of<Answer>(queue.on(Submit{.request = 6}, now));
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(std::get<Answer::NothingSent>(answers[0].outcome).why, NotSent::queue_full);
}

TEST_F(NonceQueueTest, a_key_that_does_not_sign_costs_no_nonce) {
    start();
    const auto first = submit(1);
    const auto second = submit(2);
    (void)sign(second);
    const auto actions = queue.on(SignFailed{.ticket = first.ticket, .reason = "no"}, now);
    EXPECT_EQ(std::get<Answer::NothingSent>(of<Answer>(actions).at(0).outcome).reason, "no");
    EXPECT_EQ(of<Send>(actions).size(), 1U);
    EXPECT_EQ(submit(3).nonce, 0U);
}

TEST_F(NonceQueueTest, after_a_restart_sends_what_the_journal_holds) {
    const auto raw = std::make_shared<const Bytes>(Bytes{1});
    queue.restore({{.nonce = 5, .hash = hash_of(50), .raw = raw, .was_accepted = true},
                   {.nonce = 7, .hash = hash_of(70), .raw = raw}},
                  5, now);
    EXPECT_EQ(of<FetchCounts>(queue.on(Tick{}, now)).size(), 1U);
    const auto actions = queue.on(Counts{.latest = 5, .pending = 5}, now);
    const auto sends = of<Send>(actions);
    ASSERT_EQ(sends.size(), 2U);
    EXPECT_EQ(sends[0].nonce, 5U);
    EXPECT_EQ(sends[1].nonce, 7U);
    // 6 was lost, and goes to the next request.
    EXPECT_EQ(submit(1).nonce, 6U);
    EXPECT_EQ(submit(2).nonce, 8U);
}

TEST_F(NonceQueueTest, after_a_restart_what_was_mined_meanwhile_is_settled) {
    const auto raw = std::make_shared<const Bytes>(Bytes{1});
    queue.restore({{.nonce = 5, .hash = hash_of(50), .raw = raw}}, 5, now);
    (void)queue.on(Tick{}, now);
    const auto actions = queue.on(Counts{.latest = 6, .pending = 6}, now);
    EXPECT_TRUE(of<Send>(actions).empty());
    EXPECT_EQ(of<Settle>(actions).at(0).below, 6U);
    EXPECT_EQ(submit(1).nonce, 6U);
}

TEST_F(NonceQueueTest, a_nonce_of_the_callers_own_is_sent_once_and_its_answer_passed_on) {
    start({.latest = 3, .pending = 3});
    const auto signs = of<Sign>(queue.on(Submit{.request = 1, .nonce = 2}, now));
    ASSERT_EQ(signs.size(), 1U);
    EXPECT_EQ(signs[0].nonce, 2U);
    const auto sends = of<Send>(sign(signs[0]));
    ASSERT_EQ(sends.size(), 1U);
    const auto answers = of<Answer>(refuse(sends[0].ticket, "Nonce too low"));
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(std::get<NodeError>(answers[0].outcome).message, "Nonce too low");
    EXPECT_EQ(submit(2).nonce, 3U);
}

TEST_F(NonceQueueTest, goes_around_nonces_that_callers_chose) {
    start();
    const auto chosen = of<Sign>(queue.on(Submit{.request = 1, .nonce = 1}, now));
    EXPECT_EQ(chosen.at(0).nonce, 1U);
    EXPECT_EQ(submit(2).nonce, 0U);
    EXPECT_EQ(submit(3).nonce, 2U);
}

TEST_F(NonceQueueTest, a_gap_that_a_caller_made_is_the_callers) {
    start();
    const auto chosen = of<Sign>(queue.on(Submit{.request = 1, .nonce = 5}, now)).at(0);
    (void)accept(of<Send>(sign(chosen)).at(0).ticket);
    EXPECT_TRUE(of<Sign>(wait(1s)).empty());
    EXPECT_EQ(queue.status().gaps, 0U);
}

TEST_F(NonceQueueTest, a_caller_may_replace_a_transaction) {
    start();
    const auto first = send(1);
    (void)accept(first.ticket);
    const auto replacement = of<Sign>(queue.on(Submit{.request = 2, .nonce = 0}, now)).at(0);
    const auto sent = of<Send>(sign(replacement)).at(0);
    EXPECT_EQ(of<Answer>(accept(sent.ticket)).at(0).request, 2U);
    // What is sent again from now on is the replacement.
    now += options.resend_after;
    const auto sends = of<Send>(queue.on(Counts{.latest = 0, .pending = 0}, now));
    ASSERT_EQ(sends.size(), 1U);
    EXPECT_EQ(sends[0].hash, sent.hash);
    EXPECT_EQ(submit(3).nonce, 1U);
}

TEST_F(NonceQueueTest, a_replacement_that_is_refused_changes_nothing) {
    start();
    const auto first = send(1);
    (void)accept(first.ticket);
    const auto replacement = of<Sign>(queue.on(Submit{.request = 2, .nonce = 0}, now)).at(0);
    const auto sent = of<Send>(sign(replacement)).at(0);
    const auto actions = refuse(sent.ticket, "Replacement transaction underpriced");
    EXPECT_EQ(of<Release>(actions).at(0).hash, sent.hash);
    EXPECT_EQ(of<Answer>(actions).size(), 1U);
    EXPECT_EQ(queue.status().unmined, 1U);
}

TEST_F(NonceQueueTest, a_full_pool_is_tried_again_and_then_told) {
    start();
    const auto sent = send(1);
    EXPECT_TRUE(of<Answer>(refuse(sent.ticket, "txpool is full")).empty());
    EXPECT_EQ(of<Send>(wait(options.first_retry)).size(), 1U);
    (void)refuse(sent.ticket, "txpool is full");
    const auto actions = wait(options.patience);
    EXPECT_EQ(std::get<NodeError>(of<Answer>(actions).at(0).outcome).message, "txpool is full");
    EXPECT_EQ(of<Release>(actions).size(), 1U);
    EXPECT_EQ(queue.status().unmined, 0U);
}

TEST_F(NonceQueueTest,
       a_transaction_that_can_never_be_accepted_again_is_given_up_if_so_configured) {
    queue.~NonceQueue();
    std::construct_at(&queue, NonceQueueOptions{.abandon_after = 60s});
    start();
    const auto sent = send(1);
    (void)accept(sent.ticket);
    now += options.resend_after;
    (void)queue.on(Counts{}, now);
    EXPECT_TRUE(of<Release>(refuse(sent.ticket, "transaction underpriced")).empty());
    EXPECT_EQ(of<Send>(wait(60s)).size(), 1U);
    EXPECT_EQ(of<Release>(refuse(sent.ticket, "transaction underpriced")).size(), 1U);
    EXPECT_EQ(queue.status().abandoned, 1U);
}

TEST_F(NonceQueueTest, answers_that_come_late_or_twice_do_no_harm) {
    start();
    const auto sent = send(1);
    (void)accept(sent.ticket);
    EXPECT_TRUE(of<Answer>(accept(sent.ticket)).empty());
    EXPECT_TRUE(of<Answer>(lose(sent.ticket)).empty());
    EXPECT_TRUE(of<Answer>(accept(12'345)).empty());
    (void)queue.on(LookedUp{.ticket = sent.ticket, .where = Whereabouts::absent}, now);
    EXPECT_EQ(queue.status().unmined, 1U);
}

}  // namespace
}  // namespace meta138::signer
