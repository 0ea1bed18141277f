// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace meta138::crypto {

/// The compression function F of BLAKE2b (RFC 7693 section 3.2) with a free number of rounds, as
/// the precompile of EIP-152 exposes it: mixes the message block `m` into the state `h`. `t` is the
/// offset counter, low word first; `final_block` is the flag f.
void blake2f(std::uint32_t rounds, std::array<std::uint64_t, 8>& h,
             const std::array<std::uint64_t, 16>& m, const std::array<std::uint64_t, 2>& t,
             bool final_block) noexcept;

}  // namespace meta138::crypto
