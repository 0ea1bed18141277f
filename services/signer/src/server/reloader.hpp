// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "signing_gate.hpp"

#include "meta138/base/mutex.hpp"
#include "meta138/signer/key_store.hpp"
#include "meta138/telemetry/logging.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <thread>

namespace meta138::signer {

/// What the last loading of keys came to.
struct ReloadStatus {
    enum class State : std::uint8_t { idle, running, completed, completed_with_errors, failed };
    State state = State::idle;
    std::optional<PolicyTime> at{};  ///< When it ended.
    std::string last_error;
    std::size_t added = 0;
    std::size_t removed = 0;
    std::size_t unchanged = 0;
    std::size_t failed = 0;
    std::size_t bulk_failed = 0;
    bool is_first_done = false;  ///< Whether keys have been loaded at least once.
};

/// Loads keys and the policy, at the start and on request, one at a time. Any thread.
class Reloader {
public:
    struct Parts {
        KeyStore& keys;
        SigningGate& gate;
        SignerMetrics& metrics;
        std::filesystem::path policy_file;  ///< Empty: none.
        std::chrono::minutes timeout{30};
        telemetry::Logger log;
    };
    explicit Reloader(Parts parts) : parts_{std::move(parts)} {}
    ~Reloader();
    Reloader(const Reloader&) = delete;
    Reloader& operator=(const Reloader&) = delete;

    /// Begins in a thread of its own. False: one is running.
    bool start(bool is_first) META138_EXCLUDES(mutex_);
    [[nodiscard]] ReloadStatus status() const META138_EXCLUDES(mutex_);
    void stop();

private:
    void run(bool is_first, const std::stop_token& stop) META138_EXCLUDES(mutex_);
    /// What is wrong with it; empty: nothing.
    std::string reload_policy();
    void report(const KeyLoadReport& report) const;
    void note(const KeyLoadReport& result, const std::string& policy_error, bool is_timed_out)
        META138_EXCLUDES(mutex_);

    Parts parts_;
    mutable Mutex mutex_;
    ReloadStatus status_ META138_GUARDED_BY(mutex_);
    std::jthread thread_ META138_GUARDED_BY(mutex_);
};

/// The policy in a file, or one that allows everything without a file. The error has its line.
[[nodiscard]] std::expected<Policy, std::string> load_policy(const std::filesystem::path& file);

}  // namespace meta138::signer
