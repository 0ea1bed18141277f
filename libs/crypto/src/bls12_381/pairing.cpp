// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/pairing.hpp"

#include <vector>

namespace meta138::crypto::bls12_381 {

namespace {

/// A point of the twist in homogeneous coordinates: (x / z, y / z).
struct HomogeneousG2 {
    Fp2 x;
    Fp2 y;
    Fp2 z;
};

/// 3 b' a = 12 (1 + u) a.
Fp2 times_three_b(const Fp2& a) {
    const Fp2 four = a.times_xi().twice().twice();
    return four.twice() + four;
}

// E' is untwisted by (x, y) -> (x / w^2, y / w^3). A line of slope s through (x, y) of E', at the
// point P of E and times w^3, is (s x - y) - s P.x w^2 + P.y w^3, and may be multiplied by any
// factor of Fp2. Lines are kept without P's coordinates. The formulas of the steps are those of
// Costello, Lange and Naehrig (eprint 2009/615, section 5), with the constants of this curve.

/// t becomes 2 t; the tangent at t, times 2 y z.
Line double_step(HomogeneousG2& t) {
    const Fp2 a = (t.x * t.y).half();
    const Fp2 b = t.y.square();
    const Fp2 c = t.z.square();
    const Fp2 e = times_three_b(c);
    const Fp2 f = e.twice() + e;
    const Fp2 g = (b + f).half();
    const Fp2 h = (t.y + t.z).square() - b - c;
    const Fp2 xx = t.x.square();
    const Fp2 ee = e.square();
    t.x = a * (b - f);
    t.y = g.square() - (ee.twice() + ee);
    t.z = b * h;
    return {b - e, -(xx.twice() + xx), h};
}

/// t becomes t + q; the line through both, times the difference of their x and a power of z.
Line add_step(HomogeneousG2& t, const G2Affine& q) {
    const Fp2 theta = t.y - q.y * t.z;
    const Fp2 lambda = t.x - q.x * t.z;
    const Fp2 d = lambda.square();
    const Fp2 e = lambda * d;
    const Fp2 f = t.z * theta.square();
    const Fp2 g = t.x * d;
    const Fp2 h = e + f - g.twice();
    t.x = lambda * h;
    t.y = theta * (g - h) - e * t.y;
    t.z = t.z * e;
    return {theta * q.x - lambda * q.y, -theta, lambda};
}

Line evaluate(const Line& line, const G1Affine& p) {
    return {line.a0, line.a2 * p.x, line.a3 * p.y};
}

/// Squares and multiplies along the bits of |x|: `for_each_line(f)` multiplies f by the lines of
/// one step, once a doubling and once an addition. The exponent |x| stands for x: the conjugation
/// that would make up for its sign does not change whether the result is one.
template <typename Double, typename Add>
Fp12 run_miller_loop(const Double& double_lines, const Add& add_lines) {
    Fp12 f = Fp12::one();
    for (int bit = 62; bit >= 0; --bit) {
        if (bit != 62) f = f.square();
        double_lines(f);
        if ((abs_x >> bit & 1) != 0) add_lines(f);
    }
    return f;
}

}  // namespace

Fp12 miller_loop(std::span<const PairingInput> inputs) {
    std::vector<PairingInput> pairs;
    std::vector<HomogeneousG2> points;
    for (const auto& input : inputs) {
        if (input.p.is_infinity() || input.q.is_infinity()) continue;
        pairs.push_back(input);
        points.push_back({input.q.x, input.q.y, Fp2::one()});
    }
    return run_miller_loop(
        [&](Fp12& f) {
            for (std::size_t i = 0; i < pairs.size(); ++i)
                f *= evaluate(double_step(points[i]), pairs[i].p);
        },
        [&](Fp12& f) {
            for (std::size_t i = 0; i < pairs.size(); ++i)
                f *= evaluate(add_step(points[i], pairs[i].q), pairs[i].p);
        });
}

PreparedG2 prepare(const G2Affine& q) {
    META138_ASSERT(!q.is_infinity());
    PreparedG2 result{};
    HomogeneousG2 t{q.x, q.y, Fp2::one()};
    std::size_t count = 0;
    for (int bit = 62; bit >= 0; --bit) {
        result.lines[count++] = double_step(t);
        if ((abs_x >> bit & 1) != 0) result.lines[count++] = add_step(t, q);
    }
    META138_ASSERT(count == line_count);
    return result;
}

Fp12 final_exponentiation(const Fp12& f) {
    // (p^12 - 1) / r = (p^6 - 1) (p^2 + 1) (p^4 - p^2 + 1) / r.
    const Fp12 a = f.conjugate() * f.inverse();
    const Fp12 m = a.frobenius_squared() * a;
    // 3 (p^4 - p^2 + 1) / r = (x - 1)^2 (x + p) (x^2 + p^2 - 1) + 3.
    Fp12 t = m.cyclotomic_power_x() * m.conjugate();
    t = t.cyclotomic_power_x() * t.conjugate();
    t = t.cyclotomic_power_x() * t.frobenius();
    t = t.cyclotomic_power_x().cyclotomic_power_x() * t.frobenius_squared() * t.conjugate();
    return t * m.cyclotomic_square() * m;
}

bool is_pairing_product_one(std::span<const PairingInput> inputs) {
    return final_exponentiation(miller_loop(inputs)) == Fp12::one();
}

bool is_pairing_product_one(std::span<const PreparedPairingInput> inputs) {
    std::size_t next = 0;
    const auto multiply_lines = [&](Fp12& f) {
        for (const auto& input : inputs) {
            if (!input.p.is_infinity()) f *= evaluate(input.q->lines[next], input.p);
        }
        ++next;
    };
    return final_exponentiation(run_miller_loop(multiply_lines, multiply_lines)) == Fp12::one();
}

}  // namespace meta138::crypto::bls12_381
