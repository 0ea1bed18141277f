// SPDX-License-Identifier: Apache-2.0
// The precompiles of alt_bn128 over any bytes: no crash, and the group laws hold for what they
// accept.
#include "meta138/crypto/bn254.hpp"

#include "bn254/fields.hpp"

#include "meta138/base/assert.hpp"

#include <algorithm>
#include <array>

namespace {

using namespace meta138;
using namespace meta138::crypto;
using Point = std::array<std::uint8_t, 64>;

constexpr Point infinity{};

template <std::size_t N>
std::array<std::uint8_t, N> padded(ByteView input) {
    std::array<std::uint8_t, N> result{};
    std::ranges::copy(input.first(std::min(N, input.size())), result.begin());
    return result;
}

template <std::size_t A, std::size_t B>
std::array<std::uint8_t, A + B> joined(const std::array<std::uint8_t, A>& a,
                                       const std::array<std::uint8_t, B>& b) {
    std::array<std::uint8_t, A + B> result;
    std::ranges::copy(a, result.begin());
    std::ranges::copy(b, result.begin() + A);
    return result;
}

Point sum(const Point& a, const Point& b) {
    const auto result = bn254_add(joined(a, b));
    META138_ASSERT(result.has_value());
    return *result;
}

/// Of a valid point.
Point negated(Point point) {
    const auto y = bn254::Fp::from_be_bytes(std::span{point}.last<32>());
    META138_ASSERT(y.has_value());
    std::ranges::copy((-*y).to_be_bytes(), point.begin() + 32);
    return point;
}

void check_sums(ByteView input) {
    const auto bytes = padded<128>(input);
    const auto result = bn254_add(bytes);
    if (!result) return;
    const auto p = padded<64>(bytes);
    const auto q = padded<64>(std::span{bytes}.last<64>());
    META138_ASSERT(sum(q, p) == *result);
    META138_ASSERT(sum(p, infinity) == p);
    META138_ASSERT(sum(p, negated(p)) == infinity);
    META138_ASSERT(sum(*result, negated(q)) == p);
}

void check_multiples(ByteView input) {
    const auto bytes = padded<96>(input);
    const auto product = bn254_mul(bytes);
    if (!product) return;
    const auto p = padded<64>(bytes);
    auto next = bytes;
    for (std::size_t i = 96; i-- > 64;)
        if (++next[i] != 0) break;
    if (std::all_of(next.begin() + 64, next.end(), [](auto byte) { return byte == 0; })) return;
    META138_ASSERT(bn254_mul(next) == sum(*product, p));
}

void check_pairs(ByteView input) {
    const auto bytes = padded<192>(input);
    const auto alone = bn254_pairing_check(bytes);
    if (!alone) return;
    const auto g1 = padded<64>(bytes);
    auto pairs = joined(bytes, bytes);
    std::ranges::copy(negated(g1), pairs.begin() + 192);
    META138_ASSERT(bn254_pairing_check(pairs) == true);
    const bool g2_is_infinity =
        std::all_of(bytes.begin() + 64, bytes.end(), [](auto byte) { return byte == 0; });
    META138_ASSERT(*alone == (g1 == infinity || g2_is_infinity));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input{data, size};
    bn254_pairing_check(input.first(std::min<std::size_t>(size, 4 * 192)));
    check_sums(input);
    check_multiples(input);
    check_pairs(input);
    return 0;
}
