// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bls12_381/field.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/crypto/kzg.hpp"

#include <bit>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

/// Polynomials over the scalar field, as the polynomial-commitments documents of the
/// consensus-specs (deneb and fulu) use them.
namespace meta138::crypto::kzg {

using bls12_381::Fr;

/// A blob's elements: the values of its polynomial over the bit-reversed domain.
using Polynomial = std::vector<Fr>;

/// Reverses the `bits` low bits of `index`.
constexpr std::size_t reverse_bits(std::size_t index, unsigned bits) {
    std::size_t reversed = 0;
    for (unsigned i = 0; i < bits; ++i) reversed |= (index >> i & 1) << (bits - 1 - i);
    return reversed;
}

/// bit_reversal_permutation, in place; the size must be a power of two.
template <typename Element>
void reverse_bits_of_indices(std::span<Element> elements) {
    META138_ASSERT(std::has_single_bit(elements.size()));
    const auto bits = static_cast<unsigned>(std::countr_zero(elements.size()));
    for (std::size_t i = 0; i < elements.size(); ++i) {
        const auto j = reverse_bits(i, bits);
        if (i < j) std::swap(elements[i], elements[j]);
    }
}

/// The powers 0 to 8191 of the primitive root of unity of that order.
std::span<const Fr> roots_of_unity();

/// The bit-reversed domain of a blob.
std::span<const Fr> domain();

/// Values at the powers of the root of unity from coefficients, in place. The size is a power of
/// two, at most 8192.
void fft(std::span<Fr> elements);
/// The inverse of fft.
void inverse_fft(std::span<Fr> elements);

/// evaluate_polynomial_in_evaluation_form: the value at z of a blob's polynomial.
Fr evaluate(std::span<const Fr> polynomial, const Fr& z);

/// The values over the domain of (p(X) - y) / (X - z), where y = p(z).
Polynomial quotient(std::span<const Fr> polynomial, const Fr& z, const Fr& y);

/// 1, base, base^2, ...
std::vector<Fr> powers(const Fr& base, std::size_t count);

}  // namespace meta138::crypto::kzg
