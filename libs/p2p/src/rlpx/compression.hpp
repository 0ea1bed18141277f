// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

/// Snappy's block format, as EIP-706 has it around messages. Memory is bounded before anything is
/// decompressed.
namespace meta138::p2p::rlpx {

/// What `size` bytes need at most when compressed.
[[nodiscard]] std::size_t max_compressed_size(std::size_t size) noexcept;

/// Writes at most max_compressed_size(plain.size()) bytes; returns how many.
std::size_t compress(ByteView plain, std::uint8_t* out);

/// Absent if it is malformed, or would have more than `max_size` bytes. What the input announces is
/// believed only as far as its own size allows: a short input cannot make this allocate much.
[[nodiscard]] std::optional<Bytes> decompress(ByteView compressed, std::size_t max_size);

}  // namespace meta138::p2p::rlpx
