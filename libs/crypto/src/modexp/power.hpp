// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace meta138::crypto::modexp_detail {

/// A big-endian number above zero, by bits.
class Exponent {
public:
    /// `bytes` without leading zeros, not empty.
    explicit Exponent(ByteView bytes) noexcept
        : bytes_{bytes},
          bits_{8 * (bytes.size() - 1) + static_cast<std::size_t>(std::bit_width(bytes[0]))} {}

    [[nodiscard]] std::size_t bits() const noexcept { return bits_; }
    /// Bit 0 is the lowest.
    [[nodiscard]] bool bit(std::size_t i) const noexcept {
        return (bytes_[bytes_.size() - 1 - i / 8] >> i % 8 & 1) != 0;
    }

private:
    ByteView bytes_;
    std::size_t bits_;
};

/// How many bits to take at once: where more squarings than that would be saved in products, more.
constexpr std::size_t window_for(std::size_t bits) noexcept {
    return bits <= 24 ? 1 : bits <= 80 ? 3 : bits <= 240 ? 4 : bits <= 672 ? 5 : 6;
}
inline constexpr std::size_t max_window = 6;

/// base ** exponent by sliding windows. Field::Number is a value; field.multiply(out, x, y) allows
/// `out` to be x or y.
template <typename Field>
typename Field::Number power(const Field& field, const typename Field::Number& base,
                             const Exponent& exponent) {
    using Number = typename Field::Number;
    const std::size_t window = window_for(exponent.bits());
    std::array<Number, std::size_t{1} << (max_window - 1)> odd_powers;
    odd_powers[0] = base;
    if (window > 1) {
        Number square;
        field.multiply(square, base, base);
        for (std::size_t i = 1; i < std::size_t{1} << (window - 1); ++i)
            field.multiply(odd_powers[i], odd_powers[i - 1], square);
    }
    Number result;
    bool begun = false;
    for (std::size_t left = exponent.bits(); left > 0;) {
        if (!exponent.bit(left - 1)) {
            field.multiply(result, result, result);
            --left;
            continue;
        }
        // From a one down to a one, at most `window` bits.
        std::size_t end = left > window ? left - window : 0;
        while (!exponent.bit(end)) ++end;
        std::size_t value = 0;
        for (std::size_t i = left; i-- > end;) {
            value = value << 1 | std::size_t{exponent.bit(i)};
            if (begun) field.multiply(result, result, result);
        }
        if (begun)
            field.multiply(result, result, odd_powers[value / 2]);
        else
            result = odd_powers[value / 2];
        begun = true;
        left = end;
    }
    return result;
}

/// -1 / x modulo 2^64, for an odd x.
constexpr std::uint64_t negative_inverse(std::uint64_t x) noexcept {
    std::uint64_t inverse = x;  // right in three bits; each step doubles them
    for (int i = 0; i < 5; ++i) inverse *= 2 - x * inverse;
    return 0 - inverse;
}

}  // namespace meta138::crypto::modexp_detail
