// SPDX-License-Identifier: Apache-2.0
#include "meta138/http/worker_threads.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>

namespace meta138::http {
namespace {

/// One thread that is busy until let go, and room for one more task.
struct BusyThread {
    BusyThread() {
        WorkerThreads::Task busy = [this] {
            is_busy.count_down();
            may_end.wait();
        };
        threads.post(busy);
        is_busy.wait();
    }
    std::latch is_busy{1};
    std::latch may_end{1};
    WorkerThreads threads{"test", 1, 1};
};

TEST(WorkerThreads, leave_the_task_that_finds_no_room_to_its_caller) {
    BusyThread one;
    std::atomic<int> done{0};
    WorkerThreads::Task waits = [&done] { ++done; };
    WorkerThreads::Task refused = [&done, kept = std::make_unique<int>(10)] { done += *kept; };
    EXPECT_TRUE(one.threads.post(waits));
    EXPECT_FALSE(one.threads.post(refused));
    EXPECT_EQ(one.threads.waiting(), 1U);
    EXPECT_TRUE(one.threads.post_always([&done] { done += 100; }));
    refused();
    one.may_end.count_down();
    one.threads.stop();
    EXPECT_EQ(done, 111);
}

TEST(WorkerThreads, finish_what_waits_and_then_take_nothing) {
    std::atomic<int> done{0};
    WorkerThreads threads{"test", 3, 1000};
    for (int i = 0; i != 100; ++i) {
        WorkerThreads::Task task = [&done] { ++done; };
        EXPECT_TRUE(threads.post(task));
    }
    threads.stop();
    EXPECT_EQ(done, 100);
    WorkerThreads::Task late = [&done] { ++done; };
    EXPECT_FALSE(threads.post(late));
    EXPECT_FALSE(threads.post_always([&done] { ++done; }));
    EXPECT_EQ(done, 100);
}

}  // namespace
}  // namespace meta138::http
