// SPDX-License-Identifier: Apache-2.0
#include "chain_thread.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <stdexcept>
#include <vector>

namespace meta138::node {
namespace {

using testing::ElementsAre;

void ignore_fault(const std::exception_ptr&) {}

TEST(ChainThread, runs_tasks_in_the_order_in_which_they_came) {
    std::vector<int> order;
    ChainThread thread{10, ignore_fault};
    for (const int i : {1, 2, 3}) EXPECT_TRUE(thread.post([&order, i] { order.push_back(i); }));
    thread.run([] {});
    EXPECT_THAT(order, ElementsAre(1, 2, 3));
}

TEST(ChainThread, refuses_tasks_beyond_its_capacity) {
    std::promise<void> started;
    std::promise<void> release;
    ChainThread thread{1, ignore_fault};  // last, so that its tasks end before what they name
    ASSERT_TRUE(thread.post([&] {
        started.set_value();
        release.get_future().wait();
    }));
    started.get_future().wait();
    EXPECT_TRUE(thread.post([] {}));
    EXPECT_FALSE(thread.post([] {}));
    EXPECT_THROW(thread.run([] {}), ChainThread::Stopped);
    release.set_value();
}

TEST(ChainThread, gives_the_exception_of_a_task_to_who_waits_and_reports_it) {
    std::promise<void> reported;
    ChainThread thread{10, [&](const std::exception_ptr&) { reported.set_value(); }};
    EXPECT_THROW(thread.run([] { throw std::runtime_error{"disk full"}; }), std::runtime_error);
    reported.get_future().wait();
}

TEST(ChainThread, runs_timers_by_their_time) {
    ChainThread thread{10, ignore_fault};
    const auto now = std::chrono::steady_clock::now();
    std::vector<int> order;
    std::promise<void> done;
    // Given in one task, so that none is due before all are known.
    thread.run([&] {
        thread.at(now + std::chrono::milliseconds{2}, [&] {
            order.push_back(2);
            done.set_value();
        });
        thread.at(now + std::chrono::milliseconds{1}, [&] { order.push_back(1); });
    });
    done.get_future().wait();
    EXPECT_THAT(order, ElementsAre(1, 2));
}

TEST(ChainThread, runs_a_last_task_and_none_after_it) {
    ChainThread thread{10, ignore_fault};
    bool ran = false;
    thread.run_last([&] { ran = true; });
    EXPECT_TRUE(ran);
    EXPECT_FALSE(thread.post([] {}));
    EXPECT_THROW(thread.run([] {}), ChainThread::Stopped);
}

}  // namespace
}  // namespace meta138::node
