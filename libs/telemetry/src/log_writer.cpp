// SPDX-License-Identifier: Apache-2.0
#include "log_writer.hpp"

#include "meta138/telemetry/logging.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace meta138::telemetry {

LogWriter::LogWriter(Output output, std::size_t queue_bytes)
    : output_{std::move(output)}, queue_bytes_{queue_bytes}, thread_{[this] { run(); }} {}

LogWriter::~LogWriter() {
    {
        const MutexLock lock{mutex_};
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void LogWriter::append(std::string_view line) {
    {
        const MutexLock lock{mutex_};
        if (pending_.size() + line.size() > queue_bytes_) {
            ++dropped_;
            return;
        }
        pending_ += line;
        ++appended_;
    }
    changed_.notify_all();  // one alone might be somebody in flush()
}

void LogWriter::flush() {
    const MutexLock lock{mutex_};
    const auto target = appended_;
    while (written_ < target) changed_.wait(mutex_);
}

std::uint64_t LogWriter::dropped() const {
    const MutexLock lock{mutex_};
    return dropped_;
}

void LogWriter::run() {
    set_thread_name("log");
    std::string lines;
    while (true) {
        std::uint64_t upto = 0;
        {
            const MutexLock lock{mutex_};
            while (pending_.empty() && !stopping_) changed_.wait(mutex_);
            if (pending_.empty()) return;
            lines.swap(pending_);
            upto = appended_;
        }
        output_(lines);
        lines.clear();
        {
            const MutexLock lock{mutex_};
            written_ = upto;
        }
        changed_.notify_all();
    }
}

void write_all(int descriptor, std::string_view text) noexcept {
    while (!text.empty()) {
        const auto written = ::write(descriptor, text.data(), text.size());
        if (written > 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {  // whoever shares the terminal has made it non-blocking
            pollfd waiting{.fd = descriptor, .events = POLLOUT, .revents = 0};
            ::poll(&waiting, 1, -1);
        } else if (errno != EINTR) {
            return;
        }
    }
}

}  // namespace meta138::telemetry
