// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/bn254.hpp"

#include "bn254/g1.hpp"
#include "bn254/g2.hpp"
#include "bn254/pairing.hpp"

#include <algorithm>

namespace meta138::crypto {
namespace {

using namespace bn254;

/// A decoded point: nothing in it when it is infinity.
template <typename Point>
using Decoded = std::optional<Point>;

constexpr std::size_t pair_size = 192;

/// nullopt when malformed.
std::optional<Decoded<G1Affine>> decode_g1(std::span<const std::uint8_t, 64> bytes) {
    const auto x = Fp::from_be_bytes(bytes.first<32>());
    const auto y = Fp::from_be_bytes(bytes.last<32>());
    if (!x || !y) return std::nullopt;
    if (x->is_zero() && y->is_zero()) return Decoded<G1Affine>{};
    const G1Affine point{*x, *y};
    if (!is_on_curve(point)) return std::nullopt;
    return point;
}

std::optional<Fp2> decode_fp2(std::span<const std::uint8_t, 64> bytes) {
    const auto imaginary = Fp::from_be_bytes(bytes.first<32>());
    const auto real = Fp::from_be_bytes(bytes.last<32>());
    if (!imaginary || !real) return std::nullopt;
    return Fp2{*real, *imaginary};
}

/// A point of the twist, whether of G2 or not; nullopt when malformed.
std::optional<Decoded<G2Affine>> decode_twist(std::span<const std::uint8_t, 128> bytes) {
    const auto x = decode_fp2(bytes.first<64>());
    const auto y = decode_fp2(bytes.last<64>());
    if (!x || !y) return std::nullopt;
    if (x->is_zero() && y->is_zero()) return Decoded<G2Affine>{};
    const G2Affine point{*x, *y};
    if (!is_on_curve(point)) return std::nullopt;
    return point;
}

std::array<std::uint8_t, 64> encode_g1(const Decoded<G1Affine>& point) {
    std::array<std::uint8_t, 64> bytes{};
    if (!point) return bytes;
    std::ranges::copy(point->x.to_be_bytes(), bytes.begin());
    std::ranges::copy(point->y.to_be_bytes(), bytes.begin() + 32);
    return bytes;
}

std::array<std::uint64_t, 4> decode_scalar(std::span<const std::uint8_t, 32> bytes) {
    std::array<std::uint64_t, 4> scalar{};
    for (std::size_t i = 0; i < 32; ++i) scalar[3 - i / 8] = scalar[3 - i / 8] << 8 | bytes[i];
    return scalar;
}

}  // namespace

std::optional<std::array<std::uint8_t, 64>> bn254_add(std::span<const std::uint8_t, 128> input) {
    const auto p = decode_g1(input.first<64>());
    const auto q = decode_g1(input.last<64>());
    if (!p || !q) return std::nullopt;
    if (!*p || !*q) return encode_g1(*p ? *p : *q);
    return encode_g1(add(**p, **q));
}

std::optional<std::array<std::uint8_t, 64>> bn254_mul(std::span<const std::uint8_t, 96> input) {
    const auto point = decode_g1(input.first<64>());
    if (!point) return std::nullopt;
    if (!*point) return encode_g1(std::nullopt);
    const auto product = multiply(**point, decode_scalar(input.last<32>()));
    if (product.is_infinity()) return encode_g1(std::nullopt);
    return encode_g1(product.to_affine());
}

std::optional<bool> bn254_pairing_check(ByteView input) {
    if (input.size() % pair_size != 0) return std::nullopt;

    // A few pairs at a time share a Miller loop, which finds points that are not in G2.
    std::array<PointPair, max_pairs_in_a_loop> pairs;
    std::size_t count = 0;
    auto product = Fp12::one();
    const auto multiply_pairs = [&] {
        const auto factor = miller_loop(std::span{pairs}.first(count));
        if (factor) product *= *factor;
        count = 0;
        return factor.has_value();
    };
    for (; !input.empty(); input = input.subspan(pair_size)) {
        const auto g1 = decode_g1(input.first<64>());
        const auto g2 = decode_twist(input.subspan<64, 128>());
        if (!g1 || !g2) return std::nullopt;
        // A pair with infinity contributes the factor one.
        if (!*g2) continue;
        if (!*g1) {
            if (!is_in_subgroup(**g2)) return std::nullopt;
            continue;
        }
        pairs[count++] = {**g1, **g2};
        if (count == pairs.size() && !multiply_pairs()) return std::nullopt;
    }
    if (count != 0 && !multiply_pairs()) return std::nullopt;
    return final_exponentiation(product) == Fp12::one();
}

}  // namespace meta138::crypto
