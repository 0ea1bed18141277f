// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace meta138::crypto {

/// A word of each of several computations that go side by side.
template <std::size_t lanes>
using Lanes [[gnu::vector_size(8 * lanes)]] = std::uint64_t;

/// Transposes a square of words by exchanging ever larger blocks between pairs of rows.
[[gnu::always_inline]] inline void transpose(Lanes<4> (&rows)[4]) {
    auto& [a, b, c, d] = rows;
    const Lanes<4> ab_even = __builtin_shufflevector(a, b, 0, 4, 2, 6);
    const Lanes<4> ab_odd = __builtin_shufflevector(a, b, 1, 5, 3, 7);
    const Lanes<4> cd_even = __builtin_shufflevector(c, d, 0, 4, 2, 6);
    const Lanes<4> cd_odd = __builtin_shufflevector(c, d, 1, 5, 3, 7);
    a = __builtin_shufflevector(ab_even, cd_even, 0, 1, 4, 5);
    b = __builtin_shufflevector(ab_odd, cd_odd, 0, 1, 4, 5);
    c = __builtin_shufflevector(ab_even, cd_even, 2, 3, 6, 7);
    d = __builtin_shufflevector(ab_odd, cd_odd, 2, 3, 6, 7);
}

[[gnu::always_inline]] inline void transpose(Lanes<8> (&rows)[8]) {
    for (std::size_t i = 0; i < 8; i += 2) {
        const Lanes<8> a = rows[i];
        const Lanes<8> b = rows[i + 1];
        rows[i] = __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14);
        rows[i + 1] = __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
    }
    for (const std::size_t i : std::initializer_list<std::size_t>{0, 1, 4, 5}) {
        const Lanes<8> a = rows[i];
        const Lanes<8> b = rows[i + 2];
        rows[i] = __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
        rows[i + 2] = __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
    }
    for (std::size_t i = 0; i < 4; ++i) {
        const Lanes<8> a = rows[i];
        const Lanes<8> b = rows[i + 4];
        rows[i] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
        rows[i + 4] = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

}  // namespace meta138::crypto
