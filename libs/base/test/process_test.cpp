// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/process.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

namespace meta138 {
namespace {

TEST(EnvironmentVariable, is_absent_when_it_is_not_set) {
    EXPECT_TRUE(environment_variable("PATH"));
    EXPECT_FALSE(environment_variable("META138_A_VARIABLE_THAT_NOBODY_SETS"));
}

TEST(MayColour, refuses_what_is_no_terminal) {
    std::FILE* const file = std::tmpfile();
    ASSERT_NE(file, nullptr);
    EXPECT_FALSE(may_colour(::fileno(file)));
    std::fclose(file);
}

TEST(RaiseOpenFileLimit, takes_all_that_is_allowed) {
    raise_open_file_limit();
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    EXPECT_EQ(limit.rlim_cur, limit.rlim_max);
}

TEST(StopSignals, hold_a_signal_back_until_somebody_waits) {
    const StopSignals signals;
    ASSERT_EQ(::pthread_kill(::pthread_self(), SIGTERM), 0);
    EXPECT_EQ(signals.wait(), SIGTERM);
    ASSERT_EQ(::pthread_kill(::pthread_self(), SIGINT), 0);
    EXPECT_EQ(signals.wait(), SIGINT);
}

}  // namespace
}  // namespace meta138
