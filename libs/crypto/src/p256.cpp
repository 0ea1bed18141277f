// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/p256.hpp"

#include "jacobian.hpp"
#include "p256/field.hpp"
#include "wnaf.hpp"

#include "meta138/base/uint256.hpp"

#include <algorithm>
#include <memory>

namespace meta138::crypto::p256 {

using Affine = AffinePoint<FieldElement>;
using Jacobian = JacobianPoint<FieldElement>;

/// 2 p. No point of this curve has y = 0, so only infinity doubles to infinity.
Jacobian doubled(const Jacobian& p) noexcept {
    // The slope at p is l / z with l = (3 x^2 - 3 z^4) / 2 / y; the factors are arranged for the
    // fewest additions.
    const auto z2 = p.z.squared();
    const auto product = (p.x - z2) * (p.x + z2);
    const auto l = (product + product + product).halved();
    const auto y2 = p.y.squared();
    const auto t = p.x * y2;
    const auto x = l.squared() - (t + t);
    const auto y = l * (t - x) - y2.squared();
    return {x, y, p.y * p.z, p.infinity};
}

namespace {

/// Widths of the digits: the generator's multiples are computed once, the key's each time.
constexpr unsigned generator_width = 11;
constexpr unsigned key_width = 5;

/// 1, 3, 5, ... times a point.
template <unsigned width>
using OddMultiples = std::array<Affine, std::size_t{1} << (width - 2)>;

constexpr uint256 order = uint256::from_limbs(0xf3b9cac2fc632551, 0xbce6faada7179e84,
                                              0xffffffffffffffff, 0xffffffff00000000);
constexpr uint256 field_modulus =
    uint256::from_limbs(FieldElement::modulus[0], FieldElement::modulus[1],
                        FieldElement::modulus[2], FieldElement::modulus[3]);

/// 1 / k modulo the order, for a k below it.
uint256 inverse_modulo_order(const uint256& k) noexcept {
    constexpr std::uint64_t inverse_of_order = 0x332e375511ff43b1;  // modulo 2^64
    static_assert(order.limbs[0] * inverse_of_order == 1);
    const auto inverse =
        divsteps::divide(Limbs{1, 0, 0, 0}, k.limbs, order.limbs, inverse_of_order);
    return uint256::from_limbs(inverse[0], inverse[1], inverse[2], inverse[3]);
}

bool is_on_curve(const Affine& p) noexcept {
    static const auto b = FieldElement::from_number(
        {0x3bce3c3e27d2604b, 0x651d06b0cc53b0f6, 0xb3ebbd55769886bc, 0x5ac635d8aa3a93e7});
    return p.y.squared() == p.x.squared() * p.x - (p.x + p.x + p.x) + b;
}

/// 32 KiB, computed in a fraction of a millisecond when the first signature comes.
const OddMultiples<generator_width>& generator_multiples() {
    static const auto computed = [] {
        auto multiples = std::make_unique<OddMultiples<generator_width>>();
        const Affine generator{FieldElement::from_number({0xf4a13945d898c296, 0x77037d812deb33a0,
                                                          0xf8bce6e563a440f2, 0x6b17d1f2e12c4247}),
                               FieldElement::from_number({0xcbb6406837bf51f5, 0x2bce33576b315ece,
                                                          0x8ee7eb4a7c0f9e16, 0x4fe342e2fe1a7f9b})};
        fill_odd_multiples(*multiples, generator);
        return multiples;
    }();
    return *computed;
}

template <std::size_t size>
Affine select(const std::array<Affine, size>& multiples, int digit) noexcept {
    const auto& point = multiples[static_cast<std::size_t>(digit < 0 ? -digit : digit) / 2];
    return digit < 0 ? -point : point;
}

/// a times the generator plus b times `key`, for scalars below the order.
Jacobian double_multiply(const uint256& a, const uint256& b, const Affine& key) noexcept {
    const auto& of_generator = generator_multiples();
    OddMultiples<key_width> of_key;
    fill_odd_multiples(of_key, key);
    const auto a_digits = to_wnaf<generator_width>(a);
    const auto b_digits = to_wnaf<key_width>(b);

    Jacobian sum;
    for (std::size_t i = std::max(a_digits.length, b_digits.length); i-- > 0;) {
        if (!sum.infinity) sum = doubled(sum);
        if (const int digit = b_digits.digits[i]; digit != 0) sum = add(sum, select(of_key, digit));
        if (const int digit = a_digits.digits[i]; digit != 0)
            sum = add(sum, select(of_generator, digit));
    }
    return sum;
}

/// Whether the x of the point, modulo the order, is r: without the division that the point's x
/// would take.
bool has_x(const Jacobian& point, const uint256& r) noexcept {
    if (point.infinity) return false;
    const auto z2 = point.z.squared();
    if (FieldElement::from_number(r.limbs) * z2 == point.x) return true;
    // The order is below p, so an x from the order to p - 1 comes out as r = x - order, too.
    return r < field_modulus - order &&
           FieldElement::from_number((r + order).limbs) * z2 == point.x;
}

}  // namespace

}  // namespace meta138::crypto::p256

namespace meta138::crypto {

bool p256_verify(const Hash32& hash, const Hash32& r, const Hash32& s, const Hash32& qx,
                 const Hash32& qy) noexcept {
    const auto r_number = to_uint256(r);
    const auto s_number = to_uint256(s);
    const auto x = to_uint256(qx);
    const auto y = to_uint256(qy);
    if (r_number.is_zero() || r_number >= p256::order) return false;
    if (s_number.is_zero() || s_number >= p256::order) return false;
    if (x >= p256::field_modulus || y >= p256::field_modulus) return false;
    // Infinity has no coordinates; (0, 0), which sometimes stands for it, is not on the curve.
    const p256::Affine key{p256::FieldElement::from_number(x.limbs),
                           p256::FieldElement::from_number(y.limbs)};
    if (!p256::is_on_curve(key)) return false;
    const auto inverse = p256::inverse_modulo_order(s_number);
    const auto of_generator = mulmod(to_uint256(hash), inverse, p256::order);
    const auto of_key = mulmod(r_number, inverse, p256::order);
    return p256::has_x(p256::double_multiply(of_generator, of_key, key), r_number);
}

}  // namespace meta138::crypto
