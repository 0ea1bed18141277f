// SPDX-License-Identifier: Apache-2.0
#include "g2.hpp"

#include "signed_digits.hpp"

namespace meta138::crypto::bn254 {

bool is_on_curve(const G2Affine& point) {
    return point.y.square() == point.x.square() * point.x + twist_b;
}

// [x + 1]Q + psi([x]Q) + psi^2([x]Q) = psi^3([2x]Q) on points of order r, and on no others of this
// twist (Dai, Lin, Zhao, Zhou 2022/348; El Housni, Guillevic, Piellard 2022/352).
bool is_in_subgroup(const G2Affine& point) {
    auto multiple = G2Jacobian::from(point);
    for (std::size_t i = x_digits.size() - 1; i-- > 0;) {
        multiple = multiple.twice();
        if (x_digits[i] > 0) multiple = multiple + point;
        if (x_digits[i] < 0) multiple = multiple + -point;
    }
    const auto psi1 = frobenius(multiple);
    const auto psi2 = frobenius(psi1);
    const auto left = multiple + point + psi1 + psi2;
    return left == frobenius(psi2).twice();
}

}  // namespace meta138::crypto::bn254
