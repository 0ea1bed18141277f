// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/keccak.hpp"

#include "keccak_round.hpp"

#include "meta138/base/assert.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace meta138::crypto {
namespace {

using keccak::rate;
using keccak::rate_words;
static_assert(std::endian::native == std::endian::little);

std::uint64_t load_word(const std::uint8_t* at) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
}

void permute(std::uint64_t* state) noexcept {
    std::uint64_t a[25];
    std::uint64_t e[25];
    std::copy_n(state, 25, a);
    for (std::size_t i = 0; i < keccak::rounds; i += 2) {
        keccak::round(e, a, keccak::round_constants[i]);
        keccak::round(a, e, keccak::round_constants[i + 1]);
    }
    std::copy_n(a, 25, state);
}

void absorb_block(std::uint64_t* state, const std::uint8_t* block) noexcept {
    for (std::size_t i = 0; i < rate_words; ++i) state[i] ^= load_word(block + 8 * i);
    permute(state);
}

/// XORs fewer bytes than a block has into the state, from its byte `at` on.
void xor_bytes(std::uint64_t* state, std::size_t at, const std::uint8_t* data,
               std::size_t size) noexcept {
    auto* bytes = reinterpret_cast<std::uint8_t*>(state) + at;
    for (std::size_t i = 0; i < size; ++i) bytes[i] ^= data[i];
}

Hash32 pad_and_squeeze(std::uint64_t* state, std::size_t filled) noexcept {
    state[filled / 8] ^= std::uint64_t{1} << filled % 8 * 8;
    state[rate_words - 1] ^= std::uint64_t{1} << 63;
    permute(state);
    Hash32 digest;
    std::memcpy(digest.data(), state, digest.size());
    return digest;
}

}  // namespace

Hash32 keccak256(ByteView input) noexcept {
    std::uint64_t state[25] = {};
    const std::uint8_t* at = input.data();
    std::size_t left = input.size();
    for (; left >= rate; left -= rate, at += rate) absorb_block(state, at);
    xor_bytes(state, 0, at, left);
    return pad_and_squeeze(state, left);
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
    const auto digest = pad_and_squeeze(state_.data(), filled_);
    *this = Keccak256{};
    return digest;
}

void keccak256_batch(std::span<const ByteView> inputs, std::span<Hash32> out) noexcept {
    META138_ASSERT(inputs.size() == out.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) out[i] = keccak256(inputs[i]);
}

}  // namespace meta138::crypto
