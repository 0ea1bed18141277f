// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/scalar.hpp"

namespace meta138::crypto::bls12_381 {

Scalar decode_scalar(std::span<const std::uint8_t, 32> bytes) {
    Scalar scalar{};
    for (std::size_t i = 0; i < 32; ++i) scalar[3 - i / 8] = scalar[3 - i / 8] << 8 | bytes[i];
    while (!limbs::less(scalar, Fr::modulus)) limbs::sub(scalar, scalar, Fr::modulus);
    return scalar;
}

std::array<std::uint64_t, 4> digits_in_base_x(const Scalar& scalar) {
    Scalar rest = scalar;
    std::array<std::uint64_t, 4> digits{};
    for (std::size_t i = 0; i < 4; ++i) {
        std::uint64_t remainder = 0;
        for (std::size_t j = 4 - i; j-- > 0;) {
            const uint128 dividend = uint128{remainder} << 64 | rest[j];
            rest[j] = static_cast<std::uint64_t>(dividend / abs_x);
            remainder = static_cast<std::uint64_t>(dividend % abs_x);
        }
        digits[i] = remainder;
    }
    return digits;
}

}  // namespace meta138::crypto::bls12_381
