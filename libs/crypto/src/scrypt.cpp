// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/kdf.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <span>

// Our own, as OpenSSL's refuses n >= 2^(16 r) as RFC 7914 asks, and key files with n = 2^18 and r =
// 1 exist.

namespace meta138::crypto {
namespace {

static_assert(std::endian::native == std::endian::little);

using Row [[gnu::vector_size(16)]] = std::uint32_t;

/// A block of Salsa20 by diagonals, so that a round works on whole rows: a holds the words 0, 5,
/// 10, 15 of the matrix, b the words 4, 9, 14, 3, c 8, 13, 2, 7, d 12, 1, 6, 11.
struct Block {
    Row a;
    Row b;
    Row c;
    Row d;
};
constexpr std::size_t block_size = sizeof(Block);
constexpr std::uint8_t word_order[16] = {0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11};

/// Applies the reordering of a block's words, or undoes it.
void reorder(std::uint8_t* bytes, std::size_t size, bool into_diagonals) {
    for (std::size_t at = 0; at < size; at += block_size) {
        std::uint8_t before[block_size];
        std::memcpy(before, bytes + at, block_size);
        for (std::size_t i = 0; i < 16; ++i) {
            const std::size_t plain = 4 * std::size_t{word_order[i]};
            const std::size_t from = into_diagonals ? plain : 4 * i;
            const std::size_t to = into_diagonals ? 4 * i : plain;
            std::memcpy(bytes + at + to, before + from, 4);
        }
    }
}

template <int n>
Row rotl(Row x) {
    return x << n | x >> (32 - n);
}

void quarter_rounds(Row& a, Row& b, Row& c, Row& d) {
    b ^= rotl<7>(a + d);
    c ^= rotl<9>(b + a);
    d ^= rotl<13>(c + b);
    a ^= rotl<18>(d + c);
}

/// x = Salsa20/8(x ^ y).
void mix(Block& x, const Block& y) {
    x.a ^= y.a;
    x.b ^= y.b;
    x.c ^= y.c;
    x.d ^= y.d;
    auto [a, b, c, d] = x;
    for (int i = 0; i < 4; ++i) {
        quarter_rounds(a, b, c, d);  // columns
        b = __builtin_shufflevector(b, b, 3, 0, 1, 2);
        c = __builtin_shufflevector(c, c, 2, 3, 0, 1);
        d = __builtin_shufflevector(d, d, 1, 2, 3, 0);
        quarter_rounds(a, d, c, b);  // rows
        b = __builtin_shufflevector(b, b, 1, 2, 3, 0);
        c = __builtin_shufflevector(c, c, 2, 3, 0, 1);
        d = __builtin_shufflevector(d, d, 3, 0, 1, 2);
    }
    x.a += a;
    x.b += b;
    x.c += c;
    x.d += d;
}

/// RFC 7914 section 4, scryptBlockMix, of in ^ other: the even blocks of the output come first.
void block_mix(std::span<Block> out, std::span<const Block> in, const Block* other) {
    const auto input = [&](std::size_t i) {
        Block block = in[i];
        if (other != nullptr) {
            block.a ^= other[i].a;
            block.b ^= other[i].b;
            block.c ^= other[i].c;
            block.d ^= other[i].d;
        }
        return block;
    };
    Block x = input(in.size() - 1);
    for (std::size_t i = 0; i < in.size(); ++i) {
        mix(x, input(i));
        out[i / 2 + i % 2 * (in.size() / 2)] = x;
    }
}

/// RFC 7914 section 5, scryptROMix. `memory` holds n times what `x` and `scratch` do.
void ro_mix(std::span<Block> x, std::span<Block> scratch, std::span<Block> memory) {
    const auto n = memory.size() / x.size();
    for (std::size_t i = 0; i < n; i += 2) {  // n is even
        std::ranges::copy(x, memory.begin() + static_cast<std::ptrdiff_t>(i * x.size()));
        block_mix(scratch, x, nullptr);
        std::ranges::copy(scratch,
                          memory.begin() + static_cast<std::ptrdiff_t>((i + 1) * x.size()));
        block_mix(x, scratch, nullptr);
    }
    const auto chosen = [&](std::span<const Block> state) {
        return memory.data() + (state.back().a[0] & (n - 1)) * state.size();
    };
    for (std::size_t i = 0; i < n; i += 2) {
        block_mix(scratch, x, chosen(x));
        block_mix(x, scratch, chosen(scratch));
    }
}

}  // namespace

std::optional<Bytes> scrypt(ByteView password, ByteView salt, const ScryptCost& cost,
                            std::size_t size) {
    const auto [n, r, p] = cost;
    if (n < 2 || !std::has_single_bit(n) || r == 0 || p == 0) return std::nullopt;
    // Each factor is bounded before they are multiplied, so nothing overflows.
    if (n > max_scrypt_memory || r > 1024 || p > 1024) return std::nullopt;
    if (2 * block_size * r * (n + p + 2) > max_scrypt_memory) return std::nullopt;

    const std::size_t blocks = std::size_t{2} * r;
    auto state = pbkdf2_hmac_sha256(password, salt, 1, blocks * block_size * p);
    reorder(state.data(), state.size(), true);
    // Every byte is written before it is read.
    const auto memory = std::make_unique_for_overwrite<Block[]>(n * blocks);
    const auto work = std::make_unique_for_overwrite<Block[]>(2 * blocks);
    const std::span<Block> x{work.get(), blocks};
    const std::span<Block> scratch{work.get() + blocks, blocks};
    for (std::size_t i = 0; i < p; ++i) {
        auto* const part = state.data() + i * blocks * block_size;
        std::memcpy(x.data(), part, x.size_bytes());
        ro_mix(x, scratch, {memory.get(), n * blocks});
        std::memcpy(part, x.data(), x.size_bytes());
    }
    reorder(state.data(), state.size(), false);
    auto key = pbkdf2_hmac_sha256(password, state, 1, size);
    OPENSSL_cleanse(state.data(), state.size());
    OPENSSL_cleanse(work.get(), 2 * x.size_bytes());
    return key;
}

}  // namespace meta138::crypto
