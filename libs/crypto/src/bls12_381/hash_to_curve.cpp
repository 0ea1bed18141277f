// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/map_to_curve.hpp"

#include "meta138/crypto/sha256.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace meta138::crypto::bls12_381 {

namespace {

/// L of RFC 9380 section 5.1: ceil((381 + 128) / 8).
constexpr std::size_t element_size = 64;

/// RFC 9380 section 5.3.1 with SHA-256.
template <std::size_t Size>
std::array<std::uint8_t, Size> expand_message_xmd(ByteView message, ByteView tag) {
    static_assert(Size % 32 == 0 && Size / 32 <= 255);
    Hash32 long_tag;
    if (tag.size() > 255) {  // Section 5.3.3.
        long_tag = Sha256{}.update(as_bytes("H2C-OVERSIZE-DST-")).update(tag).finish();
        tag = long_tag.bytes;
    }
    const std::array tag_size{static_cast<std::uint8_t>(tag.size())};
    const std::array<std::uint8_t, 64> zero_block{};
    const std::array<std::uint8_t, 3> size_and_zero{static_cast<std::uint8_t>(Size >> 8),
                                                    static_cast<std::uint8_t>(Size & 0xff), 0};
    const Hash32 b0 = Sha256{}
                          .update(zero_block)
                          .update(message)
                          .update(size_and_zero)
                          .update(tag)
                          .update(tag_size)
                          .finish();
    std::array<std::uint8_t, Size> result;
    Hash32 block;
    for (std::size_t i = 0; i < Size / 32; ++i) {
        for (std::size_t j = 0; j < 32; ++j) block[j] ^= b0[j];
        const std::array index{static_cast<std::uint8_t>(i + 1)};
        block = Sha256{}.update(block.bytes).update(index).update(tag).update(tag_size).finish();
        std::ranges::copy(block, result.begin() + static_cast<std::ptrdiff_t>(32 * i));
    }
    return result;
}

/// The 512-bit big-endian number modulo p.
Fp reduce(std::span<const std::uint8_t, element_size> bytes) {
    const auto number = [](std::span<const std::uint8_t, 32> half) {
        std::array<std::uint8_t, 48> padded{};
        std::ranges::copy(half, padded.begin() + 16);
        return *Fp::from_be_bytes(padded);
    };
    constexpr Fp two_to_256 = Fp::from_limbs({0, 0, 0, 0, 1, 0});
    return number(bytes.first<32>()) * two_to_256 + number(bytes.last<32>());
}

}  // namespace

G1 hash_to_g1(ByteView message, ByteView domain_separation_tag) {
    const auto uniform = expand_message_xmd<2 * element_size>(message, domain_separation_tag);
    const std::span<const std::uint8_t, 2 * element_size> bytes{uniform};
    const Fp u0 = reduce(bytes.first<element_size>());
    const Fp u1 = reduce(bytes.last<element_size>());
    return clear_cofactor(map_to_curve(u0) + map_to_curve(u1));
}

G2 hash_to_g2(ByteView message, ByteView domain_separation_tag) {
    const auto uniform = expand_message_xmd<4 * element_size>(message, domain_separation_tag);
    const std::span<const std::uint8_t, 4 * element_size> bytes{uniform};
    const Fp2 u0{reduce(bytes.subspan<0, element_size>()),
                 reduce(bytes.subspan<element_size, element_size>())};
    const Fp2 u1{reduce(bytes.subspan<2 * element_size, element_size>()),
                 reduce(bytes.subspan<3 * element_size, element_size>())};
    return clear_cofactor(map_to_curve(u0) + map_to_curve(u1));
}

}  // namespace meta138::crypto::bls12_381
