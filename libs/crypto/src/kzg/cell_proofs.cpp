// SPDX-License-Identifier: Apache-2.0
#include "kzg/cell_proofs.hpp"

#include "bls12_381/encoding.hpp"
#include "bls12_381/multi_scalar.hpp"
#include "kzg/inputs.hpp"
#include "kzg/trusted_setup.hpp"

#include <array>

// With l = 64 elements a cell, f(X) = q(X) (X^l - a) + remainder has the quotient
// q = sum over m >= 1 of a^(m - 1) (f >> m l), where f >> k drops the k lowest coefficients and
// shifts the rest down. So the proof for the cell whose domain is the roots of X^l - a is sum a^(m
// - 1) H_m, with H_m = (f >> m l)(tau) G1: the values at a of a polynomial over G1, for all 128
// cells one transform. H_m = sum over i < l and t of f[i + l (t + m)] tau^(i + l t) G1 is a sum of
// l correlations, which are products under transforms of twice their length.
namespace meta138::crypto::kzg {

namespace {

using namespace bls12_381;

constexpr std::size_t l = FIELD_ELEMENTS_PER_CELL;
constexpr std::size_t strides = FIELD_ELEMENTS_PER_BLOB / l;
constexpr std::size_t circle = 2 * strides;
static_assert(circle == CELLS_PER_EXT_BLOB);

G1 multiply(const G1& point, const Fr& factor) {
    const std::array<G1Affine, 1> points{point.to_affine()};
    const std::array<Scalar, 1> scalars{to_scalar(factor)};
    return multi_scalar_multiply(points, scalars);
}

/// As fft of polynomial.hpp, over G1; `direction` 1, or 8191 for the inverse but for its scale.
void transform(std::span<G1> elements, std::size_t direction) {
    const auto roots = roots_of_unity();
    reverse_bits_of_indices(elements);
    for (std::size_t half = 1; half < elements.size(); half *= 2) {
        const std::size_t stride = roots.size() / (2 * half) * direction;
        for (std::size_t start = 0; start < elements.size(); start += 2 * half) {
            for (std::size_t i = 0; i < half; ++i) {
                auto& a = elements[start + i];
                auto& b = elements[start + i + half];
                const G1 product = i == 0 ? b : multiply(b, roots[i * stride % roots.size()]);
                b = a - product;
                a = a + product;
            }
        }
    }
}

using Columns = std::array<std::vector<G1Affine>, circle>;

/// For each of the 128 points of the circle, the l transforms' values there of the reversed strides
/// of the setup.
const Columns& transformed_setup() {
    static const auto columns = [] {
        Columns result;
        const auto monomial = g1_monomial();
        for (std::size_t i = 0; i < l; ++i) {
            std::vector<G1> stride(circle);
            for (std::size_t t = 0; t < strides; ++t)
                stride[(circle - t) % circle] = G1{monomial[i + l * t]};
            transform(stride, 1);
            const auto affine = to_affine<Fp>(stride);
            for (std::size_t k = 0; k < circle; ++k) result[k].push_back(affine[k]);
        }
        return result;
    }();
    return columns;
}

/// For each point of the circle, the l transforms' values there of the strides of the coefficients.
std::array<std::vector<Scalar>, circle> transform_strides(std::span<const Fr> coefficients) {
    std::array<std::vector<Scalar>, circle> columns;
    const Fr scale = Fr::from_uint64(circle).inverse();  // of the inverse transform to come
    std::array<Fr, circle> stride;
    for (std::size_t i = 0; i < l; ++i) {
        stride.fill(Fr{});
        for (std::size_t u = 0; u < strides; ++u) stride[u] = coefficients[i + l * u] * scale;
        fft(stride);
        for (std::size_t k = 0; k < circle; ++k) columns[k].push_back(to_scalar(stride[k]));
    }
    return columns;
}

}  // namespace

std::vector<KzgProof> compute_cell_proofs(std::span<const Fr> coefficients) {
    META138_ASSERT(coefficients.size() == FIELD_ELEMENTS_PER_BLOB);
    const auto& setup = transformed_setup();
    const auto scalars = transform_strides(coefficients);
    std::vector<G1> h(circle);
    for (std::size_t k = 0; k < circle; ++k) h[k] = multi_scalar_multiply(setup[k], scalars[k]);
    transform(h, FIELD_ELEMENTS_PER_EXT_BLOB - 1);

    // H_1 to H_63 are the coefficients of a^0 to a^62.
    std::vector<G1> proofs(circle);
    for (std::size_t m = 1; m < strides; ++m) proofs[m - 1] = h[m];
    transform(proofs, 1);
    reverse_bits_of_indices<G1>(proofs);

    std::vector<KzgProof> result;
    for (const auto& point : to_affine<Fp>(proofs)) result.push_back({compress(point)});
    return result;
}

}  // namespace meta138::crypto::kzg
