// SPDX-License-Identifier: Apache-2.0
#include "pairing.hpp"

#include "fp12_ifma.hpp"
#include "signed_digits.hpp"

#include <algorithm>

namespace meta138::crypto::bn254 {
namespace {

/// (X / Z, Y / Z) on the twist: the point that walks from Q to [6x + 2]Q.
struct Walker {
    Fp2 x;
    Fp2 y;
    Fp2 z;

    explicit Walker(const G2Affine& q) : x{q.x}, y{q.y}, z{Fp2::one()} {}
    Walker() = default;
};

/// A line at P, up to a factor that the final exponentiation removes: y c0, x c1 and c3.
Line at(const Line& line, const G1Affine& p) {
    return {line.c0 * p.y, line.c1 * p.x, line.c3};
}

/// Doubles t; the tangent. (Aranha et al. 2010/526, section 4.3; Costello, Lange, Naehrig
/// 2009/615.)
Line twice(Walker& t) {
    constexpr Fp2 three_b = twist_b.twice() + twist_b;
    const auto a = (t.x * t.y).half();
    const auto b = t.y.square();
    const auto c = t.z.square();
    const auto e = c * three_b;
    const auto f = e.twice() + e;
    const auto g = (b + f).half();
    const auto h = (t.y + t.z).square() - b - c;
    const auto j = t.x.square();
    const auto e2 = e.square();
    t.x = a * (b - f);
    t.y = g.square() - (e2.twice() + e2);
    t.z = b * h;
    return {-h, j.twice() + j, e - b};
}

/// The line through t and q, which are neither equal nor opposite.
struct Chord {
    Fp2 theta;
    Fp2 lambda;

    Chord(const Walker& t, const G2Affine& q) : theta{t.y - q.y * t.z}, lambda{t.x - q.x * t.z} {}
    [[nodiscard]] Line line(const G2Affine& q) const {
        return {lambda, -theta, theta * q.x - lambda * q.y};
    }
};

/// Adds q to t; the chord. (The same papers.)
Line add(Walker& t, const G2Affine& q) {
    const Chord chord{t, q};
    const auto d = chord.lambda.square();
    const auto e = chord.lambda * d;
    const auto f = t.z * chord.theta.square();
    const auto g = t.x * d;
    const auto h = e + f - g.twice();
    t.x = chord.lambda * h;
    t.y = chord.theta * (g - h) - e * t.y;
    t.z = t.z * e;
    return chord.line(q);
}

/// f^x for f in the cyclotomic subgroup.
template <typename Tower>
Tower power_x(const Tower& f) {
    const auto inverse = f.conjugate();
    auto result = f;
    for (std::size_t i = x_digits.size() - 1; i-- > 0;) {
        result = result.cyclotomic_square();
        if (x_digits[i] > 0) result *= f;
        if (x_digits[i] < 0) result *= inverse;
    }
    return result;
}

}  // namespace

// Vercauteren 2008/096: f_{6x+2,Q}(P) l_{[6x+2]Q, psi(Q)}(P) l_{[6x+2]Q + psi(Q), -psi^2(Q)}(P).
template <typename Tower>
Fp12 miller_loop_with(std::span<const PointPair> pairs) {
    META138_ASSERT(pairs.size() <= max_pairs_in_a_loop);
    std::array<Walker, max_pairs_in_a_loop> walkers;
    for (std::size_t k = 0; k < pairs.size(); ++k) walkers[k] = Walker{pairs[k].g2};

    auto f = Tower::one();
    for (std::size_t i = loop_digits.size() - 1; i-- > 0;) {
        if (i + 2 != loop_digits.size()) f = f.square();
        for (std::size_t k = 0; k < pairs.size(); ++k) {
            const auto& [p, q] = pairs[k];
            f = f * at(twice(walkers[k]), p);
            if (loop_digits[i] != 0) f = f * at(add(walkers[k], loop_digits[i] > 0 ? q : -q), p);
        }
    }
    for (std::size_t k = 0; k < pairs.size(); ++k) {
        const auto& [p, q] = pairs[k];
        const auto q1 = frobenius(q);
        const auto q2 = -frobenius(q1);
        f = f * at(add(walkers[k], q1), p);
        f = f * at(Chord{walkers[k], q2}.line(q2), p);
    }
    return f.to_fp12();
}

template <typename Tower>
Fp12 final_exponentiation_with(const Fp12& f) {
    // (p^6 - 1)(p^2 + 1), after which an inverse is a conjugate.
    auto g = Tower::from(f.conjugate() * f.inverse());
    g = g.frobenius(2) * g;

    // 2x(6x^2 + 3x + 1) (p^4 - p^2 + 1)/r (Fuentes-Castañeda, Knapp, Rodríguez-Henríquez, "Faster
    // hashing to G2", 2011, section 5): g^(1 + 6x + 12x^2 + 12x^3), and with p, p^2, p^3 the powers
    // 4x + 6x^2 + 12x^3, 6x + 6x^2 + 12x^3 and -1 + 4x + 6x^2 + 12x^3.
    const auto g2x = power_x(g).cyclotomic_square();
    const auto g6x = g2x.cyclotomic_square() * g2x;
    const auto g6x2 = power_x(g6x);
    const auto g12x3 = power_x(g6x2.cyclotomic_square());
    const auto a = g12x3 * g6x2 * g6x;
    const auto b = a * g2x.conjugate();
    const auto result =
        a * g6x2 * g * b.frobenius(1) * a.frobenius(2) * (b * g.conjugate()).frobenius(3);
    return result.to_fp12();
}

template Fp12 miller_loop_with<Fp12>(std::span<const PointPair> pairs);
template Fp12 final_exponentiation_with<Fp12>(const Fp12& f);

#if defined(__x86_64__)

template Fp12 miller_loop_with<Fp12Ifma>(std::span<const PointPair> pairs);
template Fp12 final_exponentiation_with<Fp12Ifma>(const Fp12& f);

Fp12 miller_loop(std::span<const PointPair> pairs) {
    return has_ifma() ? miller_loop_with<Fp12Ifma>(pairs) : miller_loop_with<Fp12>(pairs);
}
Fp12 final_exponentiation(const Fp12& f) {
    return has_ifma() ? final_exponentiation_with<Fp12Ifma>(f) : final_exponentiation_with<Fp12>(f);
}

#else

Fp12 miller_loop(std::span<const PointPair> pairs) {
    return miller_loop_with<Fp12>(pairs);
}
Fp12 final_exponentiation(const Fp12& f) {
    return final_exponentiation_with<Fp12>(f);
}

#endif

}  // namespace meta138::crypto::bn254
