// SPDX-License-Identifier: Apache-2.0
#include "kzg/polynomial.hpp"

#include <algorithm>
#include <optional>

namespace meta138::crypto::kzg {

namespace {

constexpr unsigned domain_bits = 12;
static_assert(1U << domain_bits == FIELD_ELEMENTS_PER_BLOB);

/// 7^((r - 1) / 8192): 7 is PRIMITIVE_ROOT_OF_UNITY.
constexpr Fr root_of_the_extended_domain =
    Fr::from_hex("0x485d512737b1da3d2ccddea2972e89ed146b58bc434906ac6fdd00bfc78c8967");

/// Decimation in time over `elements`; `step` is 1 to go forward, and 8192 - 1 to go back, through
/// the table of roots.
void transform(std::span<Fr> elements, std::size_t direction) {
    const auto roots = roots_of_unity();
    META138_ASSERT(elements.size() <= roots.size());
    reverse_bits_of_indices(elements);
    for (std::size_t half = 1; half < elements.size(); half *= 2) {
        const std::size_t stride = roots.size() / (2 * half) * direction;
        for (std::size_t start = 0; start < elements.size(); start += 2 * half) {
            for (std::size_t i = 0; i < half; ++i) {
                auto& a = elements[start + i];
                auto& b = elements[start + i + half];
                const Fr product = b * roots[i * stride % roots.size()];
                b = a - product;
                a = a + product;
            }
        }
    }
}

/// The inverses of the bit-reversed domain; its first half is that of the domain half the size.
std::span<const Fr> inverse_domain() {
    static const auto elements = [] {
        std::vector<Fr> result{domain().begin(), domain().end()};
        std::vector<Fr> scratch(result.size());
        invert_all<Fr>(result, scratch);
        return result;
    }();
    return elements;
}

/// 1 / (z - w) for every w of the domain, but 0 for z itself.
std::vector<Fr> inverse_differences(const Fr& z) {
    std::vector<Fr> differences;
    differences.reserve(FIELD_ELEMENTS_PER_BLOB);
    for (const auto& element : domain()) differences.push_back(z - element);
    std::vector<Fr> scratch(differences.size());
    invert_all<Fr>(differences, scratch);
    return differences;
}

/// The index of z in the domain.
std::optional<std::size_t> find_in_domain(const Fr& z) {
    const auto found = std::ranges::find(domain(), z);
    if (found == domain().end()) return std::nullopt;
    return static_cast<std::size_t>(found - domain().begin());
}

}  // namespace

std::span<const Fr> roots_of_unity() {
    static const auto roots = powers(root_of_the_extended_domain, FIELD_ELEMENTS_PER_EXT_BLOB);
    return roots;
}

std::span<const Fr> domain() {
    static const auto elements = [] {
        std::vector<Fr> result;
        for (std::size_t i = 0; i < FIELD_ELEMENTS_PER_BLOB; ++i)
            result.push_back(roots_of_unity()[2 * reverse_bits(i, domain_bits)]);
        return result;
    }();
    return elements;
}

void fft(std::span<Fr> elements) {
    transform(elements, 1);
}

void inverse_fft(std::span<Fr> elements) {
    transform(elements, roots_of_unity().size() - 1);
    const Fr scale = Fr::from_uint64(elements.size()).inverse();
    for (auto& element : elements) element *= scale;
}

Fr evaluate(std::span<const Fr> polynomial, const Fr& z) {
    META138_ASSERT(polynomial.size() == FIELD_ELEMENTS_PER_BLOB);
    // p(X) = e(X^2) + X o(X^2), so p(z) is the value at z^2 of e + z o, which has half the degree,
    // and whose values come from p's at w and -w: neighbours in the bit-reversed domain. Two
    // multiplications a value, where the barycentric formula takes five, and no exception for z in
    // the domain.
    Polynomial folded{polynomial.begin(), polynomial.end()};
    Fr power = z;
    for (std::size_t size = folded.size() / 2; size > 0; size /= 2, power = power.square()) {
        for (std::size_t i = 0; i < size; ++i) {
            const Fr even = folded[2 * i] + folded[2 * i + 1];
            const Fr odd = (folded[2 * i] - folded[2 * i + 1]) * inverse_domain()[2 * i];
            folded[i] = even + power * odd;
        }
    }
    constexpr Fr scale = Fr::from_uint64(FIELD_ELEMENTS_PER_BLOB).inverse();
    return folded[0] * scale;
}

Polynomial quotient(std::span<const Fr> polynomial, const Fr& z, const Fr& y) {
    META138_ASSERT(polynomial.size() == FIELD_ELEMENTS_PER_BLOB);
    const auto inverses = inverse_differences(z);
    Polynomial result(polynomial.size());
    for (std::size_t i = 0; i < polynomial.size(); ++i)
        result[i] = (y - polynomial[i]) * inverses[i];
    if (const auto index = find_in_domain(z)) {
        // compute_quotient_eval_within_domain: the sum of (p_i - y) w_i / (z (z - w_i)).
        Fr sum;
        for (std::size_t i = 0; i < polynomial.size(); ++i) sum -= result[i] * domain()[i];
        result[*index] = sum * z.inverse();
    }
    return result;
}

std::vector<Fr> powers(const Fr& base, std::size_t count) {
    std::vector<Fr> result;
    result.reserve(count);
    Fr power = Fr::one();
    for (std::size_t i = 0; i < count; ++i, power *= base) result.push_back(power);
    return result;
}

}  // namespace meta138::crypto::kzg
