// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/encoding.hpp"

#include <algorithm>

namespace meta138::crypto::bls12_381 {

namespace {

constexpr std::size_t padding = 16;

constexpr std::uint8_t compressed_flag = 0x80;
constexpr std::uint8_t infinity_flag = 0x40;
constexpr std::uint8_t larger_y_flag = 0x20;
constexpr std::uint8_t all_flags = compressed_flag | infinity_flag | larger_y_flag;

constexpr Fp b = Fp::from_uint64(4);
constexpr Fp2 b_of_the_twist{Fp::from_uint64(4), Fp::from_uint64(4)};

/// (p - 1) / 2.
constexpr auto half_of_p = limbs_from_hex<6>(
    "0x0d0088f51cbff34d258dd3db21a5d66bb23ba5c279c2895f"
    "b39869507b587b120f55ffff58a9ffffdcff7fffffffd555");

/// Whether a > -a as numbers.
bool is_larger(const Fp& a) {
    return limbs::less(half_of_p, a.to_limbs());
}
bool is_larger(const Fp2& a) {
    return a.c1.is_zero() ? is_larger(a.c0) : is_larger(a.c1);
}

template <std::size_t N>
bool is_zero(std::span<const std::uint8_t, N> bytes) {
    return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

void encode_fp(const Fp& a, std::span<std::uint8_t, 64> out) {
    std::ranges::copy(a.to_be_bytes(), out.begin() + padding);
}

std::optional<Fp> decode_x(std::span<const std::uint8_t, 48> bytes) {
    return Fp::from_be_bytes(bytes);
}

std::optional<Fp2> decode_x(std::span<const std::uint8_t, 96> bytes) {
    const auto c1 = Fp::from_be_bytes(bytes.first<48>());
    const auto c0 = Fp::from_be_bytes(bytes.last<48>());
    if (!c0 || !c1) return std::nullopt;
    return Fp2{*c0, *c1};
}

template <typename Field, std::size_t N>
std::optional<AffinePoint<Field>> decompress(std::span<const std::uint8_t, N> bytes,
                                             const Field& curve_b) {
    const auto flags = static_cast<std::uint8_t>(bytes[0] & all_flags);
    if ((flags & compressed_flag) == 0) return std::nullopt;
    std::array<std::uint8_t, N> without_flags;
    std::ranges::copy(bytes, without_flags.begin());
    without_flags[0] = static_cast<std::uint8_t>(bytes[0] & ~all_flags);
    const std::span<const std::uint8_t, N> number{without_flags};

    if ((flags & infinity_flag) != 0) {
        if ((flags & larger_y_flag) != 0 || !is_zero(number)) return std::nullopt;
        return AffinePoint<Field>{};
    }
    const auto x = decode_x(number);
    if (!x) return std::nullopt;
    const auto y = (x->square() * *x + curve_b).sqrt();
    if (!y) return std::nullopt;
    return AffinePoint<Field>{*x, is_larger(*y) == ((flags & larger_y_flag) != 0) ? *y : -*y};
}

std::uint8_t flags_of(bool is_infinity, bool has_larger_y) {
    if (is_infinity) return compressed_flag | infinity_flag;
    return has_larger_y ? compressed_flag | larger_y_flag : compressed_flag;
}

}  // namespace

std::optional<Fp> decode_fp(std::span<const std::uint8_t, 64> bytes) {
    if (!is_zero(bytes.first<padding>())) return std::nullopt;
    return Fp::from_be_bytes(bytes.last<48>());
}

std::optional<Fp2> decode_fp2(std::span<const std::uint8_t, 128> bytes) {
    const auto c0 = decode_fp(bytes.first<64>());
    const auto c1 = decode_fp(bytes.last<64>());
    if (!c0 || !c1) return std::nullopt;
    return Fp2{*c0, *c1};
}

std::optional<G1Affine> decode_g1(std::span<const std::uint8_t, 128> bytes) {
    const auto x = decode_fp(bytes.first<64>());
    const auto y = decode_fp(bytes.last<64>());
    if (!x || !y) return std::nullopt;
    const G1Affine point{*x, *y};
    if (!is_on_curve(point)) return std::nullopt;
    return point;
}

std::optional<G2Affine> decode_g2(std::span<const std::uint8_t, 256> bytes) {
    const auto x = decode_fp2(bytes.first<128>());
    const auto y = decode_fp2(bytes.last<128>());
    if (!x || !y) return std::nullopt;
    const G2Affine point{*x, *y};
    if (!is_on_curve(point)) return std::nullopt;
    return point;
}

std::array<std::uint8_t, 128> encode_g1(const G1& point) {
    std::array<std::uint8_t, 128> bytes{};
    const std::span<std::uint8_t, 128> out{bytes};
    const auto affine = point.to_affine();
    encode_fp(affine.x, out.first<64>());
    encode_fp(affine.y, out.last<64>());
    return bytes;
}

std::array<std::uint8_t, 256> encode_g2(const G2& point) {
    std::array<std::uint8_t, 256> bytes{};
    const std::span<std::uint8_t, 256> out{bytes};
    const auto affine = point.to_affine();
    encode_fp(affine.x.c0, out.subspan<0, 64>());
    encode_fp(affine.x.c1, out.subspan<64, 64>());
    encode_fp(affine.y.c0, out.subspan<128, 64>());
    encode_fp(affine.y.c1, out.subspan<192, 64>());
    return bytes;
}

std::optional<G1Affine> decompress_g1(std::span<const std::uint8_t, 48> bytes) {
    return decompress<Fp>(bytes, b);
}

std::optional<G2Affine> decompress_g2(std::span<const std::uint8_t, 96> bytes) {
    return decompress<Fp2>(bytes, b_of_the_twist);
}

std::array<std::uint8_t, 48> compress(const G1Affine& point) {
    auto bytes = point.x.to_be_bytes();
    bytes[0] |= flags_of(point.is_infinity(), is_larger(point.y));
    return bytes;
}

std::array<std::uint8_t, 96> compress(const G2Affine& point) {
    std::array<std::uint8_t, 96> bytes{};
    std::ranges::copy(point.x.c1.to_be_bytes(), bytes.begin());
    std::ranges::copy(point.x.c0.to_be_bytes(), bytes.begin() + 48);
    bytes[0] |= flags_of(point.is_infinity(), is_larger(point.y));
    return bytes;
}

}  // namespace meta138::crypto::bls12_381
