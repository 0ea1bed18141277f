// SPDX-License-Identifier: Apache-2.0
#include "metrics_pusher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace meta138::node {
namespace {

constexpr std::chrono::seconds farewell_timeout{2};

/// A segment of a path (RFC 3986).
std::string escaped(std::string_view text) {
    std::string out;
    for (const char letter : text) {
        const auto c = static_cast<unsigned char>(letter);
        if (std::isalnum(c) != 0 || std::string_view{"-._~"}.contains(letter))
            out += letter;
        else
            out += fmt::format("%{:02X}", c);
    }
    return out;
}

http::ClientOptions client_options() {
    http::ClientOptions options;
    options.limits.body_bytes = std::size_t{64} << 10;
    return options;
}

bool is_success(const http::ClientResult& result) {
    return result && result->status / 100 == 2;
}

}  // namespace

MetricsPusher::MetricsPusher(const MetricsPushOptions& options, const telemetry::Metrics& metrics,
                             telemetry::Logger log)
    : options_{options},
      metrics_{metrics},
      log_{std::move(log)},
      url_{fmt::format("http://{}:{}/metrics/job/{}", options.host, options.port,
                       escaped(options.job))},
      client_{client_options()} {
    log_.info("Starting metrics push gateway service pushing to {}:{}", options.host, options.port);
    thread_ = std::jthread{[this](const std::stop_token& stop) { work(stop); }};
}

MetricsPusher::~MetricsPusher() {
    thread_.request_stop();
    thread_.join();
    const auto result = client_.exchange(
        {.method = "DELETE", .url = url_, .timeout = farewell_timeout, .repeatable = true});
    if (!is_success(result))
        log_.warn("What was pushed to the metrics gateway could not be deleted: {}",
                  result ? fmt::format("it answers {}", result->status) : result.error().text);
}

void MetricsPusher::work(const std::stop_token& stop) {
    telemetry::set_thread_name("metrics");
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock{mutex};
    while (!stop.stop_requested()) {
        push(stop);
        wake.wait_for(lock, stop, options_.interval, [] { return false; });
    }
}

void MetricsPusher::push(const std::stop_token& stop) {
    constexpr std::chrono::seconds longest_wait{10};
    note(client_.exchange(
        {.method = "POST",
         .url = url_,
         .headers = {{"Content-Type", std::string{telemetry::Metrics::text_content_type}}},
         .body = metrics_.expose(),
         .timeout = std::min<std::chrono::milliseconds>(options_.interval, longest_wait)},
        stop));
}

// Once when it begins and once when it ends: a gateway may be away for days.
void MetricsPusher::note(const http::ClientResult& result) {
    if (!result && result.error().kind == http::ClientErrorKind::cancelled) return;
    const bool is_answered = is_success(result);
    if (is_answered == std::exchange(is_answered_, is_answered)) return;
    if (is_answered)
        log_.info("The metrics gateway takes metrics again");
    else
        log_.warn("Could not push metrics to {}: {}", url_,
                  result ? fmt::format("it answers {}", result->status) : result.error().text);
}

}  // namespace meta138::node
