// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rlpx/handshake.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/crypto/aes.hpp"
#include "meta138/crypto/keccak.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

/// Frames (devp2p rlpx.md, "Framing"): a header of 16 bytes and its MAC, then the content, padded
/// to 16 bytes, and its MAC. In place: no frame allocates.
namespace meta138::p2p::rlpx {

inline constexpr std::size_t frame_header_bytes = 32;  ///< With its MAC.
inline constexpr std::size_t max_frame_size = 0xffffff;

/// Bytes after the header of a frame with a content of that size.
constexpr std::size_t frame_body_bytes(std::size_t size) noexcept {
    return (size + 15) / 16 * 16 + 16;
}

using Mac = FixedBytes<16>;

/// The MAC of one direction: a running keccak256 that each frame continues.
class FrameMac {
public:
    FrameMac(const Hash32& secret, const crypto::Keccak256& seed);

    /// After the ciphertext of a header.
    [[nodiscard]] Mac of_header(std::span<const std::uint8_t, 16> ciphertext);
    /// After the ciphertext of a body.
    [[nodiscard]] Mac of_body(ByteView ciphertext);

private:
    Mac update(const Mac& seed);
    Mac digest();

    crypto::AesBlock cipher_;
    crypto::Keccak256 hash_;
    Mac last_;  // the digest so far
};

/// Makes the frames that one side sends.
class FrameWriter {
public:
    explicit FrameWriter(const Secrets& secrets);

    /// `frame` has frame_header_bytes, then `size` bytes of content, then as many as
    /// frame_body_bytes says: becomes what to send.
    void seal(std::span<std::uint8_t> frame, std::size_t size);

private:
    crypto::AesCtr cipher_;
    FrameMac mac_;
};

/// Opens the frames that one side receives.
class FrameReader {
public:
    explicit FrameReader(const Secrets& secrets);

    /// The content's size; absent if the MAC is wrong. `header` is decrypted in place.
    [[nodiscard]] std::optional<std::size_t> open_header(
        std::span<std::uint8_t, frame_header_bytes> header);
    /// The content of `size` bytes, decrypted in place; absent if the MAC is wrong. `body` has
    /// frame_body_bytes(size).
    [[nodiscard]] std::optional<ByteView> open_body(std::span<std::uint8_t> body, std::size_t size);

private:
    crypto::AesCtr cipher_;
    FrameMac mac_;
};

}  // namespace meta138::p2p::rlpx
