// SPDX-License-Identifier: Apache-2.0
#include "meta138/telemetry/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <thread>

namespace meta138::telemetry {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

TEST(Metrics, names_are_besus) {
    Metrics metrics;
    metrics.counter(Category::rpc, "errors_count", "Errors", {{"rpcMethod", "eth_call"}})
        .increment(3);
    metrics.gauge(Category::ethereum, "blockchain_height", "Height").set(12);
    const auto text = metrics.expose();
    EXPECT_THAT(text, HasSubstr("besu_rpc_errors_count_total{rpcMethod=\"eth_call\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("# TYPE besu_rpc_errors_count_total counter\n"));
    EXPECT_THAT(text, HasSubstr("ethereum_blockchain_height 12\n"));
}

TEST(Metrics, the_same_name_and_labels_are_the_same_metric) {
    Metrics metrics;
    auto& one = metrics.counter(Category::peers, "connected", "", {{"a", "1"}});
    EXPECT_EQ(&one, &metrics.counter(Category::peers, "connected", "", {{"a", "1"}}));
    EXPECT_NE(&one, &metrics.counter(Category::peers, "connected", "", {{"a", "2"}}));
}

TEST(Metrics, a_summary_is_exposed_with_besus_quantiles) {
    Metrics metrics;
    auto& summary = metrics.summary(Category::rpc, "request_time", "", {{"methodName", "m"}});
    for (int i = 0; i < 10; ++i) summary.observe(500ms);
    const auto text = metrics.expose();
    for (const auto* quantile : {"0.2", "0.5", "0.8", "0.95", "0.99", "1"})
        EXPECT_THAT(text, HasSubstr("besu_rpc_request_time{methodName=\"m\",quantile=\"" +
                                    std::string{quantile} + "\"} 0."));
    EXPECT_THAT(text, HasSubstr("besu_rpc_request_time_count{methodName=\"m\"} 10\n"));
    EXPECT_THAT(text, HasSubstr("besu_rpc_request_time_sum{methodName=\"m\"} 5\n"));
}

TEST(Metrics, a_category_that_is_off_is_not_exposed) {
    const std::array only = {Category::rpc};
    Metrics metrics{only};
    metrics.gauge(Category::peers, "x", "").set(1);
    metrics.gauge(Category::rpc, "x", "").set(1);
    EXPECT_THAT(metrics.expose(), Not(HasSubstr("besu_peers")));
    EXPECT_THAT(metrics.expose(), HasSubstr("besu_rpc_x 1\n"));
    EXPECT_FALSE(metrics.is_enabled(Category::peers));
    EXPECT_FALSE(Metrics{}.is_enabled(Category::rocksdb));
}

TEST(Metrics, a_scrape_may_ask_for_some_names) {
    Metrics metrics;
    metrics.gauge(Category::rpc, "a", "").set(1);
    metrics.gauge(Category::rpc, "b", "").set(1);
    const std::array<std::string, 1> names = {"besu_rpc_a"};
    EXPECT_THAT(metrics.expose(names), Not(HasSubstr("besu_rpc_b")));
    EXPECT_THAT(metrics.expose(names), HasSubstr("besu_rpc_a 1\n"));
}

TEST(Metrics, a_callback_is_asked_at_each_scrape_while_its_registration_lives) {
    Metrics metrics;
    double value = 1;
    {
        const auto registration =
            metrics.gauge(Category::rpc, "pulled", "", [&value] { return value; });
        value = 7;
        EXPECT_THAT(metrics.expose(), HasSubstr("besu_rpc_pulled 7\n"));
    }
    EXPECT_THAT(metrics.expose(), Not(HasSubstr("pulled")));
}

TEST(Metrics, the_process_describes_itself) {
    Metrics metrics;
    const auto registrations = register_process_metrics(metrics, "meta138/v0.1.0");
    const auto text = metrics.expose();
    for (const auto* name :
         {"process_cpu_seconds_total ", "process_resident_memory_bytes ",
          "process_virtual_memory_bytes ", "process_open_fds ", "process_max_fds ",
          "process_start_time_seconds ", "process_release{version=\"meta138/v0.1.0\"} 1\n"})
        EXPECT_THAT(text, HasSubstr(name));
    EXPECT_THAT(text, Not(HasSubstr("process_resident_memory_bytes 0\n")));
}

TEST(Category, option_words_are_besus) {
    EXPECT_EQ(parse_category("BLOCK_PROCESSING"), Category::block_processing);
    EXPECT_EQ(parse_category("transaction_pool"), Category::transaction_pool);
    EXPECT_EQ(parse_category("NONSENSE"), std::nullopt);
}

TEST(Summary, quantiles_are_within_a_bucket) {
    Summary summary;
    for (int i = 1; i <= 1000; ++i) summary.observe(i * 1ms);
    for (const auto q : {0.2, 0.5, 0.8, 0.95, 0.99, 1.0})
        EXPECT_NEAR(summary.quantile(q), q, 0.035 * q) << q;
    EXPECT_EQ(summary.count(), 1000u);
    EXPECT_EQ(summary.sum(), 500500ms);
}

TEST(Summary, is_not_a_number_before_the_first_observation) {
    EXPECT_TRUE(std::isnan(Summary{}.quantile(0.5)));
}

TEST(Summary, extremes_fall_into_the_outer_buckets) {
    Summary summary;
    summary.observe(0ns);
    summary.observe(-5ns);
    summary.observe(std::chrono::hours{24 * 365});
    EXPECT_LT(summary.quantile(0.5), 1e-6);
    EXPECT_GT(summary.quantile(1.0), 1000);
}

TEST(Summary, quantiles_forget_what_is_older_than_five_minutes) {
    Summary summary;
    auto now = std::chrono::steady_clock::now();
    summary.observe(10s);
    for (int minute = 0; minute < 5; ++minute) {
        now += 61s;
        summary.rotate(now);
        summary.observe(1ms);
    }
    EXPECT_LT(summary.quantile(1.0), 0.01);
    EXPECT_EQ(summary.count(), 6u);
}

TEST(Summary, threads_observe_without_losing_anything) {
    Summary summary;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (int n = 0; n < 10000; ++n) summary.observe(1us);
            });
    }
    EXPECT_EQ(summary.count(), 40000u);
    EXPECT_EQ(summary.sum(), 40ms);
}

}  // namespace
}  // namespace meta138::telemetry
