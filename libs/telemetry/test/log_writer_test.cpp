// SPDX-License-Identifier: Apache-2.0
#include "log_writer.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <thread>
#include <vector>

namespace meta138::telemetry {
namespace {

TEST(LogWriter, a_stalled_reader_costs_lines_and_nobodys_time) {
    std::latch may_read{1};
    std::string read;
    {
        LogWriter writer{[&](std::string_view lines) {
                             may_read.wait();
                             read += lines;
                         },
                         100};
        const std::string line(40, 'x');
        for (int i = 0; i < 1000; ++i) writer.append(line);
        // The queue holds two lines, and at most one swap of it is with the reader.
        EXPECT_GE(writer.dropped(), 1000u - 4u);
        may_read.count_down();
        writer.flush();
        EXPECT_GE(read.size(), 2 * line.size());
    }
}

TEST(LogWriter, what_was_appended_before_its_end_is_written) {
    std::string read;
    {
        LogWriter writer{[&](std::string_view lines) { read += lines; }, 1000};
        writer.append("one\n");
        writer.append("two\n");
    }
    EXPECT_EQ(read, "one\ntwo\n");
}

TEST(LogWriter, a_flush_ends_while_others_append) {
    LogWriter writer{[](std::string_view) {}, 1'000'000};
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int line = 0; line < 2000; ++line) {
                writer.append("a line\n");
                writer.flush();
            }
        });
    threads.clear();  // each has ended
    EXPECT_EQ(writer.dropped(), 0u);
}

}  // namespace
}  // namespace meta138::telemetry
