// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/uint256.hpp"

namespace meta138::detail {

DivResult divmod(const uint256& x, const uint256& y) noexcept {
    const auto wide = divmod_wide(uint512::from_halves(x, {}), y);
    return {wide.quotient.low(), wide.remainder};
}

WideDivResult divmod_wide(const uint512& x, const uint256& y) noexcept {
    return divmod_bitwise(x, y);
}

uint256 addmod(const uint256& x, const uint256& y, const uint256& modulus) noexcept {
    const auto sum = x + y;
    return divmod_wide(uint512::from_halves(sum, sum < x ? 1 : 0), modulus).remainder;
}

uint256 mulmod(const uint256& x, const uint256& y, const uint256& modulus) noexcept {
    return divmod_wide(umul(x, y), modulus).remainder;
}

}  // namespace meta138::detail
