// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bls12_381/curve.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace meta138::crypto::bls12_381 {

/// Sums of affine points, bucket by bucket. Points are added in pairs, and the inversions of all
/// the pairs of a round are one: some 6 multiplications an addition, where a mixed one in Jacobian
/// coordinates takes 11.
template <typename Field>
class BucketSums {
public:
    using Point = AffinePoint<Field>;

    explicit BucketSums(std::size_t buckets) : buckets_(buckets) {}

    /// Back to no points; keeps the memory.
    void clear() { entries_.clear(); }
    void add(std::size_t bucket, const Point& point) {
        entries_.push_back({point, static_cast<std::uint32_t>(bucket)});
    }

    /// The sum of each bucket; infinity for an empty one. Valid until the next call.
    std::span<const Point> reduce() {
        sort_by_bucket();
        while (add_neighbours()) {
        }
        std::ranges::fill(buckets_, Point{});
        for (const auto& entry : entries_) buckets_[entry.bucket] = entry.point;
        return buckets_;
    }

private:
    struct Entry {
        Point point;
        std::uint32_t bucket;
    };

    /// A counting sort.
    void sort_by_bucket() {
        starts_.assign(buckets_.size() + 1, 0);
        for (const auto& entry : entries_) ++starts_[entry.bucket + 1];
        for (std::size_t i = 1; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
        sorted_.resize(entries_.size());
        for (const auto& entry : entries_) sorted_[starts_[entry.bucket]++] = entry;
        entries_.swap(sorted_);
    }

    /// Adds the first to the second, the third to the fourth ... of each bucket. False when no
    /// bucket had two.
    bool add_neighbours() {
        denominators_.clear();
        for_each_pair(
            [this](const Point& a, const Point& b) { denominators_.push_back(denominator(a, b)); });
        if (denominators_.empty()) return false;
        scratch_.resize(denominators_.size());
        invert_all<Field>(denominators_, scratch_);

        std::size_t next = 0;
        std::size_t kept = 0;
        for (std::size_t i = 0; i < entries_.size();) {
            if (has_pair(i)) {
                entries_[kept].point =
                    sum(entries_[i].point, entries_[i + 1].point, denominators_[next++]);
                entries_[kept].bucket = entries_[i].bucket;
                i += 2;
            } else {
                entries_[kept] = entries_[i];
                ++i;
            }
            ++kept;
        }
        entries_.resize(kept);
        return true;
    }

    [[nodiscard]] bool has_pair(std::size_t i) const {
        return i + 1 < entries_.size() && entries_[i].bucket == entries_[i + 1].bucket;
    }

    template <typename Visit>
    void for_each_pair(const Visit& visit) const {
        for (std::size_t i = 0; i + 1 < entries_.size();) {
            if (!has_pair(i)) {
                ++i;
                continue;
            }
            visit(entries_[i].point, entries_[i + 1].point);
            i += 2;
        }
    }

    /// What the slope of the line through both is divided by; zero when no division is needed.
    static Field denominator(const Point& a, const Point& b) {
        if (a.is_infinity() || b.is_infinity()) return Field{};
        if (a.x == b.x) return a.y == b.y ? a.y.twice() : Field{};
        return b.x - a.x;
    }

    static Point sum(const Point& a, const Point& b, const Field& inverse) {
        if (a.is_infinity()) return b;
        if (b.is_infinity()) return a;
        Field numerator = b.y - a.y;
        if (a.x == b.x) {
            if (a.y != b.y) return Point{};
            const Field xx = a.x.square();
            numerator = xx.twice() + xx;
        }
        const Field slope = numerator * inverse;
        const Field x = slope.square() - a.x - b.x;
        return {x, slope * (a.x - x) - a.y};
    }

    std::vector<Point> buckets_;
    std::vector<Entry> entries_;
    std::vector<Entry> sorted_;
    std::vector<std::uint32_t> starts_;
    std::vector<Field> denominators_;
    std::vector<Field> scratch_;
};

}  // namespace meta138::crypto::bls12_381
