// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keccak_round.hpp"
#include "lanes.hpp"

#include "meta138/base/bytes.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

namespace meta138::crypto::keccak {

/// The inputs on their way through the lanes: a lane whose input is exhausted takes the next one,
/// so that inputs of different lengths leave none idle before the end.
template <std::size_t lanes>
class LaneFeeder {
public:
    LaneFeeder(std::span<const ByteView> inputs, std::span<Hash32> out)
        : inputs_{inputs}, out_{out} {
        for (std::size_t lane = 0; lane < lanes; ++lane) refill(lane);
    }

    [[nodiscard]] bool done() const { return busy_ == 0; }
    /// The block that a lane absorbs next. An idle lane absorbs whatever it did last.
    [[nodiscard]] const std::uint8_t* block(std::size_t lane) const {
        return blocks_left_[lane] > 1 ? at_[lane] : last_block_[lane].data();
    }
    /// All ones if the lane goes on with its input, zero if it begins one.
    [[nodiscard]] const std::uint64_t* keeps_state() const { return keeps_state_.data(); }

    /// After a permutation: `digests` are the first four words of the lanes' states.
    void advance(const Lanes<lanes> (&digests)[4]) {
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            keeps_state_[lane] = ~std::uint64_t{0};
            if (blocks_left_[lane] == 0) continue;
            if (--blocks_left_[lane] > 0) {
                at_[lane] += rate;
                continue;
            }
            --busy_;
            for (std::size_t i = 0; i < 4; ++i) {
                const std::uint64_t word = digests[i][lane];
                std::memcpy(out_[index_[lane]].data() + 8 * i, &word, sizeof word);
            }
            refill(lane);
        }
    }

private:
    void refill(std::size_t lane) {
        if (next_ == inputs_.size()) return;
        const ByteView input = inputs_[next_];
        const std::size_t left = input.size() % rate;
        at_[lane] = input.data();
        blocks_left_[lane] = input.size() / rate + 1;
        auto& last = last_block_[lane];
        last.fill(0);
        std::copy_n(input.data() + (input.size() - left), left, last.data());
        last[left] = 0x01;
        last[rate - 1] |= 0x80;
        keeps_state_[lane] = 0;
        index_[lane] = next_++;
        ++busy_;
    }

    std::span<const ByteView> inputs_;
    std::span<Hash32> out_;
    std::size_t next_ = 0;
    std::size_t busy_ = 0;
    std::array<const std::uint8_t*, lanes> at_{};
    std::array<std::size_t, lanes> blocks_left_{};
    std::array<std::size_t, lanes> index_{};
    alignas(64) std::array<std::uint64_t, lanes> keeps_state_{};
    alignas(64) std::array<std::array<std::uint8_t, rate>, lanes> last_block_{};
};

/// a ^= the next block of every lane.
template <std::size_t lanes>
META138_INLINE void absorb(Lanes<lanes> (&a)[25], const LaneFeeder<lanes>& feeder) {
    static_assert(rate_words % lanes == 1);
    const std::uint8_t* blocks[lanes];
    for (std::size_t lane = 0; lane < lanes; ++lane) blocks[lane] = feeder.block(lane);
#pragma GCC unroll 4
    for (std::size_t at = 0; at < rate_words - 1; at += lanes) {
        Lanes<lanes> rows[lanes];
        for (std::size_t lane = 0; lane < lanes; ++lane)
            std::memcpy(&rows[lane], blocks[lane] + 8 * at, sizeof rows[lane]);
        transpose(rows);
        for (std::size_t i = 0; i < lanes; ++i) a[at + i] ^= rows[i];
    }
    std::uint64_t last_words[lanes];
    for (std::size_t lane = 0; lane < lanes; ++lane)
        std::memcpy(&last_words[lane], blocks[lane] + rate - 8, 8);
    Lanes<lanes> last;
    std::memcpy(&last, last_words, sizeof last);
    a[rate_words - 1] ^= last;
}

/// keccak256 of each input. To be inlined into a function whose target has vectors of this width.
template <std::size_t lanes>
META138_INLINE void hash_in_lanes(std::span<const ByteView> inputs, std::span<Hash32> out) {
    LaneFeeder<lanes> feeder{inputs, out};
    Lanes<lanes> state[25] = {};
    while (!feeder.done()) {
        Lanes<lanes> a[25];
        Lanes<lanes> e[25];
        Lanes<lanes> keep;
        std::memcpy(&keep, feeder.keeps_state(), sizeof keep);
        for (std::size_t i = 0; i < 25; ++i) a[i] = state[i] & keep;
        absorb<lanes>(a, feeder);
#pragma GCC unroll 1
        for (std::size_t i = 0; i < rounds; i += 2) {
            round(e, a, round_constants[i]);
            round(a, e, round_constants[i + 1]);
        }
        for (std::size_t i = 0; i < 25; ++i) state[i] = a[i];
        const Lanes<lanes> digests[4] = {a[0], a[1], a[2], a[3]};
        feeder.advance(digests);
    }
}

}  // namespace meta138::crypto::keccak
