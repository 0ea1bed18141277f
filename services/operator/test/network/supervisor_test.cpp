// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/network/supervisor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <set>

namespace meta138::op {
namespace {

using namespace std::chrono_literals;
using supervise::Actions;
using supervise::Finish;
using supervise::Kill;
using supervise::ReportCrash;
using supervise::Start;
using supervise::Terminate;

constexpr ProcessExit killed{ProcessExit::Kind::signal, SIGKILL};
constexpr ProcessExit done{ProcessExit::Kind::code, 0};

/// A supervisor whose shell does at once what it is told; time passes when a test says so.
class SupervisorCore : public testing::Test {
protected:
    static RestartPolicy policy() {
        RestartPolicy policy;
        policy.jitter = 0;
        return policy;
    }

    void add_running(const std::string& name, unsigned stage = 0) {
        core.add(name, stage);
        EXPECT_EQ(core.start(name, now), Actions{Start{name}});
        core.on_started(name, ++last_pid, now);
    }

    void pass(std::chrono::milliseconds time) { now += time; }

    /// Lets time pass until it starts again; how long that took.
    std::chrono::milliseconds until_restart(const std::string& name) {
        const auto before = now;
        now = core.next_deadline().value();
        EXPECT_EQ(core.on_time(now), Actions{Start{name}});
        core.on_started(name, ++last_pid, now);
        return std::chrono::duration_cast<std::chrono::milliseconds>(now - before);
    }

    [[nodiscard]] ProcessState state(const std::string& name) const {
        return core.find(name)->state;
    }

