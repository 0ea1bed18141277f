// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace meta138::crypto {

/// SHA-256 (FIPS 180-4).
[[nodiscard]] Hash32 sha256(ByteView input) noexcept;

/// SHA-256 of a stream. A copy is a fork of the stream.
class Sha256 {
public:
    Sha256() noexcept { reset(); }
    Sha256& update(ByteView input) noexcept;

    /// The digest of everything since construction, or since the last finish(): the stream starts
    /// anew.
    [[nodiscard]] Hash32 finish() noexcept;

private:
    void reset() noexcept;

    std::array<std::uint32_t, 8> state_;
    std::array<std::uint8_t, 64> block_;  // the first size_ % 64 bytes wait to be compressed
    std::uint64_t size_;                  // bytes seen
};

/// HMAC-SHA-256 (RFC 2104) of `message`; a key of any length.
[[nodiscard]] Hash32 hmac_sha256(ByteView key, ByteView message) noexcept;

/// HMAC-SHA-256 of a stream. A copy is a fork of the stream, and saves hashing the key again.
class HmacSha256 {
public:
    explicit HmacSha256(ByteView key) noexcept;
    HmacSha256& update(ByteView input) noexcept {
        inner_.update(input);
        return *this;
    }

    /// The code of everything since construction. Ends the stream: nothing may follow.
    [[nodiscard]] Hash32 finish() noexcept;

private:
    Sha256 inner_;
    Sha256 outer_;
};

}  // namespace meta138::crypto
