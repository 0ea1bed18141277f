// SPDX-License-Identifier: Apache-2.0
#include "rlpx/compression.hpp"

#include <snappy.h>

namespace meta138::p2p::rlpx {
namespace {

const char* chars(const std::uint8_t* bytes) noexcept {
    return reinterpret_cast<const char*>(bytes);
}

// The densest element of the format: three bytes that copy 64.
constexpr std::size_t max_expansion = 22;

}  // namespace

std::size_t max_compressed_size(std::size_t size) noexcept {
    return snappy::MaxCompressedLength(size);
}

std::size_t compress(ByteView plain, std::uint8_t* out) {
    std::size_t size = 0;
    snappy::RawCompress(chars(plain.data()), plain.size(), reinterpret_cast<char*>(out), &size);
    return size;
}

std::optional<Bytes> decompress(ByteView compressed, std::size_t max_size) {
    std::size_t size = 0;
    if (!snappy::GetUncompressedLength(chars(compressed.data()), compressed.size(), &size) ||
        size > max_size || size > compressed.size() * max_expansion)
        return std::nullopt;
    Bytes plain(size);
    if (!snappy::RawUncompress(chars(compressed.data()), compressed.size(),
                               reinterpret_cast<char*>(plain.data())))
        return std::nullopt;
    return plain;
}

}  // namespace meta138::p2p::rlpx
