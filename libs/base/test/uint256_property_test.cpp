// SPDX-License-Identifier: Apache-2.0
#include "naive_arithmetic.hpp"

#include "meta138/base/uint256.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

namespace meta138 {
namespace {

/// Numbers made of the limbs that carry, borrow and estimate quotient digits wrongly.
class Uint256Property : public testing::Test {
protected:
    std::uint64_t limb() {
        switch (random_() % 8) {
            case 0: return 0;
            case 1: return 1;
            case 2: return ~std::uint64_t{0};
            case 3: return ~std::uint64_t{1};
            case 4: return std::uint64_t{1} << 63;
            case 5: return std::uint64_t{1} << random_() % 64;
            default: return random_();
        }
    }
    uint256 number() {
        uint256 result;
        for (auto& each : result.limbs) each = limb();
        switch (random_() % 3) {
            case 0: return result;
            case 1: return result >> 64 * (random_() % 4);
            default: return result >> random_() % 256;
        }
    }
    /// A number that shares its highest limbs with y.
    uint256 neighbour(const uint256& y) {
        auto result = y;
        const auto changed = random_() % 4;
        for (std::size_t i = 0; i < changed; ++i) result.limbs[i] = limb();
        return result;
    }

    std::mt19937_64 random_{138};
    static constexpr int rounds = 1000;
};

TEST_F(Uint256Property, addition_and_subtraction_are_the_naive_ones) {
    for (int i = 0; i < rounds; ++i) {
        const auto x = number();
        const auto y = number();
        ASSERT_EQ(x + y, naive::to_uint256(naive::add(naive::to_bits(x), naive::to_bits(y))));
        ASSERT_EQ(x - y, naive::to_uint256(naive::sub(naive::to_bits(x), naive::to_bits(y))));
        ASSERT_EQ(x < y, naive::less(naive::to_bits(x), naive::to_bits(y)));
        ASSERT_EQ(checked_add(x, y).has_value(), x + y >= x);
        ASSERT_EQ(checked_sub(x, y).has_value(), x >= y);
    }
}

TEST_F(Uint256Property, products_are_the_naive_ones) {
    for (int i = 0; i < rounds; ++i) {
        const auto x = number();
        const auto y = number();
        const auto expected = naive::to_uint512(naive::mul(naive::to_bits(x), naive::to_bits(y)));
        ASSERT_EQ(umul(x, y), expected);
        ASSERT_EQ(x * y, expected.low());
        ASSERT_EQ(checked_mul(x, y).has_value(), expected.high().is_zero());
    }
}

TEST_F(Uint256Property, quotients_and_remainders_are_the_naive_ones) {
    for (int i = 0; i < rounds; ++i) {
        const auto y = number();
        const auto x = i % 2 == 0 ? number() : neighbour(y);
        if (y.is_zero()) continue;
        const auto expected = naive::divmod(naive::to_bits(x), naive::to_bits(y));
        ASSERT_EQ(x / y, naive::to_uint256(expected.first)) << to_quantity(x) << to_quantity(y);
        ASSERT_EQ(x % y, naive::to_uint256(expected.second)) << to_quantity(x) << to_quantity(y);
    }
}

TEST_F(Uint256Property, wide_quotients_and_remainders_are_the_naive_ones) {
    for (int i = 0; i < rounds; ++i) {
        const auto y = number();
        const auto x = uint512::from_halves(number(), i % 2 == 0 ? number() : neighbour(y));
        if (y.is_zero()) continue;
        const auto expected = naive::divmod(naive::to_bits(x), naive::to_bits(y));
        ASSERT_EQ(x / y, naive::to_uint512(expected.first)) << to_quantity(y);
        ASSERT_EQ(x % y, naive::to_uint256(expected.second)) << to_quantity(y);
    }
}

TEST_F(Uint256Property, quotient_times_divisor_plus_remainder_is_the_dividend) {
    for (int i = 0; i < 100 * rounds; ++i) {
        const auto y = number();
        const auto x = i % 2 == 0 ? number() : neighbour(y);
        const auto [quotient, remainder] = divmod(x, y);
        if (y.is_zero()) continue;
        ASSERT_LT(remainder, y);
        ASSERT_EQ(umul(quotient, y).high(), 0);
        ASSERT_EQ(quotient * y + remainder, x) << to_quantity(x) << ' ' << to_quantity(y);
    }
}

TEST_F(Uint256Property, dividends_just_around_a_multiple_divide_exactly) {
    for (int i = 0; i < 100 * rounds; ++i) {
        const auto y = number();
        const auto quotient = number();
        if (y.is_zero() || quotient.is_zero()) continue;
        const auto product = umul(quotient, y);
        ASSERT_EQ(product % y, 0);
        ASSERT_EQ((product / y).low(), quotient);
        if (!product.high().is_zero()) continue;
        ASSERT_EQ(product.low() / y, quotient);
        ASSERT_EQ((product.low() - 1) / y, quotient - 1);
        ASSERT_EQ((product.low() - 1) % y, y - 1);
    }
}

TEST_F(Uint256Property, modular_sums_and_products_are_the_naive_ones) {
    for (int i = 0; i < rounds; ++i) {
        const auto modulus = number();
        const auto x = i % 2 == 0 ? number() : neighbour(modulus);
        const auto y = i % 3 == 0 ? number() : neighbour(modulus);
        if (modulus.is_zero()) continue;
        const auto a = naive::to_bits(x);
        const auto b = naive::to_bits(y);
        const auto m = naive::to_bits(modulus);
        ASSERT_EQ(addmod(x, y, modulus),
                  naive::to_uint256(naive::divmod(naive::add(a, b), m).second))
            << to_quantity(x) << ' ' << to_quantity(y) << ' ' << to_quantity(modulus);
        ASSERT_EQ(mulmod(x, y, modulus),
                  naive::to_uint256(naive::divmod(naive::mul(a, b), m).second))
            << to_quantity(x) << ' ' << to_quantity(y) << ' ' << to_quantity(modulus);
    }
}

TEST_F(Uint256Property, a_modulus_in_repeated_use_gives_the_same_products) {
    for (int i = 0; i < rounds / 10; ++i) {
        const auto modulus = number();
        if (modulus.is_zero()) continue;
        for (int use = 0; use < 20; ++use) {
            const auto x = use % 2 == 0 ? number() : neighbour(modulus);
            const auto y = use % 3 == 0 ? number() : neighbour(modulus);
            const auto expected = naive::divmod(naive::mul(naive::to_bits(x), naive::to_bits(y)),
                                                naive::to_bits(modulus));
            ASSERT_EQ(mulmod(x, y, modulus), naive::to_uint256(expected.second))
                << to_quantity(x) << ' ' << to_quantity(y) << ' ' << to_quantity(modulus);
        }
    }
}

TEST_F(Uint256Property, products_modulo_two_numbers_in_turn_are_right) {
    for (int i = 0; i < rounds; ++i) {
        const auto x = number();
        const auto y = number();
        const std::array moduli{number() | 1, number() | 1};
        for (std::size_t use = 0; use < 12; ++use) {
            const auto& modulus = moduli[use / 5 % 2];
            ASSERT_EQ(mulmod(x, y, modulus), umul(x, y) % modulus);
        }
    }
}

TEST_F(Uint256Property, powers_are_repeated_products) {
    for (int i = 0; i < rounds; ++i) {
        const auto base = number();
        const auto exponent = number();
        uint256 expected{1};
        for (unsigned bit = 256; bit-- > 0;) {
            expected *= expected;
            if (((exponent >> bit).low64() & 1) != 0) expected *= base;
        }
        ASSERT_EQ(exp(base, exponent), expected)
            << to_quantity(base) << ' ' << to_quantity(exponent);
    }
}

TEST_F(Uint256Property, signed_division_is_that_of_the_absolute_values) {
    for (int i = 0; i < rounds; ++i) {
        const auto x = number();
        const auto y = number();
        const auto quotient = sdiv(x, y);
        const auto remainder = smod(x, y);
        if (y.is_zero()) continue;
        ASSERT_EQ(quotient * y + remainder, x);
        ASSERT_TRUE(remainder.is_zero() || remainder.is_negative() == x.is_negative());
        const auto absolute = remainder.is_negative() ? -remainder : remainder;
        ASSERT_LT(absolute, y.is_negative() ? -y : y);
    }
}

TEST_F(Uint256Property, shifts_are_those_of_single_bits) {
    for (int i = 0; i < rounds; ++i) {
        const auto x = number();
        const auto amount = random_() % 260;
        const auto bits = naive::to_bits(x);
        ASSERT_EQ(x << amount, naive::to_uint256(bits << amount));
        ASSERT_EQ(x >> amount, naive::to_uint256(bits >> amount));
        const auto sign = x.is_negative() ? ~naive::to_bits(uint256::max()) : naive::Bits{};
        ASSERT_EQ(sar(amount, x),
                  naive::to_uint256((bits | sign) >> std::min<std::size_t>(amount, 256)));
    }
}

TEST_F(Uint256Property, text_and_bytes_round_trip) {
    for (int i = 0; i < rounds; ++i) {
        const auto x = number();
        ASSERT_EQ(parse_uint256(to_string(x)), x);
        ASSERT_EQ(parse_quantity(to_quantity(x)), x);
        ASSERT_EQ(to_uint256(to_hash32(x)), x);
        ASSERT_EQ(uint256_from_be(to_minimal_be(x)), x);
    }
}

}  // namespace
}  // namespace meta138
