// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/kdf.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/crypto/sha256.hpp"

#include <algorithm>
#include <array>

namespace meta138::crypto {
namespace {

std::array<std::uint8_t, 4> big_endian(std::uint32_t number) noexcept {
    return {static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
            static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
}

}  // namespace

Bytes hkdf_sha256(ByteView key_material, ByteView salt, ByteView info, std::size_t size) {
    META138_ASSERT(size <= 255 * Hash32::size());
    const HmacSha256 keyed{hmac_sha256(salt, key_material)};
    Bytes out;
    out.reserve(size);
    Hash32 block;
    for (std::uint8_t counter = 1; out.size() < size; ++counter) {
        HmacSha256 hmac = keyed;
        if (counter > 1) hmac.update(block);
        block = hmac.update(info).update({&counter, 1}).finish();
        const auto taken = std::min(size - out.size(), block.size());
        out.insert(out.end(), block.begin(), block.begin() + taken);
    }
    return out;
}

Bytes concat_kdf_sha256(ByteView shared_secret, ByteView other_info, std::size_t size) {
    META138_ASSERT(size / Hash32::size() < UINT32_MAX);
    Bytes out;
    out.reserve(size);
    for (std::uint32_t counter = 1; out.size() < size; ++counter) {
        const auto block =
            Sha256{}.update(big_endian(counter)).update(shared_secret).update(other_info).finish();
        const auto taken = std::min(size - out.size(), block.size());
        out.insert(out.end(), block.begin(), block.begin() + taken);
    }
    return out;
}

Bytes pbkdf2_hmac_sha256(ByteView password, ByteView salt, std::uint32_t iterations,
                         std::size_t size) {
    META138_ASSERT(iterations > 0 && size / Hash32::size() < UINT32_MAX);
    const HmacSha256 keyed{password};
    Bytes out;
    out.reserve(size);
    for (std::uint32_t index = 1; out.size() < size; ++index) {
        Hash32 link = HmacSha256{keyed}.update(salt).update(big_endian(index)).finish();
        Hash32 block = link;
        for (std::uint32_t i = 1; i < iterations; ++i) {
            link = HmacSha256{keyed}.update(link).finish();
            for (std::size_t j = 0; j < block.size(); ++j) block[j] ^= link[j];
        }
        const auto taken = std::min(size - out.size(), block.size());
        out.insert(out.end(), block.begin(), block.begin() + taken);
    }
    return out;
}

}  // namespace meta138::crypto
