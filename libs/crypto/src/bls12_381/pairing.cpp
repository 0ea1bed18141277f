// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/pairing.hpp"

#include "bls12_381/walkers_ifma.hpp"

#include <vector>

namespace meta138::crypto::bls12_381 {

namespace {

/// The exponent |x| stands for x: the conjugation that would make up for its sign does not change
/// whether the result of a pairing is one.
template <typename SomeWalkers>
typename SomeWalkers::Tower run_miller_loop(SomeWalkers& walkers) {
    auto f = SomeWalkers::Tower::one();
    for (int bit = 62; bit >= 0; --bit) {
        if (bit != 62) f = f.square();
        walkers.twice();
        walkers.multiply_lines(f);
        if ((abs_x >> bit & 1) == 0) continue;
        walkers.add();
        walkers.multiply_lines(f);
    }
    return f;
}

template <typename SomeWalkers>
bool check_prepared_product_with(std::span<const PreparedPairingInput> inputs) {
    SomeWalkers walkers{inputs};
    const auto f = run_miller_loop(walkers).to_fp12();
    return final_exponentiation_with<typename SomeWalkers::Tower>(f) == Fp12::one();
}

template <typename SomeWalkers>
std::optional<bool> check_product_with(std::span<const PairingInput> inputs) {
    const auto f = miller_loop_with<SomeWalkers>(inputs);
    if (!f) return std::nullopt;
    return final_exponentiation_with<typename SomeWalkers::Tower>(*f) == Fp12::one();
}

}  // namespace

template <typename SomeWalkers>
std::optional<Fp12> miller_loop_with(std::span<const PairingInput> inputs) {
    SomeWalkers walkers{inputs};
    const auto f = run_miller_loop(walkers);
    if (!walkers.are_at_minus_psi()) return std::nullopt;
    return f.to_fp12();
}

template <typename Tower>
Fp12 final_exponentiation_with(const Fp12& f) {
    // (p^12 - 1) / r = (p^6 - 1) (p^2 + 1) (p^4 - p^2 + 1) / r.
    const Fp12 a = f.conjugate() * f.inverse();
    const Tower m = Tower::from(a.frobenius_squared() * a);
    // 3 (p^4 - p^2 + 1) / r = (x - 1)^2 (x + p) (x^2 + p^2 - 1) + 3 (Hayashida, Hayasaka, Teruya,
    // eprint 2020/875, section 5).
    Tower t = m.cyclotomic_power_x() * m.conjugate();
    t = t.cyclotomic_power_x() * t.conjugate();
    t = t.cyclotomic_power_x() * t.frobenius();
    t = t.cyclotomic_power_x().cyclotomic_power_x() * t.frobenius_squared() * t.conjugate();
    return (t * m.cyclotomic_square() * m).to_fp12();
}

template std::optional<Fp12> miller_loop_with<Walkers>(std::span<const PairingInput> inputs);
template Fp12 final_exponentiation_with<Fp12>(const Fp12& f);
#if defined(__x86_64__)
template std::optional<Fp12> miller_loop_with<WalkersIfma>(std::span<const PairingInput> inputs);
template Fp12 final_exponentiation_with<Fp12Ifma>(const Fp12& f);
#endif

std::optional<bool> check_pairing_product(std::span<const PairingInput> inputs) {
    std::vector<PairingInput> pairs;
    pairs.reserve(inputs.size());
    for (const auto& input : inputs) {
        if (!input.p.is_infinity() && !input.q.is_infinity()) {
            pairs.push_back(input);
        } else if (!is_in_subgroup(input.q)) {
            return std::nullopt;
        }
    }
    if (pairs.empty()) return true;
#if defined(__x86_64__)
    if (has_ifma()) return check_product_with<WalkersIfma>(pairs);
#endif
    return check_product_with<Walkers>(pairs);
}

bool check_pairing_product(std::span<const PreparedPairingInput> inputs) {
    std::vector<PreparedPairingInput> pairs;
    for (const auto& input : inputs)
        if (!input.p.is_infinity()) pairs.push_back(input);
    if (pairs.empty()) return true;
#if defined(__x86_64__)
    if (has_ifma()) return check_prepared_product_with<PreparedWalkersIfma>(pairs);
#endif
    return check_prepared_product_with<PreparedWalkers>(pairs);
}

}  // namespace meta138::crypto::bls12_381
