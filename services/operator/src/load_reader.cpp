// SPDX-License-Identifier: Apache-2.0
#include "load_reader.hpp"

#include "load_ledger.hpp"

#include "meta138/base/mutex.hpp"
#include "meta138/client/calls.hpp"
#include "meta138/http/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <thread>
#include <utility>

namespace meta138::op {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t under_way_without_rate = 16;
constexpr std::size_t most_under_way = 4096;

/// Counts answers. Any thread.
class Reader {
public:
    explicit Reader(std::size_t connections) : http_{options(connections)} {}

    void send(const std::string& url, const std::string& body, Clock::time_point due)
        META138_EXCLUDES(mutex_) {
        {
            const MutexLock lock{mutex_};
            ++under_way_;
        }
        http_.send({.method = "POST",
                    .url = url,
                    .headers = {{"Content-Type", "application/json"}},
                    .body = body,
                    .repeatable = true},
                   [this, due](const http::ClientResult& result) { on_answer(result, due); });
    }

    /// Waits until no more than `most` are under way, or until `end`.
    bool wait_for_room(std::size_t most, Clock::time_point end) META138_EXCLUDES(mutex_) {
        const MutexLock lock{mutex_};
        while (under_way_ > most)
            if (changed_.wait_until(mutex_, end) == std::cv_status::timeout) return false;
        return true;
    }

    [[nodiscard]] ReadFigures figures(std::chrono::duration<double> time) META138_EXCLUDES(mutex_) {
        const MutexLock lock{mutex_};
        auto result = figures_;
        result.answered = latencies_.size();
        result.per_second = static_cast<double>(latencies_.size()) / time.count();
        result.latency = latency_figures(latencies_);
        return result;
    }

private:
    static http::ClientOptions options(std::size_t connections) {
        http::ClientOptions result;
        result.limits.connections_per_host = connections;
        result.limits.waiting = most_under_way;
        result.accept_gzip = false;
        return result;
    }

    void on_answer(const http::ClientResult& result, Clock::time_point due)
        META138_EXCLUDES(mutex_) {
        {
            const MutexLock lock{mutex_};
            --under_way_;
            if (!result)
                ++figures_.failed[refusal_reason(result.error().text)];
            else if (result->status != 200 || !result->body.contains("\"result\""))
                ++figures_.failed[fmt::format("an error, status {}", result->status)];
            else
                latencies_.push_back(Clock::now() - due);
        }
        changed_.notify_all();
    }

    Mutex mutex_;
    std::condition_variable_any changed_;
    std::size_t under_way_ META138_GUARDED_BY(mutex_) = 0;
    std::vector<std::chrono::nanoseconds> latencies_ META138_GUARDED_BY(mutex_);
    ReadFigures figures_ META138_GUARDED_BY(mutex_);
    http::Client http_;  // the last member: its callbacks use those above
};

std::vector<std::string> bodies_of(const std::vector<LoadRead>& reads) {
    std::vector<std::string> bodies;
    for (const auto& read : reads) {
        const auto call = client::call(read.to, read.data);
        bodies.push_back(fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"{}","params":{}}})",
                                     call.method, call.params));
    }
    return bodies;
}

}  // namespace

ReadFigures run_reads(const std::vector<std::string>& urls, const std::vector<LoadRead>& reads,
                      double rate, Clock::time_point end, const std::stop_token& stop) {
    const auto bodies = bodies_of(reads);
    Reader reader{under_way_without_rate};
    const auto start = Clock::now();
    for (std::size_t i = 0; !stop.stop_requested() && Clock::now() < end; ++i) {
        auto due = Clock::now();
        if (rate > 0) {
            due = start + std::chrono::nanoseconds{
                              static_cast<std::int64_t>(static_cast<double>(i) * 1e9 / rate)};
            if (due >= end) break;
            std::this_thread::sleep_until(due);
        }
        if (!reader.wait_for_room(rate > 0 ? most_under_way - 1 : under_way_without_rate - 1, end))
            break;
        if (rate == 0) due = Clock::now();
        reader.send(urls[i % urls.size()], bodies[i % bodies.size()], due);
    }
    const auto time = Clock::now() - start;
    static_cast<void>(reader.wait_for_room(0, Clock::now() + 10s));
    return reader.figures(time);
}

}  // namespace meta138::op
