// SPDX-License-Identifier: Apache-2.0
#include "kzg/trusted_setup.hpp"

#include "bls12_381/encoding.hpp"
#include "kzg/polynomial.hpp"

#include "meta138/base/assert.hpp"

#include <vector>

extern "C" {
extern const std::uint8_t meta138_trusted_setup[];      // NOLINT: trusted_setup.S
extern const std::uint8_t meta138_trusted_setup_end[];  // NOLINT: trusted_setup.S
}

namespace meta138::crypto::kzg {

namespace {

using namespace bls12_381;

constexpr std::size_t g1_size = 48;
constexpr std::size_t g2_size = 96;
constexpr std::size_t g2_count = 65;
constexpr std::size_t g1_bytes = FIELD_ELEMENTS_PER_BLOB * g1_size;
constexpr std::size_t g2_bytes = g2_count * g2_size;

/// The compressed points of G1 in `bytes`.
std::vector<G1Affine> decompress_all(ByteView bytes) {
    std::vector<G1Affine> points;
    points.reserve(bytes.size() / g1_size);
    for (; !bytes.empty(); bytes = bytes.subspan(g1_size)) {
        const auto point = decompress_g1(bytes.first<g1_size>());
        META138_ASSERT(point.has_value());
        points.push_back(*point);
    }
    return points;
}

/// tau^power G2.
PreparedG2 prepare_power(std::size_t power) {
    const auto bytes = trusted_setup_bytes().subspan(g1_bytes + power * g2_size);
    const auto point = decompress_g2(bytes.first<g2_size>());
    META138_ASSERT(point.has_value());
    return prepare(*point);
}

}  // namespace

ByteView trusted_setup_bytes() {
    const ByteView bytes{meta138_trusted_setup, meta138_trusted_setup_end};
    META138_ASSERT(bytes.size() == 2 * g1_bytes + g2_bytes);
    return bytes;
}

std::span<const G1Affine> g1_lagrange() {
    static const auto points = [] {
        auto result = decompress_all(trusted_setup_bytes().first(g1_bytes));
        reverse_bits_of_indices<G1Affine>(result);
        return result;
    }();
    return points;
}

std::span<const G1Affine> g1_monomial() {
    static const auto points = decompress_all(trusted_setup_bytes().last(g1_bytes));
    return points;
}

std::span<const G1Affine> g1_monomial_of_cell() {
    static const auto points = decompress_all(
        trusted_setup_bytes().last(g1_bytes).first(FIELD_ELEMENTS_PER_CELL * g1_size));
    return points;
}

const PreparedG2& negated_g2() {
    static const PreparedG2 prepared = prepare(-g2_generator());
    return prepared;
}

const PreparedG2& tau_g2() {
    static const PreparedG2 prepared = prepare_power(1);
    return prepared;
}

const PreparedG2& tau_to_the_cell_size_g2() {
    static const PreparedG2 prepared = prepare_power(FIELD_ELEMENTS_PER_CELL);
    return prepared;
}

}  // namespace meta138::crypto::kzg
