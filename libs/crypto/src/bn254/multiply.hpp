// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// Multiplication of alt_bn128 in assembly (multiply_x86_64.S), where the build may assume BMI2.
/// Elements are in Montgomery form and below p, as are the results. `out` may be an operand.
#if defined(__x86_64__) && defined(__BMI2__)
#define META138_BN254_ASSEMBLY 1

extern "C" {
/// The product in Fp.
void meta138_bn254_fp_multiply(std::uint64_t out[4], const std::uint64_t a[4],
                               const std::uint64_t b[4]);
/// The product in Fp2.
void meta138_bn254_fp2_multiply(void* out, const void* a, const void* b);
/// The square in Fp2.
void meta138_bn254_fp2_square(void* out, const void* a);
}
#endif