    Supervisor core{policy(), 1};
    Supervisor::Time now{1h};
    int last_pid = 100;
};

TEST_F(SupervisorCore, starts_nothing_by_itself) {
    core.add("a", 0);
    EXPECT_EQ(core.on_time(now), Actions{});
    EXPECT_EQ(core.next_deadline(), std::nullopt);
    EXPECT_EQ(state("a"), ProcessState::stopped);
}

TEST_F(SupervisorCore, starting_what_runs_changes_nothing) {
    add_running("a");
    EXPECT_EQ(core.start("a", now), Actions{});
    EXPECT_EQ(core.find("a")->pid, 101);
}

TEST_F(SupervisorCore, a_process_that_is_found_running_is_kept_running) {
    core.add("a", 0);
    core.on_started("a", 7, now);
    EXPECT_EQ(core.start("a", now), Actions{});
    const auto actions = core.on_exit("a", {}, now);
    EXPECT_TRUE(std::holds_alternative<ReportCrash>(actions.at(0)));
    EXPECT_EQ(state("a"), ProcessState::waiting);
}

TEST_F(SupervisorCore, what_ends_by_itself_starts_again_after_the_first_delay) {
    add_running("a");
    pass(1h);
    EXPECT_EQ(core.on_exit("a", killed, now),
              (Actions{ReportCrash{.name = "a", .exit = killed, .delay = 200ms}}));
    EXPECT_EQ(core.on_time(now + 199ms), Actions{});
    EXPECT_EQ(until_restart("a"), 200ms);
    EXPECT_EQ(state("a"), ProcessState::running);
    EXPECT_EQ(core.find("a")->restarts, 1U);
    EXPECT_EQ(core.find("a")->last_exit, killed);
}

TEST_F(SupervisorCore, delays_double_while_it_does_not_stay) {
    add_running("a");
    for (const auto expected : {200ms, 400ms, 800ms, 1600ms}) {
        pass(1s);
        ASSERT_EQ(core.on_exit("a", killed, now).size(), 1U);
        EXPECT_EQ(until_restart("a"), expected);
    }
}

TEST_F(SupervisorCore, who_stayed_for_long_starts_with_the_first_delay_again) {
    add_running("a");
    for (int i = 0; i < 3; ++i) {
        ASSERT_EQ(core.on_exit("a", killed, now).size(), 1U);
        until_restart("a");
    }
    pass(policy().stable_after);
    ASSERT_EQ(core.on_exit("a", killed, now).size(), 1U);
    EXPECT_EQ(until_restart("a"), policy().first_delay);
}

TEST_F(SupervisorCore, many_ends_in_a_minute_are_flapping) {
    add_running("a");
    for (unsigned i = 1; i < policy().flapping_exits; ++i) {
        EXPECT_FALSE(std::get<ReportCrash>(core.on_exit("a", done, now).at(0)).is_flapping);
        until_restart("a");
    }
    const auto crash = std::get<ReportCrash>(core.on_exit("a", done, now).at(0));
    EXPECT_TRUE(crash.is_flapping);
    EXPECT_EQ(crash.delay, policy().longest_delay);
    EXPECT_TRUE(core.find("a")->is_flapping);
    until_restart("a");
    pass(policy().flapping_window);
    EXPECT_FALSE(std::get<ReportCrash>(core.on_exit("a", done, now).at(0)).is_flapping);
}

TEST_F(SupervisorCore, asking_for_it_by_hand_forgets_what_was) {
    add_running("a");
    for (unsigned i = 0; i < policy().flapping_exits; ++i) {
        ASSERT_EQ(core.on_exit("a", done, now).size(), 1U);
        if (i + 1 < policy().flapping_exits) until_restart("a");
    }
    EXPECT_EQ(core.start("a", now), Actions{Start{"a"}});
    core.on_started("a", 5, now);
    EXPECT_FALSE(core.find("a")->is_flapping);
    EXPECT_EQ(std::get<ReportCrash>(core.on_exit("a", done, now).at(0)).delay,
              policy().first_delay);
}

TEST_F(SupervisorCore, what_cannot_be_started_is_tried_again) {
    core.add("a", 0);
    ASSERT_EQ(core.start("a", now), Actions{Start{"a"}});
    EXPECT_EQ(core.on_start_failed("a", now).size(), 1U);
    EXPECT_EQ(state("a"), ProcessState::waiting);
    EXPECT_EQ(until_restart("a"), 200ms);
}

TEST_F(SupervisorCore, jitter_keeps_delays_near_and_apart) {
    Supervisor other{RestartPolicy{}, 138};
    std::set<std::int64_t> delays;
    for (int i = 0; i < 20; ++i) {
        const auto name = std::to_string(i);
        other.add(name, 0);
        other.on_started(name, 1, now);
        const auto delay = std::get<ReportCrash>(other.on_exit(name, killed, now).at(0)).delay;
        EXPECT_GE(delay, 160ms);
        EXPECT_LE(delay, 240ms);
        delays.insert(delay.count());
    }
    EXPECT_GT(delays.size(), 5U);
}

TEST_F(SupervisorCore, what_is_told_to_stop_stays_away) {
    add_running("a");
    EXPECT_EQ(core.stop("a", now), Actions{Terminate{"a"}});
    EXPECT_EQ(core.on_exit("a", done, now), Actions{});
    EXPECT_EQ(state("a"), ProcessState::stopped);
    EXPECT_EQ(core.next_deadline(), std::nullopt);
}

TEST_F(SupervisorCore, what_does_not_end_is_killed_when_its_grace_is_over) {
    add_running("a");
    ASSERT_EQ(core.stop("a", now), Actions{Terminate{"a"}});
    pass(policy().grace - 1ms);
    EXPECT_EQ(core.on_time(now), Actions{});
    pass(1ms);
    EXPECT_EQ(core.on_time(now), Actions{Kill{"a"}});
    EXPECT_EQ(core.on_exit("a", killed, now), Actions{});
    EXPECT_EQ(state("a"), ProcessState::stopped);
}

TEST_F(SupervisorCore, stopping_what_waits_for_its_restart_ends_the_waiting) {
    add_running("a");
    ASSERT_EQ(core.on_exit("a", killed, now).size(), 1U);
    EXPECT_EQ(core.stop("a", now), Actions{});
    EXPECT_EQ(state("a"), ProcessState::stopped);
    EXPECT_EQ(core.on_time(now + 1h), Actions{});
}

TEST_F(SupervisorCore, stopping_what_is_just_starting_ends_it_once_it_runs) {
    core.add("a", 0);
    ASSERT_EQ(core.start("a", now), Actions{Start{"a"}});
    EXPECT_EQ(core.stop("a", now), Actions{});
    core.on_started("a", 5, now);
    EXPECT_EQ(core.on_time(now), Actions{Terminate{"a"}});
}

TEST_F(SupervisorCore, a_restart_is_no_crash) {
    add_running("a");
    EXPECT_EQ(core.restart("a", now), Actions{Terminate{"a"}});
    EXPECT_EQ(core.on_exit("a", done, now), Actions{Start{"a"}});
    EXPECT_EQ(core.find("a")->restarts, 0U);
}

TEST_F(SupervisorCore, a_restart_starts_what_does_not_run) {
    core.add("a", 0);
    EXPECT_EQ(core.restart("a", now), Actions{Start{"a"}});
}

TEST_F(SupervisorCore, starting_what_is_ending_starts_it_afterwards) {
    add_running("a");
    ASSERT_EQ(core.stop("a", now), Actions{Terminate{"a"}});
    EXPECT_EQ(core.start("a", now), Actions{});
    EXPECT_EQ(core.on_exit("a", done, now), Actions{Start{"a"}});
}

TEST_F(SupervisorCore, what_is_killed_by_request_starts_again_as_after_a_crash) {
    add_running("a");
    EXPECT_EQ(core.kill("a", now), Actions{Kill{"a"}});
    EXPECT_EQ(core.on_exit("a", killed, now).size(), 1U);
    EXPECT_EQ(until_restart("a"), 200ms);
}

TEST_F(SupervisorCore, shutting_down_goes_stage_after_stage) {
    add_running("publisher", 0);
    add_running("signer", 1);
    add_running("validator-1", 4);
    add_running("validator-2", 4);
    EXPECT_EQ(core.shut_down(now), Actions{Terminate{"publisher"}});
    EXPECT_EQ(core.on_exit("publisher", done, now), Actions{Terminate{"signer"}});
    EXPECT_EQ(core.on_exit("signer", done, now),
              (Actions{Terminate{"validator-1"}, Terminate{"validator-2"}}));
    EXPECT_EQ(core.on_exit("validator-2", done, now), Actions{});
    EXPECT_EQ(core.on_exit("validator-1", done, now), Actions{Finish{}});
}

TEST_F(SupervisorCore, shutting_down_kills_what_does_not_end_and_goes_on) {
    add_running("a", 0);
    add_running("b", 1);
    ASSERT_EQ(core.shut_down(now), Actions{Terminate{"a"}});
    pass(policy().grace);
    EXPECT_EQ(core.on_time(now), Actions{Kill{"a"}});
    EXPECT_EQ(core.on_exit("a", killed, now), Actions{Terminate{"b"}});
}

TEST_F(SupervisorCore, while_shutting_down_nothing_starts_again) {
    add_running("a", 0);
    add_running("b", 1);
    add_running("c", 2);
    ASSERT_EQ(core.on_exit("c", killed, now).size(), 1U);
    ASSERT_EQ(core.shut_down(now), Actions{Terminate{"a"}});
    EXPECT_EQ(core.start("c", now), Actions{});
    EXPECT_EQ(core.on_exit("b", killed, now), Actions{});
    EXPECT_EQ(core.on_exit("a", done, now), Actions{Finish{}});
    EXPECT_EQ(core.on_time(now + 1h), Actions{});
}

TEST_F(SupervisorCore, shutting_down_with_nothing_to_end_is_over_at_once) {
    core.add("a", 0);
    EXPECT_EQ(core.shut_down(now), Actions{Finish{}});
    EXPECT_EQ(core.shut_down(now), Actions{});
}

TEST_F(SupervisorCore, forgets_what_is_stopped_only) {
    add_running("a");
    EXPECT_FALSE(core.remove("a"));
    ASSERT_EQ(core.stop("a", now), Actions{Terminate{"a"}});
    ASSERT_EQ(core.on_exit("a", done, now), Actions{});
    EXPECT_TRUE(core.remove("a"));
    EXPECT_EQ(core.find("a"), nullptr);
    EXPECT_EQ(core.start("a", now), Actions{});
}

TEST(ProcessExitText, says_how_a_process_ended) {
    EXPECT_EQ(to_string(killed), "was killed by SIGKILL");
    EXPECT_EQ(to_string(ProcessExit{ProcessExit::Kind::code, 3}), "ended with exit code 3");
    EXPECT_EQ(to_string(ProcessExit{}), "ended");
}

}  // namespace
}  // namespace meta138::op
