// SPDX-License-Identifier: Apache-2.0
#include "rlpx/frames.hpp"

#include "meta138/base/assert.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>

namespace meta138::p2p::rlpx {
namespace {

constexpr std::size_t block = 16;
// [capability-id, context-id], always zero.
constexpr std::array<std::uint8_t, 3> header_data = {0xc2, 0x80, 0x80};

bool is_equal(const Mac& mac, ByteView bytes) noexcept {
    return CRYPTO_memcmp(mac.data(), bytes.data(), mac.size()) == 0;
}

}  // namespace

FrameMac::FrameMac(const Hash32& secret, const crypto::Keccak256& seed)
    : cipher_{secret}, hash_{seed}, last_{digest()} {}

Mac FrameMac::digest() {
    const auto whole = crypto::Keccak256{hash_}.finish();
    return Mac::from(ByteView{whole.bytes}.first<block>());
}

Mac FrameMac::update(const Mac& seed) {
    auto mixed = cipher_.encrypt(last_);
    for (std::size_t i = 0; i < block; ++i) mixed[i] ^= seed[i];
    hash_.update(mixed);
    return last_ = digest();
}

Mac FrameMac::of_header(std::span<const std::uint8_t, 16> ciphertext) {
    return update(Mac::from(ciphertext));
}

Mac FrameMac::of_body(ByteView ciphertext) {
    hash_.update(ciphertext);
    last_ = digest();
    return update(last_);
}

FrameWriter::FrameWriter(const Secrets& secrets)
    : cipher_{secrets.aes, {}}, mac_{secrets.mac, secrets.egress} {}

void FrameWriter::seal(std::span<std::uint8_t> frame, std::size_t size) {
    META138_ASSERT(size > 0 && size <= max_frame_size &&
                   frame.size() == frame_header_bytes + frame_body_bytes(size));
    const auto header = frame.first<block>();
    std::ranges::fill(header, std::uint8_t{0});
    header[0] = static_cast<std::uint8_t>(size >> 16);
    header[1] = static_cast<std::uint8_t>(size >> 8);
    header[2] = static_cast<std::uint8_t>(size);
    std::ranges::copy(header_data, header.begin() + 3);
    cipher_.apply(header, header);
    std::ranges::copy(mac_.of_header(header), frame.begin() + block);

    const auto body = frame.subspan(frame_header_bytes);
    const auto content = body.first(body.size() - block);
    std::ranges::fill(content.subspan(size), std::uint8_t{0});
    cipher_.apply(content, content);
    std::ranges::copy(mac_.of_body(content), body.last<block>().begin());
}

FrameReader::FrameReader(const Secrets& secrets)
    : cipher_{secrets.aes, {}}, mac_{secrets.mac, secrets.ingress} {}

std::optional<std::size_t> FrameReader::open_header(
    std::span<std::uint8_t, frame_header_bytes> header) {
    const auto content = header.first<block>();
    if (!is_equal(mac_.of_header(content), header.last<block>())) return std::nullopt;
    cipher_.apply(content, content);
    return std::size_t{content[0]} << 16 | std::size_t{content[1]} << 8 | content[2];
}

std::optional<ByteView> FrameReader::open_body(std::span<std::uint8_t> body, std::size_t size) {
    META138_ASSERT(body.size() == frame_body_bytes(size));
    const auto content = body.first(body.size() - block);
    if (!is_equal(mac_.of_body(content), body.last<block>())) return std::nullopt;
    cipher_.apply(content, content);
    return content.first(size);
}

}  // namespace meta138::p2p::rlpx
