// SPDX-License-Identifier: Apache-2.0
#include "server/reloader.hpp"

#include "meta138/base/hex.hpp"

#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>
#include <utility>

namespace meta138::signer {
namespace {

constexpr std::size_t max_failures_logged = 20;

std::string failure_text(const KeyLoadReport& report) {
    return report.failed.size() == 1
               ? report.failed.front().to_string()
               : fmt::format("{} keys could not be loaded, the first: {}", report.failed.size(),
                             report.failed.front().to_string());
}

}  // namespace

std::expected<Policy, std::string> load_policy(const std::filesystem::path& file) {
    if (file.empty()) return Policy::allow_everything();
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    std::ifstream in{file, std::ios::binary};
    if (error || !in)
        return std::unexpected{fmt::format("The policy file {} cannot be read", file.string())};
    if (size > max_policy_size)
        return std::unexpected{fmt::format("The policy file {} is too large", file.string())};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    auto policy = Policy::decode(text, file.string());
    if (!policy) return std::unexpected{policy.error().to_string()};
    return *std::move(policy);
}

Reloader::~Reloader() {
    stop();
}

void Reloader::stop() {
    std::jthread thread;
    {
        const MutexLock lock{mutex_};
        thread = std::move(thread_);
    }
    thread.request_stop();
}

bool Reloader::start(bool is_first) {
    const MutexLock lock{mutex_};
    if (status_.state == ReloadStatus::State::running) return false;
    status_.state = ReloadStatus::State::running;
    thread_ = std::jthread{[this, is_first](const std::stop_token& stop) { run(is_first, stop); }};
    return true;
}

ReloadStatus Reloader::status() const {
    const MutexLock lock{mutex_};
    return status_;
}

std::string Reloader::reload_policy() {
    auto policy = load_policy(parts_.policy_file);
    if (!policy) return std::move(policy).error();
    parts_.gate.set_policy(*std::move(policy));
    AuditEntry entry;
    entry.event = "policy_loaded";
    parts_.gate.record(std::move(entry));
    return {};
}

void Reloader::report(const KeyLoadReport& report) const {
    for (std::size_t i = 0; i < std::min(report.failed.size(), max_failures_logged); ++i)
        parts_.log.error("Key not loaded: {}", report.failed[i].to_string());
    if (report.failed.size() > max_failures_logged)
        parts_.log.error("and {} more", report.failed.size() - max_failures_logged);
    for (const auto& warning : report.warnings) parts_.log.warn("{}", warning);
    for (const auto& key : report.added) parts_.log.debug("Key added: {}", to_hex(key.bytes));
    for (const auto& key : report.removed) parts_.log.info("Key removed: {}", to_hex(key.bytes));
    parts_.log.info("Keys loaded in {} ms: {} added, {} removed, {} unchanged, {} failed",
                    report.duration.count(), report.added.size(), report.removed.size(),
                    report.unchanged, report.failed.size());
}

void Reloader::run(bool is_first, const std::stop_token& stop) {
    telemetry::set_thread_name("reload");
    // The load is stopped by our end, or by the time-out.
    std::stop_source both;
    const std::stop_callback on_stop{stop, [&] { both.request_stop(); }};
    std::mutex timer_mutex;
    std::condition_variable_any timer_changed;
    bool is_timed_out = false;
    std::jthread timer{[&](const std::stop_token& done) {
        std::unique_lock lock{timer_mutex};
        if (timer_changed.wait_for(lock, done, parts_.timeout, [] { return false; })) return;
        if (done.stop_requested()) return;
        is_timed_out = true;
        both.request_stop();
    }};
    const auto policy_error = is_first ? std::string{} : reload_policy();
    const auto result = parts_.keys.load({}, both.get_token());
    timer.request_stop();
    timer.join();
    note(result, policy_error, is_timed_out);
    // After that: whoever waits for these lines finds the status as they say.
    report(result);
    if (!policy_error.empty()) parts_.log.error("The policy stays as it was: {}", policy_error);
    parts_.metrics.signers_loaded().set(static_cast<double>(parts_.keys.keys()->keys().size()));
    AuditEntry entry;
    entry.event = "keys_loaded";
    parts_.gate.record(std::move(entry));
}

void Reloader::note(const KeyLoadReport& result, const std::string& policy_error,
                    bool is_timed_out) {
    const MutexLock lock{mutex_};
    using enum ReloadStatus::State;
    status_.at = policy_now();
    status_.added = result.added.size();
    status_.removed = result.removed.size();
    status_.unchanged = result.unchanged;
    status_.failed = result.failed.size();
    status_.bulk_failed = result.bulk_failed;
    status_.is_first_done = status_.is_first_done || result.is_complete;
    status_.last_error.clear();
    status_.state = completed;
    if (!result.failed.empty()) {
        status_.state = completed_with_errors;
        status_.last_error = failure_text(result);
    }
    if (!policy_error.empty()) {
        status_.state = completed_with_errors;
        status_.last_error = policy_error;
    }
    if (!result.is_complete) {
        status_.state = failed;
        status_.last_error = is_timed_out ? "The reload took too long" : "The reload was stopped";
    }
}

}  // namespace meta138::signer
