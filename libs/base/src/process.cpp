// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/process.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>

namespace meta138 {

std::optional<std::string> environment_variable(const std::string& name) {
    const char* const value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
    if (value == nullptr) return std::nullopt;
    return std::string{value};
}

bool may_colour(int descriptor) {
    return ::isatty(descriptor) != 0 && environment_variable("NO_COLOR").value_or("").empty();
}

void raise_open_file_limit() noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

StopSignals::StopSignals() noexcept {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    (void)std::signal(SIGPIPE, SIG_IGN);
}

int StopSignals::wait() const noexcept {
    int signal = 0;
    sigwait(&set_, &signal);
    return signal;
}

}  // namespace meta138
