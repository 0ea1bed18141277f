// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kzg/inputs.hpp"

#include "meta138/crypto/sha256.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace meta138::crypto::kzg {

/// What a challenge is hashed from (Fiat-Shamir): a domain, then numbers, elements and bytes.
class Transcript {
public:
    explicit Transcript(std::string_view domain) { hash_.update(as_bytes(domain)); }

    Transcript& add(ByteView bytes) {
        hash_.update(bytes);
        return *this;
    }
    /// Big-endian, in 8 bytes.
    Transcript& add(std::uint64_t number) {
        std::array<std::uint8_t, 8> bytes;
        for (std::size_t i = 0; i < 8; ++i)
            bytes[i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
        return add(bytes);
    }

    [[nodiscard]] Fr challenge() { return reduce(hash_.finish()); }

private:
    Sha256 hash_;
};

}  // namespace meta138::crypto::kzg
