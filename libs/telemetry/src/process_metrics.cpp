// SPDX-License-Identifier: Apache-2.0
#include "meta138/telemetry/metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace meta138::telemetry {
namespace {

double cpu_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// /proc/self/statm: sizes in pages, total first and resident second (proc(5)).
double memory_bytes(int field) {
    std::ifstream statm{"/proc/self/statm"};
    double pages = 0;
    for (int i = 0; i <= field; ++i) statm >> pages;
    return pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double open_descriptors() {
    std::error_code error;
    std::filesystem::directory_iterator entries{"/proc/self/fd", error};
    double count = 0;
    for (; !error && entries != std::filesystem::directory_iterator{}; entries.increment(error))
        ++count;
    return count;
}

double max_descriptors() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<double>(limit.rlim_cur);
}

/// Field 22 of /proc/self/stat, in ticks after boot, plus the boot time of /proc/stat (proc(5)).
double start_time() {
    std::ifstream stat{"/proc/self/stat"};
    std::string text;
    std::getline(stat, text);
    // The second field is the program's name in parentheses, and may contain spaces.
    const auto after_name = text.rfind(')');
    if (after_name == std::string::npos) return 0;
    std::istringstream fields{text.substr(after_name + 1)};
    std::string skipped;
    for (int field = 3; field < 22; ++field) fields >> skipped;
    double ticks = 0;
    fields >> ticks;

    std::ifstream system{"/proc/stat"};
    double boot = 0;
    for (std::string line; std::getline(system, line);)
        if (line.starts_with("btime ")) boot = std::stod(line.substr(6));
    return boot + ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

std::vector<Metrics::Registration> register_process_metrics(Metrics& metrics,
                                                            std::string_view version) {
    std::vector<Metrics::Registration> result;
    const auto gauge = [&](std::string_view name, std::string_view help, auto read) {
        result.push_back(metrics.gauge(Category::process, name, help, read));
    };
    result.push_back(metrics.counter(Category::process, "cpu_seconds",
                                     "User and system CPU time spent, in seconds", cpu_seconds));
    gauge("resident_memory_bytes", "Resident memory in bytes", [] { return memory_bytes(1); });
    gauge("virtual_memory_bytes", "Virtual memory in bytes", [] { return memory_bytes(0); });
    gauge("open_fds", "Open file descriptors", open_descriptors);
    gauge("max_fds", "Limit of open file descriptors", max_descriptors);
    gauge("start_time_seconds", "Start of the process, in seconds since the epoch",
          [start = start_time()] { return start; });
    result.push_back(metrics.gauge(Category::process, "release", "The release that runs",
                                   [] { return 1.0; }, {{"version", version}}));
    return result;
}

}  // namespace meta138::telemetry
