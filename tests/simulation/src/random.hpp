// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace meta138::simulation {

/// The one source of chance of a run (xoshiro256**): the same seed gives the same run everywhere,
/// which the distributions of the standard library do not promise.
class Random {
public:
    explicit Random(std::uint64_t seed) noexcept {
        for (auto& word : state_) {  // splitmix64
            seed += 0x9e3779b97f4a7c15;
            auto z = seed;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
            z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
            word = z ^ (z >> 31);
        }
    }

    std::uint64_t next() noexcept {
        const auto result = rotate(state_[1] * 5, 7) * 9;
        const auto t = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= t;
        state_[3] = rotate(state_[3], 45);
        return result;
    }

    /// From 0 to `end` - 1; `end` is not 0.
    std::size_t below(std::size_t end) noexcept { return static_cast<std::size_t>(next() % end); }
    /// Both ends included.
    std::int64_t between(std::int64_t from, std::int64_t to) noexcept {
        return from + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(to - from + 1));
    }
    /// From 0 to 1.
    double unit() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }
    bool chance(double probability) noexcept { return unit() < probability; }
    double exponential(double mean) noexcept { return -mean * std::log1p(-unit()); }

private:
    static std::uint64_t rotate(std::uint64_t x, int k) noexcept {
        return (x << k) | (x >> (64 - k));
    }
    std::uint64_t state_[4]{};
};

}  // namespace meta138::simulation
