// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meta138::telemetry {

/// Besu's metric categories (`--metrics-category`), and our own. A category is the first part of a
/// metric's name: `besu_rpc_`, but `ethereum_`, `process_`, and `meta138_` for what Besu has not.
enum class Category : std::uint8_t {
    bal,
    block_processing,
    blockchain,
    bonsai_cache,
    ethereum,
    executors,
    jvm,
    network,
    peers,
    permissioning,
    private_rocksdb,
    process,
    pruner,
    rocksdb,
    rpc,
    synchronizer,
    transaction_pool,
    meta138,
};

/// The option's word for a category, in any letter case: `BLOCKCHAIN`, `transaction_pool`.
[[nodiscard]] std::optional<Category> parse_category(std::string_view name) noexcept;
[[nodiscard]] std::string_view to_string(Category category) noexcept;
/// What Besu enables without the option, and our own: all but the RocksDB ones.
[[nodiscard]] std::span<const Category> default_categories() noexcept;

/// Only grows. Any thread; an atomic add.
class Counter {
public:
    void increment(std::uint64_t by = 1) noexcept {
        value_.fetch_add(by, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t value() const noexcept {
        return value_.load(std::memory_order_relaxed);
    }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// A number of the moment. Any thread.
class Gauge {
public:
    void set(double value) noexcept { value_.store(value, std::memory_order_relaxed); }
    void add(double by) noexcept { value_.fetch_add(by, std::memory_order_relaxed); }
    [[nodiscard]] double value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<double> value_{0};
};

/// Durations with their quantiles over the last minutes, count and sum. Any thread; three atomic
/// adds and no lock: observations fall into 16 buckets an octave, so a quantile is within 3.2 %.
class Summary {
public:
    Summary();
    ~Summary();
    Summary(const Summary&) = delete;
    Summary& operator=(const Summary&) = delete;

    void observe(std::chrono::nanoseconds duration) noexcept;

    [[nodiscard]] std::uint64_t count() const noexcept;
    [[nodiscard]] std::chrono::nanoseconds sum() const noexcept;
    /// In seconds, of what was observed in the last five minutes; NaN if nothing was.
    [[nodiscard]] double quantile(double q) const noexcept;

    /// Observes its own lifetime.
    class Timer {
    public:
        explicit Timer(Summary& summary) noexcept
            : summary_{summary}, start_{std::chrono::steady_clock::now()} {}
        ~Timer() { summary_.observe(std::chrono::steady_clock::now() - start_); }
        Timer(const Timer&) = delete;
        Timer& operator=(const Timer&) = delete;

    private:
        Summary& summary_;
        std::chrono::steady_clock::time_point start_;
    };
    [[nodiscard]] Timer time() noexcept { return Timer{*this}; }

    /// Begins a new window if the current one is a minute old; the metrics do so at each scrape.
    void rotate(std::chrono::steady_clock::time_point now) noexcept;

private:
    struct Window;
    std::unique_ptr<Window[]> windows_;
    std::atomic<unsigned> current_{0};
    std::atomic<std::uint64_t> count_{0};
    std::atomic<std::uint64_t> sum_{0};  // ns
    std::chrono::steady_clock::time_point turned_{};
};

using Label = std::pair<std::string_view, std::string_view>;
using Labels = std::initializer_list<Label>;

/// Every metric of a process. A metric is registered once (a lock, an allocation) and its reference
/// kept: it lives as long as the registry. Registering the same name and labels again returns the
/// same one. Any thread.
///
/// Names are without category and without a counter's `_total`: `counter(Category::rpc,
/// "errors_count", ...)` is exposed as `besu_rpc_errors_count_total`. A metric of a category that
/// is switched off works, but is not exposed.
class Metrics {
public:
    explicit Metrics(std::span<const Category> categories = default_categories());
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    Counter& counter(Category category, std::string_view name, std::string_view help,
                     Labels labels = {});
    Gauge& gauge(Category category, std::string_view name, std::string_view help,
                 Labels labels = {});
    Summary& summary(Category category, std::string_view name, std::string_view help,
                     Labels labels = {});

    /// A gauge or counter whose value is asked for at each scrape, on the scraping thread: `read`
    /// must not block, and is not called after the returned registration has died.
    class Registration;
    [[nodiscard]] Registration gauge(Category category, std::string_view name,
                                     std::string_view help, std::function<double()> read,
                                     Labels labels = {});
    [[nodiscard]] Registration counter(Category category, std::string_view name,
                                       std::string_view help, std::function<double()> read,
                                       Labels labels = {});

    [[nodiscard]] bool is_enabled(Category category) const noexcept;

    /// Prometheus' text format, version 0.0.4 (`text_content_type`). With `names`, only these
    /// metrics
    /// (`?name[]=` of a scrape).
    [[nodiscard]] std::string expose(std::span<const std::string> names = {}) const;

    static constexpr std::string_view text_content_type =
        "text/plain; version=0.0.4; charset=utf-8";

private:
    struct State;
    std::shared_ptr<State> state_;
};

class Metrics::Registration {
public:
    Registration() = default;
    ~Registration();
    Registration(Registration&&) noexcept = default;
    Registration& operator=(Registration&&) noexcept;

private:
    friend class Metrics;
    Registration(std::weak_ptr<State> state, std::uint64_t id);
    std::weak_ptr<State> state_;
    std::uint64_t id_ = 0;
};

/// The standard set of Prometheus' client libraries: `process_cpu_seconds_total`,
/// `process_resident_memory_bytes`, `process_virtual_memory_bytes`, `process_open_fds`,
/// `process_max_fds`, `process_start_time_seconds`; and Besu's `process_release{version}`.
[[nodiscard]] std::vector<Metrics::Registration> register_process_metrics(Metrics& metrics,
                                                                          std::string_view version);

}  // namespace meta138::telemetry
