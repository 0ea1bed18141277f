// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/uint256.hpp"

#include <gtest/gtest.h>

#include <type_traits>
#include <unordered_set>

namespace meta138 {
namespace {

using namespace literals;

constexpr auto sign_bit = 1_u256 << 255;
constexpr auto minus_one = uint256::max();

static_assert(sizeof(uint256) == 32);
static_assert(std::is_trivially_copyable_v<uint256>);
static_assert(uint256{} == 0);

// Everything works in constant expressions.
static_assert(1000000007_u256 * 998244353 % 1000 == 471);
static_assert(minus_one / 10 * 10 + minus_one % 10 == minus_one);
static_assert(mulmod(minus_one, minus_one, 12) == 9);
static_assert(addmod(minus_one, minus_one, 12) == 6);
static_assert(exp(3, 5) == 243);
static_assert(1'000_u256 == 0x3e8_u256);
static_assert(divmod(umul(minus_one, minus_one), minus_one).quotient.low() == minus_one);

TEST(Uint256, addition_carries_through_all_limbs_and_wraps) {
    EXPECT_EQ(minus_one + 1, 0);
    EXPECT_EQ(0xffffffffffffffffffffffffffffffff_u256 + 1, 1_u256 << 128);
    EXPECT_EQ(sign_bit + sign_bit, 0);
}

TEST(Uint256, subtraction_borrows_through_all_limbs_and_wraps) {
    EXPECT_EQ(0_u256 - 1, minus_one);
    EXPECT_EQ((1_u256 << 192) - 1, minus_one >> 64);
    EXPECT_EQ(-(1_u256), minus_one);
    EXPECT_EQ(-sign_bit, sign_bit);
}

TEST(Uint256, division_by_zero_gives_zero) {  // Yellow Paper appendix H
    for (const auto& x : {0_u256, 1_u256, sign_bit, minus_one}) {
        EXPECT_EQ(x / 0, 0);
        EXPECT_EQ(x % 0, 0);
        EXPECT_EQ(sdiv(x, 0), 0);
        EXPECT_EQ(smod(x, 0), 0);
        EXPECT_EQ(addmod(x, x, 0), 0);
        EXPECT_EQ(mulmod(x, x, 0), 0);
        EXPECT_EQ(divmod(x, 0), DivResult{});
        EXPECT_EQ(umul(x, x) / 0, uint512{});
        EXPECT_EQ(umul(x, x) % 0, 0);
    }
}

TEST(Uint256, the_least_signed_number_divided_by_minus_one_is_itself) {
    EXPECT_EQ(sdiv(sign_bit, minus_one), sign_bit);
    EXPECT_EQ(smod(sign_bit, minus_one), 0);
}

TEST(Uint256, signed_division_truncates_and_the_remainder_takes_the_dividends_sign) {
    EXPECT_EQ(sdiv(-(7_u256), 2), -(3_u256));
    EXPECT_EQ(sdiv(7, -(2_u256)), -(3_u256));
    EXPECT_EQ(sdiv(-(7_u256), -(2_u256)), 3);
    EXPECT_EQ(smod(-(7_u256), 2), -(1_u256));
    EXPECT_EQ(smod(7, -(2_u256)), 1);
    EXPECT_EQ(smod(-(7_u256), -(2_u256)), -(1_u256));
}

TEST(Uint256, modular_operations_do_not_wrap_in_between) {
    EXPECT_EQ(addmod(minus_one, minus_one, minus_one), 0);
    EXPECT_EQ(addmod(minus_one, 1, minus_one), 1);
    EXPECT_EQ(addmod(minus_one, 2, 3), 2);
    EXPECT_EQ(mulmod(minus_one, minus_one, minus_one - 1), 1);
    EXPECT_EQ(mulmod(sign_bit, 2, 7), 2);  // 2^256 = 2 (mod 7)
}

TEST(Uint256, everything_modulo_one_is_zero) {
    EXPECT_EQ(minus_one % 1, 0);
    EXPECT_EQ(addmod(minus_one, minus_one, 1), 0);
    EXPECT_EQ(mulmod(minus_one, minus_one, 1), 0);
}

TEST(Uint256, a_power_wraps_and_zero_to_the_zero_is_one) {
    EXPECT_EQ(exp(0, 0), 1);
    EXPECT_EQ(exp(0, minus_one), 0);
    EXPECT_EQ(exp(10, 77),
              100000000000000000000000000000000000000000000000000000000000000000000000000000_u256);
    EXPECT_EQ(exp(2, 255), sign_bit);
    EXPECT_EQ(exp(2, 256), 0);
    EXPECT_EQ(exp(2, 1_u256 << 64), 0);
    EXPECT_EQ(exp(256, 31), 1_u256 << 248);
    EXPECT_EQ(exp(256, 32), 0);
    EXPECT_EQ(exp(6, 255), exp(3, 255) << 255);
    EXPECT_EQ(exp(6, 256), 0);
    EXPECT_EQ(exp(minus_one, minus_one), minus_one);
    EXPECT_EQ(exp(minus_one, minus_one - 1), 1);
}

TEST(Uint256, shifts_by_256_and_more_leave_nothing_but_the_sign) {
    for (const auto& amount : {256_u256, 257_u256, 320_u256, 1_u256 << 32, 1_u256 << 64,
                               (1_u256 << 128) + 1, minus_one}) {
        EXPECT_EQ(shl(amount, minus_one), 0);
        EXPECT_EQ(shr(amount, minus_one), 0);
        EXPECT_EQ(sar(amount, sign_bit), minus_one);
        EXPECT_EQ(sar(amount, sign_bit - 1), 0);
    }
    EXPECT_EQ(minus_one << 256, 0);
    EXPECT_EQ(minus_one >> 256, 0);
    EXPECT_EQ(minus_one << ~std::uint64_t{0}, 0);
}

TEST(Uint256, shifts_move_every_bit) {
    for (unsigned from = 0; from < 256; ++from) {
        uint256 bit;
        bit.limbs[from / 64] = std::uint64_t{1} << from % 64;
        EXPECT_EQ(1_u256 << from, bit);
        EXPECT_EQ(bit >> from, 1);
        EXPECT_EQ(sign_bit >> (255 - from), bit);
        EXPECT_EQ(shl(from, 1), bit);
        EXPECT_EQ(shr(from, bit), 1);
        EXPECT_EQ(sar(from, sign_bit), -(sign_bit >> from));
        EXPECT_EQ(bit.bit_length(), from + 1);
        EXPECT_EQ(bit.byte_length(), from / 8 + 1);
        EXPECT_EQ(clz(bit), 255 - from);
    }
    EXPECT_EQ(uint256{}.bit_length(), 0);
    EXPECT_EQ(uint256{}.byte_length(), 0);
    EXPECT_EQ(clz(0), 256);  // EIP-7939
}

TEST(Uint256, sign_extension_copies_the_top_bit_of_the_chosen_byte) {
    for (unsigned index = 0; index < 31; ++index) {
        const auto negative = 0x80_u256 << 8 * index;
        EXPECT_EQ(signextend(index, negative), -negative);
        EXPECT_EQ(signextend(index, negative | sign_bit), -negative);
        const auto positive = 0x7f_u256 << 8 * index;
        EXPECT_EQ(signextend(index, positive), positive);
        EXPECT_EQ(signextend(index, positive | sign_bit), positive);
        EXPECT_EQ(signextend(index, minus_one), minus_one);
    }
}

TEST(Uint256, sign_extension_from_byte_31_on_changes_nothing) {
    const auto x = 0x123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0_u256;
    for (const auto& index :
         {31_u256, 32_u256, 255_u256, 1_u256 << 61, 1_u256 << 64, sign_bit, minus_one})
        EXPECT_EQ(signextend(index, x), x);
}

TEST(Uint256, bytes_are_counted_from_the_most_significant) {
    const auto x = 0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f_u256;
    for (unsigned index = 0; index < 32; ++index) EXPECT_EQ(byte_at(index, x), index);
    for (const auto& index : {32_u256, 1_u256 << 63, 1_u256 << 64, minus_one})
        EXPECT_EQ(byte_at(index, minus_one), 0);
}

TEST(Uint256, comparison_starts_at_the_most_significant_limb) {
    EXPECT_LT(minus_one >> 64, 1_u256 << 192);
    EXPECT_GT(1_u256 << 192, minus_one >> 64);
    EXPECT_LE(5_u256, 5_u256);
    EXPECT_GE(5_u256, 5_u256);
    EXPECT_FALSE(5_u256 < 5_u256);
    EXPECT_EQ(3_u256 <=> 4_u256, std::strong_ordering::less);
    EXPECT_EQ(4_u256 <=> 4_u256, std::strong_ordering::equal);
    EXPECT_EQ(sign_bit <=> 4_u256, std::strong_ordering::greater);
}

TEST(Uint256, signed_comparison_puts_negative_numbers_first) {
    EXPECT_TRUE(slt(minus_one, 0));
    EXPECT_TRUE(slt(sign_bit, minus_one));
    EXPECT_FALSE(slt(0, minus_one));
    EXPECT_FALSE(slt(1, 1));
    EXPECT_TRUE(sgt(0, minus_one));
    EXPECT_TRUE(sgt(minus_one, sign_bit));
    EXPECT_FALSE(sgt(sign_bit, sign_bit - 1));
}

TEST(Uint256, checked_operations_give_nothing_where_the_plain_ones_wrap) {
    EXPECT_EQ(checked_add(minus_one, 0), minus_one);
    EXPECT_EQ(checked_add(minus_one, 1), std::nullopt);
    EXPECT_EQ(checked_add(minus_one, minus_one), std::nullopt);
    EXPECT_EQ(checked_sub(5, 5), 0);
    EXPECT_EQ(checked_sub(5, 6), std::nullopt);
    EXPECT_EQ(checked_sub(0, minus_one), std::nullopt);
    EXPECT_EQ(checked_mul(1_u256 << 128, minus_one >> 128), minus_one << 128);
    EXPECT_EQ(checked_mul(1_u256 << 128, 1_u256 << 128), std::nullopt);
    EXPECT_EQ(checked_mul(minus_one, 1), minus_one);
    EXPECT_EQ(checked_mul(minus_one, 2), std::nullopt);
}

TEST(Uint256, fits_64_bits_when_the_higher_limbs_are_zero) {
    EXPECT_TRUE(uint256{~std::uint64_t{0}}.fits_uint64());
    EXPECT_FALSE((1_u256 << 64).fits_uint64());
    EXPECT_FALSE(sign_bit.fits_uint64());
    EXPECT_EQ((minus_one - 1).low64(), ~std::uint64_t{1});
}

TEST(Uint256, compound_assignments_agree_with_the_operators) {
    const auto x = minus_one / 3;
    const auto y = 12345678901234567890123_u256;
    auto z = x;
    EXPECT_EQ(z += y, x + y);
    z = x;
    EXPECT_EQ(z -= y, x - y);
    z = x;
    EXPECT_EQ(z *= y, x * y);
    z = x;
    EXPECT_EQ(z /= y, x / y);
    z = x;
    EXPECT_EQ(z %= y, x % y);
    z = x;
    EXPECT_EQ(z &= y, x & y);
    z = x;
    EXPECT_EQ(z |= y, x | y);
    z = x;
    EXPECT_EQ(z ^= y, x ^ y);
    z = x;
    EXPECT_EQ(z <<= 65, x << 65);
    z = x;
    EXPECT_EQ(z >>= 65, x >> 65);
    z = minus_one;
    EXPECT_EQ(++z, 0);
    EXPECT_EQ(--z, minus_one);
    EXPECT_EQ(~z, 0);
}

TEST(Uint256, an_operand_may_be_the_result) {
    auto x = minus_one;
    x /= x;
    EXPECT_EQ(x, 1);
    x = 7;
    x *= x;
    EXPECT_EQ(x, 49);
}

TEST(Uint256, hashes_differ_in_every_limb) {
    std::unordered_set<std::size_t> hashes;
    for (unsigned bit = 0; bit < 256; ++bit) hashes.insert(std::hash<uint256>{}(1_u256 << bit));
    for (unsigned n = 0; n < 256; ++n) hashes.insert(std::hash<uint256>{}(uint256{n} << 96));
    EXPECT_GE(hashes.size(), 256 + 256 - 8 - 1);  // 8 powers of two are in both
}

}  // namespace
}  // namespace meta138
