// SPDX-License-Identifier: Apache-2.0
#include "pairing.hpp"

#include "fp12_ifma.hpp"
#include "signed_digits.hpp"
#include "walkers_ifma.hpp"

namespace meta138::crypto::bn254 {
namespace {

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
template <typename SomeWalkers>
std::optional<Fp12> miller_loop_with(std::span<const PointPair> pairs) {
    SomeWalkers walkers{pairs};
    auto f = SomeWalkers::Tower::one();
    const auto add = [&](Addend addend) {
        walkers.add(addend);
        walkers.multiply_lines(f);
    };
    for (std::size_t i = loop_digits.size() - 1; i-- > 0;) {
        f = f.square();
        walkers.twice();
        walkers.multiply_lines(f);
        if (loop_digits[i] != 0) add(loop_digits[i] > 0 ? Addend::q : Addend::minus_q);
    }
    add(Addend::psi_q);
    add(Addend::minus_psi2_q);

    // [6x + 2]Q + psi(Q) - psi^2(Q) + psi^3(Q) is infinity for Q in G2, and for no other point of
    // the twist: the norm of 6x + 2 + psi - psi^2 + psi^3 is a multiple of r and has no factor in
    // common with the cofactor 2p - r. (El Housni, Guillevic, Piellard 2022/352 have the method.) A
    // point that met an exception of the addition's formulas, as none in G2 does, has ended with Z
    // = 0.
    if (!walkers.are_at(Addend::minus_psi3_q)) return std::nullopt;
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

template std::optional<Fp12> miller_loop_with<Walkers>(std::span<const PointPair> pairs);
template Fp12 final_exponentiation_with<Fp12>(const Fp12& f);

#if defined(__x86_64__)

template std::optional<Fp12> miller_loop_with<WalkersIfma>(std::span<const PointPair> pairs);
template Fp12 final_exponentiation_with<Fp12Ifma>(const Fp12& f);

std::optional<Fp12> miller_loop(std::span<const PointPair> pairs) {
    return has_ifma() ? miller_loop_with<WalkersIfma>(pairs) : miller_loop_with<Walkers>(pairs);
}
Fp12 final_exponentiation(const Fp12& f) {
    return has_ifma() ? final_exponentiation_with<Fp12Ifma>(f) : final_exponentiation_with<Fp12>(f);
}

#else

std::optional<Fp12> miller_loop(std::span<const PointPair> pairs) {
    return miller_loop_with<Walkers>(pairs);
}
Fp12 final_exponentiation(const Fp12& f) {
    return final_exponentiation_with<Fp12>(f);
}

#endif

}  // namespace meta138::crypto::bn254
