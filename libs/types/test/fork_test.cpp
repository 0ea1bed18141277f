// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/fork.hpp"

#include "meta138/types/fork_schedule.hpp"

#include <gmock/gmock.h>

namespace meta138 {
namespace {

TEST(Fork, is_found_by_its_names) {
    for (const auto& row : forks()) {
        EXPECT_EQ(find_fork(row.name), row.fork);
        EXPECT_EQ(find_fork(row.fixture_name), row.fork);
        EXPECT_EQ(&row_of(row.fork), &row);
    }
    EXPECT_EQ(find_fork("EIP158"), Fork::spurious_dragon);
    EXPECT_EQ(find_fork("constantinoplefix"), Fork::petersburg);
    EXPECT_EQ(find_fork("TangerineWhistle"), Fork::tangerine_whistle);
    EXPECT_EQ(find_fork("tangerine_whistle"), Fork::tangerine_whistle);
    EXPECT_EQ(find_fork("Amsterdam"), std::nullopt);
    EXPECT_EQ(find_fork(""), std::nullopt);
    EXPECT_EQ(find_fork("Londo"), std::nullopt);
}

TEST(ForkSchedule, lets_a_later_fork_imply_the_earlier_ones) {
    ForkSchedule schedule;
    schedule.activate(Fork::berlin, 10);
    schedule.activate(Fork::shanghai, 1000);
    EXPECT_EQ(schedule.fork_at(9, 0), Fork::frontier);
    EXPECT_EQ(schedule.fork_at(10, 999), Fork::berlin);
    EXPECT_EQ(schedule.fork_at(10, 1000), Fork::shanghai);
    EXPECT_EQ(schedule.fork_at(9, 1000), Fork::shanghai);
}

TEST(ForkSchedule, merges_at_the_terminal_total_difficulty) {
    ForkSchedule schedule;
    schedule.activate(Fork::london, 0);
    schedule.terminal_total_difficulty = uint256{100};
    EXPECT_EQ(schedule.fork_at(5, 0, 99), Fork::london);
    EXPECT_EQ(schedule.fork_at(5, 0, 100), Fork::paris);
    schedule.terminal_total_difficulty = uint256{};
    EXPECT_EQ(schedule.fork_at(0, 0), Fork::paris);
}

TEST(ForkSchedule, of_one_fork_has_it_from_the_start) {
    for (const auto& row : forks()) {
        const auto schedule = schedule_of(row.fork, 138);
        EXPECT_EQ(schedule.chain_id, 138u);
        EXPECT_EQ(schedule.fork_at(0, 0), row.fork);
        EXPECT_EQ(schedule.blob_parameters_at(0), default_blob_parameters(row.fork)) << row.name;
    }
}

}  // namespace
}  // namespace meta138
