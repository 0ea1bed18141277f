// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/fp12.hpp"

#include <array>
#include <bit>

namespace meta138::crypto::bls12_381 {

namespace {

/// xi^(i (p - 1) / 6) for i = 1 to 5: what the Frobenius map multiplies w^i by.
constexpr std::array<Fp2, 5> frobenius_factors{
    Fp2::from_hex("0x1904d3bf02bb0667c231beb4202c0d1f0fd603fd3cbd5f4f"
                  "7b2443d784bab9c4f67ea53d63e7813d8d0775ed92235fb8",
                  "0x00fc3e2b36c4e03288e9e902231f9fb854a14787b6c7b36f"
                  "ec0c8ec971f63c5f282d5ac14d6c7ec22cf78a126ddc4af3"),
    Fp2::from_hex("0x0",
                  "0x1a0111ea397fe699ec02408663d4de85aa0d857d89759ad4"
                  "897d29650fb85f9b409427eb4f49fffd8bfd00000000aaac"),
    Fp2::from_hex("0x06af0e0437ff400b6831e36d6bd17ffe48395dabc2d3435e"
                  "77f76e17009241c5ee67992f72ec05f4c81084fbede3cc09",
                  "0x06af0e0437ff400b6831e36d6bd17ffe48395dabc2d3435e"
                  "77f76e17009241c5ee67992f72ec05f4c81084fbede3cc09"),
    Fp2::from_hex("0x1a0111ea397fe699ec02408663d4de85aa0d857d89759ad4"
                  "897d29650fb85f9b409427eb4f49fffd8bfd00000000aaad",
                  "0x0"),
    Fp2::from_hex("0x05b2cfd9013a5fd8df47fa6b48b1e045f39816240c0b8fee"
                  "8beadf4d8e9c0566c63a3e6e257f87329b18fae980078116",
                  "0x144e4211384586c16bd3ad4afa99cc9170df3560e77982d0"
                  "db45f3536814f0bd5871c1908bd478cd1ee605167ff82995"),
};

/// xi^(i (p^2 - 1) / 6) for i = 1 to 5, all in Fp.
constexpr std::array<Fp, 5> frobenius_squared_factors{
    Fp::from_hex("0x00000000000000005f19672fdf76ce51ba69c6076a0f77ea"
                 "ddb3a93be6f89688de17d813620a00022e01fffffffeffff"),
    Fp::from_hex("0x00000000000000005f19672fdf76ce51ba69c6076a0f77ea"
                 "ddb3a93be6f89688de17d813620a00022e01fffffffefffe"),
    Fp::from_hex("0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf"
                 "6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaaa"),
    Fp::from_hex("0x1a0111ea397fe699ec02408663d4de85aa0d857d89759ad4"
                 "897d29650fb85f9b409427eb4f49fffd8bfd00000000aaac"),
    Fp::from_hex("0x1a0111ea397fe699ec02408663d4de85aa0d857d89759ad4"
                 "897d29650fb85f9b409427eb4f49fffd8bfd00000000aaad"),
};

struct Fp4 {
    Fp2 c0;
    Fp2 c1;
};

/// (a + b w^3)^2; w^6 = xi.
Fp4 square_fp4(const Fp2& a, const Fp2& b) {
    const Fp2 a_squared = a.square();
    const Fp2 b_squared = b.square();
    return {a_squared + b_squared.times_xi(), (a + b).square() - a_squared - b_squared};
}

/// a (b0 + b1 v).
Fp6 times_sparse(const Fp6& a, const Fp2& b0, const Fp2& b1) {
    const WideFp2 low = multiply_wide(a.c0, b0);
    const WideFp2 high = multiply_wide(a.c1, b1);
    return {reduce((multiply_wide(a.c1 + a.c2, b1) - high).times_xi() + low),
            reduce(multiply_wide(a.c0 + a.c1, b0 + b1) - low - high),
            reduce(multiply_wide(a.c0 + a.c2, b0) - low + high)};
}

/// a b1 v.
Fp6 times_sparse(const Fp6& a, const Fp2& b1) {
    return {(a.c2 * b1).times_xi(), a.c0 * b1, a.c1 * b1};
}

}  // namespace

Fp6 operator*(const Fp6& a, const Fp6& b) {
    const WideFp2 v0 = multiply_wide(a.c0, b.c0);
    const WideFp2 v1 = multiply_wide(a.c1, b.c1);
    const WideFp2 v2 = multiply_wide(a.c2, b.c2);
    return {reduce((multiply_wide(a.c1 + a.c2, b.c1 + b.c2) - v1 - v2).times_xi() + v0),
            reduce(multiply_wide(a.c0 + a.c1, b.c0 + b.c1) - v0 - v1 + v2.times_xi()),
            reduce(multiply_wide(a.c0 + a.c2, b.c0 + b.c2) - v0 - v2 + v1)};
}

Fp6 Fp6::inverse() const {
    const Fp2 t0 = c0.square() - (c1 * c2).times_xi();
    const Fp2 t1 = c2.square().times_xi() - c0 * c1;
    const Fp2 t2 = c1.square() - c0 * c2;
    const Fp2 scale = ((c2 * t1 + c1 * t2).times_xi() + c0 * t0).inverse();
    return {t0 * scale, t1 * scale, t2 * scale};
}

Fp12 operator*(const Fp12& a, const Fp12& b) {
    const Fp6 low = a.c0 * b.c0;
    const Fp6 high = a.c1 * b.c1;
    return {low + high.times_v(), (a.c0 + a.c1) * (b.c0 + b.c1) - low - high};
}

Fp12 operator*(const Fp12& a, const Line& line) {
    const Fp6 low = times_sparse(a.c0, line.a0, line.a2);
    const Fp6 high = times_sparse(a.c1, line.a3);
    return {low + high.times_v(),
            times_sparse(a.c0 + a.c1, line.a0, line.a2 + line.a3) - low - high};
}

Fp12 Fp12::square() const {
    const Fp6 product = c0 * c1;
    return {(c0 + c1) * (c0 + c1.times_v()) - product - product.times_v(), product + product};
}

Fp12 Fp12::inverse() const {
    const Fp6 scale = (c0 * c0 - (c1 * c1).times_v()).inverse();
    return {c0 * scale, -(c1 * scale)};
}

Fp12 Fp12::frobenius() const {
    return {{c0.c0.conjugate(), c0.c1.conjugate() * frobenius_factors[1],
             c0.c2.conjugate() * frobenius_factors[3]},
            {c1.c0.conjugate() * frobenius_factors[0], c1.c1.conjugate() * frobenius_factors[2],
             c1.c2.conjugate() * frobenius_factors[4]}};
}

Fp12 Fp12::frobenius_squared() const {
    return {{c0.c0, c0.c1 * frobenius_squared_factors[1], c0.c2 * frobenius_squared_factors[3]},
            {c1.c0 * frobenius_squared_factors[0], c1.c1 * frobenius_squared_factors[2],
             c1.c2 * frobenius_squared_factors[4]}};
}

Fp12 Fp12::cyclotomic_square() const {
    const Fp4 a = square_fp4(c0.c0, c1.c1);
    const Fp4 b = square_fp4(c1.c0, c0.c2);
    const Fp4 c = square_fp4(c0.c1, c1.c2);
    const auto thrice_minus = [](const Fp2& square, const Fp2& old) {
        return (square - old).twice() + square;
    };
    const auto thrice_plus = [](const Fp2& square, const Fp2& old) {
        return (square + old).twice() + square;
    };
    return {
        {thrice_minus(a.c0, c0.c0), thrice_minus(b.c0, c0.c1), thrice_minus(c.c0, c0.c2)},
        {thrice_plus(c.c1.times_xi(), c1.c0), thrice_plus(a.c1, c1.c1), thrice_plus(b.c1, c1.c2)}};
}

Fp12 Fp12::cyclotomic_power_x() const {
    Fp12 result = *this;
    for (int bit = 62 - std::countl_zero(abs_x); bit >= 0; --bit) {
        result = result.cyclotomic_square();
        if ((abs_x >> bit & 1) != 0) result *= *this;
    }
    return result.conjugate();
}

}  // namespace meta138::crypto::bls12_381
