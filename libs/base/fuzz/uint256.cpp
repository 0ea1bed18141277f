// SPDX-License-Identifier: Apache-2.0
// uint256 against arithmetic a bit at a time. An input is three words of 32 bytes, short inputs
// padded with zeros.
#include "meta138/base/uint256.hpp"

#include "../test/naive_arithmetic.hpp"

#include "meta138/base/assert.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace {

using namespace meta138;
using naive::to_bits;

void check_sums(const uint256& x, const uint256& y) {
    META138_ASSERT(x + y == naive::to_uint256(naive::add(to_bits(x), to_bits(y))));
    META138_ASSERT(x - y == naive::to_uint256(naive::sub(to_bits(x), to_bits(y))));
    META138_ASSERT((x < y) == naive::less(to_bits(x), to_bits(y)));
}

/// detail::divmod_bitwise needs only sums and shifts, which the other checks vouch for.
void check_division(const uint256& x, const uint256& y, const uint256& modulus) {
    const auto remainder = [&](const uint512& dividend) {
        const auto result = detail::divmod_bitwise(dividend, modulus);
        META138_ASSERT(divmod(dividend, modulus) == result);
        return result.remainder;
    };
    const auto product = umul(x, y);
    META138_ASSERT(x * y == product.low());
    if (!y.is_zero())
        META138_ASSERT(detail::divmod_bitwise(product, y) ==
                       (WideDivResult{uint512::from_halves(x, {}), {}}));
    if (modulus.is_zero()) return;
    const auto narrow = detail::divmod_bitwise(uint512::from_halves(x, {}), modulus);
    META138_ASSERT(divmod(x, modulus) == (DivResult{narrow.quotient.low(), narrow.remainder}));
    remainder(uint512::from_halves(x, y));
    const auto expected = remainder(product);
    for (int use = 0; use < 5; ++use)  // the last ones with the modulus's reciprocal
        META138_ASSERT(mulmod(x, y, modulus) == expected);
    const auto sum = x + y;
    META138_ASSERT(addmod(x, y, modulus) == remainder(uint512::from_halves(sum, sum < x ? 1 : 0)));
}

void check_shifts(const uint256& x, std::uint64_t amount) {
    const auto bits = to_bits(x);
    META138_ASSERT((x << amount) ==
                   naive::to_uint256(bits << std::min(amount, std::uint64_t{512})));
    META138_ASSERT((x >> amount) ==
                   naive::to_uint256(bits >> std::min(amount, std::uint64_t{512})));
    META138_ASSERT(sar(amount, x) == (x.is_negative() ? ~(~x >> amount) : x >> amount));
    if (amount < 31) {
        const auto unused = 8 * (31 - amount);
        META138_ASSERT(signextend(amount, x) == sar(unused, x << unused));
    } else {
        META138_ASSERT(signextend(amount, x) == x);
    }
    META138_ASSERT(byte_at(amount, x) == (amount < 32 ? x >> 8 * (31 - amount) & 0xff : 0));
}

void check_power(const uint256& base, const uint256& exponent) {
    uint256 expected{1};
    for (unsigned bit = 256; bit-- > 0;) {
        expected *= expected;
        if ((exponent.limbs[bit / 64] >> bit % 64 & 1) != 0) expected *= base;
    }
    META138_ASSERT(exp(base, exponent) == expected);
}

void check_text(const uint256& x) {
    META138_ASSERT(parse_uint256(to_string(x)) == x);
    META138_ASSERT(parse_quantity(to_quantity(x)) == x);
    META138_ASSERT(uint256_from_be(to_minimal_be(x)) == x);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::array<std::uint8_t, 96> words{};
    std::copy_n(data, std::min(size, words.size()), words.begin());
    const auto x = load_be32(words.data());
    const auto y = load_be32(words.data() + 32);
    const auto z = load_be32(words.data() + 64);
    check_sums(x, y);
    check_division(x, y, z);
    check_division(z, y, x);
    check_shifts(x, z.low64());
    check_shifts(x, z.low64() % 256);
    check_power(x, y);
    check_text(x);
    return 0;
}
