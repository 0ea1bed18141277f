// SPDX-License-Identifier: Apache-2.0
#include "recover.hpp"

#include "../wnaf.hpp"
#include "scalar.hpp"

#include <algorithm>
#include <memory>

namespace meta138::crypto::secp256k1 {
namespace {

/// Widths of the digits: the generator's multiples are computed once, the other point's each time.
constexpr unsigned generator_width = 11;
constexpr unsigned point_width = 5;

/// 1, 3, 5, ... times a point.
template <unsigned width>
using OddMultiples = std::array<Affine, std::size_t{1} << (width - 2)>;

/// 64 KiB, computed in a fraction of a millisecond when the first key is recovered.
struct GeneratorTable {
    OddMultiples<generator_width> low;   // of the generator
    OddMultiples<generator_width> high;  // of 2^128 times the generator

    GeneratorTable() noexcept {
        auto shifted = Jacobian::from(generator);
        for (int i = 0; i < 128; ++i) shifted = doubled(shifted);
        fill_odd_multiples(low, generator);
        fill_odd_multiples(high, to_affine(shifted));
    }
};

const GeneratorTable& generator_table() {
    static const auto table = std::make_unique<const GeneratorTable>();
    return *table;
}

WnafDigits to_digits(const HalfScalar& scalar) noexcept {
    return to_wnaf<point_width>(
        uint256::from_limbs(low_half(scalar.magnitude), high_half(scalar.magnitude), 0, 0));
}

template <std::size_t size>
void add_multiple(Jacobian& sum, const std::array<Affine, size>& multiples, int digit) noexcept {
    if (digit == 0) return;
    const auto& point = multiples[static_cast<std::size_t>(digit < 0 ? -digit : digit) / 2];
    sum = add(sum, digit < 0 ? -point : point);
}

}  // namespace

std::optional<Affine> decompress(const FieldElement& x, bool y_is_odd) noexcept {
    const auto y2 = x.squared() * x + FieldElement{{7, 0, 0, 0}};
    const auto y = y2.root();
    if (!(y.squared() == y2)) return std::nullopt;
    return Affine{x, y.is_odd() == y_is_odd ? y : -y};
}

std::optional<Affine> double_multiply(const uint256& a, const uint256& b,
                                      const Affine& p) noexcept {
    // b is split in two by the endomorphism, a by the bits, and all four parts share 128 doublings.
    const auto& of_generator = generator_table();
    const auto [first, second] = split(b);
    const auto b_first = to_digits(first);
    const auto b_second = to_digits(second);
    const auto a_low = to_wnaf<generator_width>(uint256::from_limbs(a.limbs[0], a.limbs[1], 0, 0));
    const auto a_high = to_wnaf<generator_width>(uint256::from_limbs(a.limbs[2], a.limbs[3], 0, 0));

    OddMultiples<point_width> of_p;
    fill_odd_multiples(of_p, first.negative ? -p : p);
    OddMultiples<point_width> of_lambda_p = of_p;
    for (auto& [x, y] : of_lambda_p) {
        x = x * beta;
        if (first.negative != second.negative) y = -y;
    }

    Jacobian sum;
    for (std::size_t i = std::max({a_low.length, a_high.length, b_first.length, b_second.length});
         i-- > 0;) {
        if (!sum.infinity) sum = doubled(sum);
        add_multiple(sum, of_p, b_first.digits[i]);
        add_multiple(sum, of_lambda_p, b_second.digits[i]);
        add_multiple(sum, of_generator.low, a_low.digits[i]);
        add_multiple(sum, of_generator.high, a_high.digits[i]);
    }
    if (sum.infinity) return std::nullopt;
    return to_affine(sum);
}

}  // namespace meta138::crypto::secp256k1
