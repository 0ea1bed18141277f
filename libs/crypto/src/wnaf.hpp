// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/uint256.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace meta138::crypto {

/// Signed digits, the lowest first; the number is the sum of digit i times 2^i.
struct WnafDigits {
    std::array<std::int16_t, 257> digits{};
    std::size_t length = 0;  // all from here on are zero
};

/// Digits that are zero, or odd and below 2^(width - 1) in magnitude; of any `width` neighbours at
/// most one is not zero, so that few additions are due (width-w non-adjacent form).
template <unsigned width>
WnafDigits to_wnaf(uint256 left) noexcept {
    static_assert(width > 1 && width < 16);
    constexpr int full = 1 << width;
    WnafDigits result;
    std::size_t at = 0;
    int carry = 0;  // of 2^at
    while (!left.is_zero() || carry != 0) {
        const auto low = static_cast<int>(left.limbs[0] & (full - 1));
        if (((low ^ carry) & 1) == 0) {
            left = left >> 1;
            ++at;
            continue;
        }
        const int value = low + carry;
        left = left >> width;
        carry = value > full / 2 ? 1 : 0;
        result.digits[at] = static_cast<std::int16_t>(value - carry * full);
        result.length = at + 1;
        at += width;
    }
    return result;
}

}  // namespace meta138::crypto
