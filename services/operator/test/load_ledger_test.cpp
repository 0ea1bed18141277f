// SPDX-License-Identifier: Apache-2.0
#include "load_ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace meta138::op {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

Hash32 hash(std::uint8_t number) {
    Hash32 result;
    result[31] = number;
    return result;
}

struct LoadLedgerTest : testing::Test {
    LoadLedger ledger{2};

    void sign(std::uint8_t count) {
        for (std::uint8_t i = 0; i < count; ++i) ledger.add(hash(i));
    }
    void include(std::uint64_t number, std::vector<std::uint8_t> transactions,
                 LoadLedger::Time seen) {
        std::vector<Hash32> hashes;
        for (const auto each : transactions) hashes.push_back(hash(each));
        ledger.on_block(number, 21'000 * hashes.size(), hashes, seen);
    }
    TrafficReport report(LoadLedger::Time end) {
        TrafficReport result;
        ledger.report(result, end);
        return result;
    }
};

TEST_F(LoadLedgerTest, measures_latency_from_the_time_a_transaction_was_due) {
    sign(1);
    ledger.on_sent(0, 10ms, 500ms);  // sent late: the chain's fault is not forgiven
    include(1, {0}, 1010ms);
    EXPECT_EQ(report(2s).inclusion.p50, 1s);
}

TEST_F(LoadLedgerTest, counts_a_transaction_once_however_often_it_is_sent) {
    sign(1);
    ledger.on_sent(0, 0ms, 0ms);
    ledger.on_sent(0, 700ms, 700ms);
    include(1, {0}, 1s);
    include(2, {0}, 2s);
    EXPECT_EQ(ledger.sent(), 1u);
    EXPECT_EQ(ledger.included(), 1u);
    EXPECT_EQ(report(3s).inclusion.max, 1s);
}

TEST_F(LoadLedgerTest, measures_throughput_from_block_to_block_while_sending) {
    sign(10);
    for (std::size_t i = 0; i < 10; ++i) ledger.on_sent(i, 0ms, 0ms);
    include(1, {}, 500ms);  // before the first of ours
    include(2, {0}, 1s);    // where the time begins
    include(3, {1, 2, 3}, 2s);
    include(4, {200, 4, 5, 6}, 3s);  // another's transaction counts as gas only
    include(5, {7, 8, 9}, 4s);       // after the end
    const auto figures = report(3500ms);
    EXPECT_EQ(figures.blocks, 2u);
    EXPECT_DOUBLE_EQ(figures.transactions_per_second, 3);
    EXPECT_DOUBLE_EQ(figures.gas_per_second, 7 * 21'000 / 2.0);
    EXPECT_EQ(figures.included, 10u);
}

TEST_F(LoadLedgerTest, tells_the_first_transaction_of_an_account_that_was_dropped) {
    sign(6);
    for (std::size_t i = 0; i < 5; ++i) ledger.on_sent(i, 0ms, 0ms);
    EXPECT_THAT(ledger.overdue(1ms), ElementsAre(0, 1));
    include(1, {0, 2}, 1s);
    EXPECT_THAT(ledger.overdue(1ms), ElementsAre(4, 1));
    ledger.on_sent(1, 0ms, 2s);
    include(2, {4}, 2s);
    EXPECT_THAT(ledger.overdue(2s), IsEmpty());
    EXPECT_THAT(ledger.overdue(3s), ElementsAre(1));
}

TEST_F(LoadLedgerTest, has_no_figures_of_nothing) {
    sign(3);
    include(1, {}, 1s);
    const auto figures = report(2s);
    EXPECT_EQ(figures.blocks, 0u);
    EXPECT_EQ(figures.transactions_per_second, 0);
}

TEST(RefusalReason, forgets_what_differs_from_one_transaction_to_the_next) {
    EXPECT_EQ(refusal_reason("nonce 17 below 200"), refusal_reason("nonce 5 below 3"));
    EXPECT_EQ(refusal_reason("known 0xabc1"), refusal_reason("known 0x77ff"));
    EXPECT_NE(refusal_reason("nonce too low"), refusal_reason("pool is full"));
}

}  // namespace
}  // namespace meta138::op
