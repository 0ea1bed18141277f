// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/bls12_381.hpp"

#include "bls12_381/encoding.hpp"

#include "meta138/base/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

using namespace meta138;
using namespace meta138::crypto;

namespace {

/// One times a point is the point: what comes out is in the subgroup, and decodes.
void check_in_g1(const Bls12381G1Bytes& point) {
    std::array<std::uint8_t, 160> input{};
    std::ranges::copy(point, input.begin());
    input.back() = 1;
    META138_ASSERT(bls12_381_g1_msm(input) == point);
}
void check_in_g2(const Bls12381G2Bytes& point) {
    std::array<std::uint8_t, 288> input{};
    std::ranges::copy(point, input.begin());
    input.back() = 1;
    META138_ASSERT(bls12_381_g2_msm(input) == point);
}

/// The sum does not depend on the order.
void check_g1_add(std::span<const std::uint8_t, 256> input) {
    std::array<std::uint8_t, 256> swapped;
    std::ranges::copy(input.last<128>(), swapped.begin());
    std::ranges::copy(input.first<128>(), swapped.begin() + 128);
    META138_ASSERT(bls12_381_g1_add(input) == bls12_381_g1_add(swapped));
}
void check_g2_add(std::span<const std::uint8_t, 512> input) {
    std::array<std::uint8_t, 512> swapped;
    std::ranges::copy(input.last<256>(), swapped.begin());
    std::ranges::copy(input.first<256>(), swapped.begin() + 256);
    META138_ASSERT(bls12_381_g2_add(input) == bls12_381_g2_add(swapped));
}

/// What decompresses is what its compression is.
template <std::size_t Size, typename Decompress>
void check_decompression(ByteView input, Decompress decompress) {
    if (input.size() < Size) return;
    if (const auto point = decompress(input.first<Size>())) {
        META138_ASSERT(bls12_381::is_on_curve(*point));
        META138_ASSERT(std::ranges::equal(bls12_381::compress(*point), input.first<Size>()));
    }
}

}  // namespace

/// The first byte chooses the operation.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const ByteView input{data + 1, size - 1};
    constexpr std::size_t most = 4 * 384;  // more takes long, and adds nothing
    if (input.size() > most) return 0;
    switch (data[0] % 8) {
        case 0:
            if (input.size() >= 256) check_g1_add(input.first<256>());
            break;
        case 1:
            if (input.size() >= 512) check_g2_add(input.first<512>());
            break;
        case 2:
            if (const auto point = bls12_381_g1_msm(input)) check_in_g1(*point);
            break;
        case 3:
            if (const auto point = bls12_381_g2_msm(input)) check_in_g2(*point);
            break;
        case 4: static_cast<void>(bls12_381_pairing_check(input)); break;
        case 5:
            if (input.size() < 64) break;
            if (const auto point = bls12_381_map_fp_to_g1(input.first<64>())) check_in_g1(*point);
            break;
        case 6:
            if (input.size() < 128) break;
            if (const auto point = bls12_381_map_fp2_to_g2(input.first<128>())) check_in_g2(*point);
            break;
        case 7:
            check_decompression<48>(input, bls12_381::decompress_g1);
            check_decompression<96>(input, bls12_381::decompress_g2);
            break;
    }
    return 0;
}
