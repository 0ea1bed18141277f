// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fields.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace meta138::crypto::bn254 {

/// The digits -1, 0, 1 of a number, no two neighbours of which are both not zero; lowest first.
/// Length must be theirs exactly, so that the highest is 1.
template <std::size_t Length>
consteval std::array<std::int8_t, Length> signed_digits(uint128 value) {
    std::array<std::int8_t, Length> digits{};
    for (auto& digit : digits) {
        if ((value & 1) != 0) {
            digit = (value & 3) == 1 ? 1 : -1;
            value -= static_cast<uint128>(digit);
        }
        value >>= 1;
    }
    if (value != 0 || digits[Length - 1] != 1) throw "Length is not the number of digits";
    return digits;
}

inline constexpr auto x_digits = signed_digits<63>(parameter_x);
/// Of 6x + 2, the length of the optimal ate pairing's loop.
inline constexpr auto loop_digits = signed_digits<66>(uint128{parameter_x} * 6 + 2);

}  // namespace meta138::crypto::bn254
