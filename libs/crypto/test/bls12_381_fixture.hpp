// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bls12_381/fp12.hpp"
#include "bls12_381/groups.hpp"
#include "bls12_381/map_to_curve.hpp"
#include "bls12_381/scalar.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <random>
#include <span>

namespace meta138::crypto::bls12_381::test {

/// Elements and points that differ from each other, the same in every run.
class Source {
public:
    template <typename Params>
    void fill(MontgomeryField<Params>& element) {
        std::array<std::uint64_t, MontgomeryField<Params>::limb_count> limbs;
        do {
            for (auto& limb : limbs) limb = random_();
            limbs.back() &= Params::modulus.back() | Params::modulus.back() >> 1;
        } while (!limbs::less(limbs, Params::modulus));
        element = MontgomeryField<Params>::from_limbs(limbs);
    }
    Fp fp() {
        Fp result;
        fill(result);
        return result;
    }
    Fp2 fp2() { return {fp(), fp()}; }
    Fp6 fp6() { return {fp2(), fp2(), fp2()}; }
    Fp12 fp12() { return {fp6(), fp6()}; }
    Scalar scalar() {
        Fr result;
        fill(result);
        return result.to_limbs();
    }
    /// Of the curves, of any subgroup.
    G1Affine point_of_e1() { return map_to_curve(fp()).to_affine(); }
    G2Affine point_of_e2() { return map_to_curve(fp2()).to_affine(); }
    G1Affine g1() { return clear_cofactor(map_to_curve(fp())).to_affine(); }
    G2Affine g2() { return clear_cofactor(map_to_curve(fp2())).to_affine(); }

private:
    std::mt19937_64 random_{138};  // NOLINT(cert-msc51-cpp): reproducible on purpose
};

class Bls12381 : public testing::Test {
protected:
    Source random;
};

/// Double and add, with nothing clever.
template <typename Field>
JacobianPoint<Field> multiply(const AffinePoint<Field>& point,
                              std::span<const std::uint64_t> scalar) {
    JacobianPoint<Field> result;
    for (std::size_t bit = 64 * scalar.size(); bit-- > 0;) {
        result = result.twice();
        if ((scalar[bit / 64] >> (bit % 64) & 1) != 0) result += JacobianPoint<Field>{point};
    }
    return result;
}

}  // namespace meta138::crypto::bls12_381::test
