// SPDX-License-Identifier: Apache-2.0
#include "meta138/telemetry/metrics.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace meta138::telemetry {
namespace {

// Buckets in nanoseconds: 16 an octave from 2^8 ns on; all below share the first, all from 2^40 ns
// (18 minutes) on share the last.
constexpr unsigned first_octave = 8;
constexpr unsigned last_octave = 40;
constexpr unsigned buckets_per_octave = 16;
constexpr std::size_t bucket_count = (last_octave - first_octave) * buckets_per_octave;
constexpr unsigned window_count = 5;
constexpr std::chrono::minutes window_length{1};

std::size_t bucket_of(std::uint64_t nanoseconds) {
    const auto width = static_cast<unsigned>(std::bit_width(nanoseconds));
    if (width <= first_octave) return 0;
    if (width > last_octave) return bucket_count - 1;
    const auto octave = width - 1;
    const auto within = (nanoseconds >> (octave - 4)) & (buckets_per_octave - 1);
    return (octave - first_octave) * buckets_per_octave + static_cast<std::size_t>(within);
}

/// The middle of a bucket, in seconds.
double value_of(std::size_t bucket) {
    const auto octave = first_octave + static_cast<unsigned>(bucket / buckets_per_octave);
    const auto within = static_cast<double>(bucket % buckets_per_octave);
    return std::ldexp(1 + (within + 0.5) / buckets_per_octave, static_cast<int>(octave)) * 1e-9;
}

}  // namespace

struct Summary::Window {
    std::array<std::atomic<std::uint32_t>, bucket_count> buckets{};
};

Summary::Summary()
    : windows_{std::make_unique<Window[]>(window_count)},
      turned_{std::chrono::steady_clock::now()} {}
Summary::~Summary() = default;

void Summary::observe(std::chrono::nanoseconds duration) noexcept {
    const auto nanoseconds =
        static_cast<std::uint64_t>(std::max(std::chrono::nanoseconds::rep{0}, duration.count()));
    auto& window = windows_[current_.load(std::memory_order_relaxed)];
    window.buckets[bucket_of(nanoseconds)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(nanoseconds, std::memory_order_relaxed);
    count_.fetch_add(1, std::memory_order_relaxed);
}

std::uint64_t Summary::count() const noexcept {
    return count_.load(std::memory_order_relaxed);
}

std::chrono::nanoseconds Summary::sum() const noexcept {
    return std::chrono::nanoseconds{sum_.load(std::memory_order_relaxed)};
}

double Summary::quantile(double q) const noexcept {
    std::array<std::uint64_t, bucket_count> merged{};
    std::uint64_t total = 0;
    for (unsigned i = 0; i < window_count; ++i)
        for (std::size_t bucket = 0; bucket < bucket_count; ++bucket) {
            const auto n = windows_[i].buckets[bucket].load(std::memory_order_relaxed);
            merged[bucket] += n;
            total += n;
        }
    if (total == 0) return std::numeric_limits<double>::quiet_NaN();
    const auto rank = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(total))));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < bucket_count; ++bucket)
        if ((seen += merged[bucket]) >= rank) return value_of(bucket);
    return value_of(bucket_count - 1);
}

void Summary::rotate(std::chrono::steady_clock::time_point now) noexcept {
    if (now - turned_ < window_length) return;
    // After a long pause between scrapes all old windows are stale.
    const auto passed = std::min<std::int64_t>((now - turned_) / window_length, window_count);
    turned_ = now;
    for (std::int64_t i = 0; i < passed; ++i) {
        const auto next = (current_.load(std::memory_order_relaxed) + 1) % window_count;
        for (auto& bucket : windows_[next].buckets) bucket.store(0, std::memory_order_relaxed);
        current_.store(next, std::memory_order_relaxed);
    }
}

}  // namespace meta138::telemetry
