// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/keccak.hpp"

#include "keccak_batch.hpp"
#include "keccak_round.hpp"

#include "meta138/base/assert.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace meta138::crypto {
namespace {

using keccak::rate;
using keccak::rate_words;
using keccak::round_constants;
using State = std::uint64_t[25];

static_assert(std::endian::native == std::endian::little);

constexpr std::uint64_t first_padding_bit = 1;
constexpr std::uint64_t last_padding_bit = std::uint64_t{1} << 63;

META138_INLINE std::uint64_t load_word(const std::uint8_t* at) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
}

/// The rounds from `first` on, an even number of them.
META138_INLINE void apply_rounds(State& a, std::size_t first, std::size_t last) noexcept {
    State e;
#pragma GCC unroll 1
    for (std::size_t i = first; i < last; i += 2) {
        keccak::round(e, a, round_constants[i]);
        keccak::round(a, e, round_constants[i + 1]);
    }
}

[[gnu::noinline]] void permute(std::uint64_t* state) noexcept {
    State a;
    std::copy_n(state, 25, a);
    apply_rounds(a, 0, keccak::rounds);
    std::copy_n(a, 25, state);
}

/// The permutation when only a digest is wanted of it. The first round stands alone, so that the
/// compiler can drop what it does with lanes that it knows to be zero, and the last computes one
/// row.
META138_INLINE Hash32 permute_to_digest(const State& state) noexcept {
    State a;
    keccak::round(a, state, round_constants[0]);
    apply_rounds(a, 1, keccak::rounds - 1);
    std::uint64_t d[5];
    keccak::theta(d, a);
    std::uint64_t row[5];
    keccak::round_row0(row, a, d, round_constants[keccak::rounds - 1]);
    Hash32 digest;
    std::memcpy(digest.data(), row, digest.size());
    return digest;
}

/// Inputs of whole words in one block: storage keys, mapping slots.
template <std::size_t words>
[[gnu::noinline]] Hash32 hash_words(const std::uint8_t* input) noexcept {
    State state = {};
    for (std::size_t i = 0; i < words; ++i) state[i] = load_word(input + 8 * i);
    state[words] = first_padding_bit;
    state[rate_words - 1] = last_padding_bit;
    return permute_to_digest(state);
}

void absorb_block(std::uint64_t* state, const std::uint8_t* block) noexcept {
    for (std::size_t i = 0; i < rate_words; ++i) state[i] ^= load_word(block + 8 * i);
    permute(state);
}

/// XORs fewer bytes than a block has into the state, from its byte `at` on.
void xor_bytes(std::uint64_t* state, std::size_t at, const std::uint8_t* data,
               std::size_t size) noexcept {
    auto* const bytes = reinterpret_cast<std::uint8_t*>(state) + at;
    for (std::size_t i = 0; i < size; ++i) bytes[i] ^= data[i];
}

void pad(std::uint64_t* state, std::size_t filled) noexcept {
    state[filled / 8] ^= first_padding_bit << filled % 8 * 8;
    state[rate_words - 1] ^= last_padding_bit;
}

/// The last block of an input: `left` < rate bytes at `at`.
Hash32 absorb_last_block(State& state, const std::uint8_t* at, std::size_t left) noexcept {
    const std::size_t words = left / 8;
    for (std::size_t i = 0; i < words; ++i) state[i] ^= load_word(at + 8 * i);
    std::uint64_t word = first_padding_bit;
    for (std::size_t i = left % 8; i-- > 0;) word = word << 8 | at[8 * words + i];
    state[words] ^= word;
    state[rate_words - 1] ^= last_padding_bit;
    return permute_to_digest(state);
}

}  // namespace

Hash32 keccak256(ByteView input) noexcept {
    if (input.size() == 32) return hash_words<4>(input.data());
    if (input.size() == 64) return hash_words<8>(input.data());
    State state = {};
    const std::uint8_t* at = input.data();
    std::size_t left = input.size();
    for (; left >= rate; left -= rate, at += rate) absorb_block(state, at);
    return absorb_last_block(state, at, left);
}

Keccak256& Keccak256::update(ByteView input) noexcept {
    while (!input.empty()) {
        const auto taken = std::min(input.size(), rate - filled_);
        if (taken == rate) {
            absorb_block(state_.data(), input.data());
        } else {
            xor_bytes(state_.data(), filled_, input.data(), taken);
            filled_ += taken;
            if (filled_ == rate) {
                permute(state_.data());
                filled_ = 0;
            }
        }
        input = input.subspan(taken);
    }
    return *this;
}

Hash32 Keccak256::finish() noexcept {
    pad(state_.data(), filled_);
    permute(state_.data());
    Hash32 digest;
    std::memcpy(digest.data(), state_.data(), digest.size());
    *this = Keccak256{};
    return digest;
}

}  // namespace meta138::crypto
