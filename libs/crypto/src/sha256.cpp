// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/sha256.hpp"

#include <cpuid.h>
#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace meta138::crypto {
namespace {

constexpr std::size_t block_size = 64;

constexpr std::array<std::uint32_t, 8> initial_state = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

alignas(16) constexpr std::array<std::uint32_t, 64> round_constants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/// The processor's own SHA instructions. False until static initialisation has come here, which is
/// slower and no less right.
const bool has_sha_instructions = [] {
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & bit_SHA) != 0;
}();

std::uint32_t load_big_endian(const std::uint8_t* at) noexcept {
    std::uint32_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return std::byteswap(word);
}

void store_big_endian(std::uint8_t* at, std::uint32_t word) noexcept {
    word = std::byteswap(word);
    std::memcpy(at, &word, sizeof word);
}

void compress_portable(std::uint32_t* state, const std::uint8_t* block) noexcept {
    std::array<std::uint32_t, 64> w;
    for (std::size_t i = 0; i < 16; ++i) w[i] = load_big_endian(block + 4 * i);
    for (std::size_t i = 16; i < 64; ++i) {
        const auto s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ w[i - 15] >> 3;
        const auto s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    auto [a, b, c, d, e, f, g, h] = std::array<std::uint32_t, 8>{
        state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]};
    for (std::size_t i = 0; i < 64; ++i) {
        const auto sum1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
        const auto choice = g ^ (e & (f ^ g));
        const auto t1 = h + sum1 + choice + round_constants[i] + w[i];
        const auto sum0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
        const auto majority = (a & b) | (c & (a | b));
        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + sum0 + majority;
    }
    const std::uint32_t mixed[] = {a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < 8; ++i) state[i] += mixed[i];
}

[[gnu::target("sha,sse4.1")]] void compress_sha_instructions(std::uint32_t* state,
                                                             const std::uint8_t* data,
                                                             std::size_t blocks) noexcept {
    const auto* words = reinterpret_cast<const __m128i*>(round_constants.data());
    const __m128i byte_order = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);

    // The instructions want the state as (a, b, e, f) and (c, d, g, h), highest first.
    const __m128i dcba = _mm_loadu_si128(reinterpret_cast<const __m128i*>(state));
    const __m128i hgfe = _mm_loadu_si128(reinterpret_cast<const __m128i*>(state + 4));
    const __m128i cdab = _mm_shuffle_epi32(dcba, 0xb1);
    const __m128i efgh = _mm_shuffle_epi32(hgfe, 0x1b);
    __m128i abef = _mm_alignr_epi8(cdab, efgh, 8);
    __m128i cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);

    for (; blocks > 0; --blocks, data += block_size) {
        const __m128i abef_before = abef;
        const __m128i cdgh_before = cdgh;
        __m128i w[4];
        for (int i = 0; i < 4; ++i)
            w[i] = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(data) + i),
                                    byte_order);
#pragma GCC unroll 16
        for (unsigned i = 0; i < 16; ++i) {
            __m128i& now = w[i % 4];
            const __m128i keyed = _mm_add_epi32(now, _mm_load_si128(words + i));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, keyed);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(keyed, 0x0e));
            if (i < 12) {
                const __m128i last = w[(i + 3) % 4];
                const __m128i minus7 = _mm_alignr_epi8(last, w[(i + 2) % 4], 4);
                const __m128i sigma0 = _mm_sha256msg1_epu32(now, w[(i + 1) % 4]);
                now = _mm_sha256msg2_epu32(_mm_add_epi32(sigma0, minus7), last);
            }
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }

    const __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
    const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(state), _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

void compress(std::uint32_t* state, const std::uint8_t* data, std::size_t blocks) noexcept {
    if (has_sha_instructions) return compress_sha_instructions(state, data, blocks);
    for (; blocks > 0; --blocks, data += block_size) compress_portable(state, data);
}

/// Compresses what follows the last whole block: `tail`, of which `used` < 64 bytes are the
/// message's, the padding and the length of all `size` bytes.
Hash32 pad_and_digest(std::uint32_t* state, std::uint8_t (&tail)[2 * block_size], std::size_t used,
                      std::uint64_t size) noexcept {
    tail[used] = 0x80;
    const std::size_t blocks = used < block_size - 8 ? 1 : 2;
    std::fill(tail + used + 1, tail + blocks * block_size - 8, std::uint8_t{0});
    const std::uint64_t bits = std::byteswap(size * 8);
    std::memcpy(tail + blocks * block_size - 8, &bits, sizeof bits);
    compress(state, tail, blocks);
    Hash32 digest;
    for (std::size_t i = 0; i < 8; ++i) store_big_endian(digest.data() + 4 * i, state[i]);
    return digest;
}

}  // namespace

Hash32 sha256(ByteView input) noexcept {
    auto state = initial_state;
    const auto blocks = input.size() / block_size;
    const auto left = input.size() % block_size;
    if (blocks > 0) compress(state.data(), input.data(), blocks);
    std::uint8_t tail[2 * block_size];
    std::copy_n(input.data() + blocks * block_size, left, tail);
    return pad_and_digest(state.data(), tail, left, input.size());
}

void Sha256::reset() noexcept {
    state_ = initial_state;
    size_ = 0;
}

Sha256& Sha256::update(ByteView input) noexcept {
    const auto waiting = static_cast<std::size_t>(size_ % block_size);
    size_ += input.size();
    if (waiting > 0) {
        const auto taken = std::min(input.size(), block_size - waiting);
        std::copy_n(input.data(), taken, block_.data() + waiting);
        input = input.subspan(taken);
        if (waiting + taken < block_size) return *this;
        compress(state_.data(), block_.data(), 1);
    }
    const auto blocks = input.size() / block_size;
    if (blocks > 0) compress(state_.data(), input.data(), blocks);
    std::ranges::copy(input.subspan(blocks * block_size), block_.begin());
    return *this;
}

Hash32 Sha256::finish() noexcept {
    const auto waiting = static_cast<std::size_t>(size_ % block_size);
    std::uint8_t tail[2 * block_size];
    std::copy_n(block_.data(), waiting, tail);
    const auto digest = pad_and_digest(state_.data(), tail, waiting, size_);
    reset();
    return digest;
}

HmacSha256::HmacSha256(ByteView key) noexcept {
    std::array<std::uint8_t, block_size> padded{};
    if (key.size() > block_size)
        std::ranges::copy(sha256(key), padded.begin());
    else
        std::ranges::copy(key, padded.begin());
    for (auto& byte : padded) byte ^= 0x36;
    inner_.update(padded);
    for (auto& byte : padded) byte ^= 0x36 ^ 0x5c;
    outer_.update(padded);
}

Hash32 HmacSha256::finish() noexcept {
    return outer_.update(inner_.finish()).finish();
}

Hash32 hmac_sha256(ByteView key, ByteView message) noexcept {
    return HmacSha256{key}.update(message).finish();
}

}  // namespace meta138::crypto
