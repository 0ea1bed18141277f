// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/hex.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace meta138::crypto {

/// The original Keccak with 256 bits of output, as Ethereum uses it (not SHA3-256: the padding
/// differs).
[[nodiscard]] Hash32 keccak256(ByteView input) noexcept;

/// keccak256 of each of `inputs`, which may differ in length, into `out` of the same size. Hashes
/// several at once in the lanes of the widest vectors the processor has; the order of the inputs
/// does not matter for speed.
void keccak256_batch(std::span<const ByteView> inputs, std::span<Hash32> out) noexcept;

/// keccak256 of a stream. A copy is a fork of the stream: `Keccak256{mac}.finish()` is the digest
/// so far.
class Keccak256 {
public:
    Keccak256& update(ByteView input) noexcept;

    /// The digest of everything since construction, or since the last finish(): the stream starts
    /// anew.
    [[nodiscard]] Hash32 finish() noexcept;

private:
    std::array<std::uint64_t, 25> state_{};
    std::size_t filled_ = 0;  // bytes of the current block already added to the state
};

/// keccak256 of no bytes: the code hash of an account without code (Yellow Paper 4.1).
inline constexpr Hash32 empty_keccak256 = [] {
    using namespace literals;
    return "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"_hash32;
}();

/// keccak256(rlp([])) = keccak256(0xc0): the ommers hash of a block without ommers.
inline constexpr Hash32 empty_list_keccak256 = [] {
    using namespace literals;
    return "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"_hash32;
}();

}  // namespace meta138::crypto
