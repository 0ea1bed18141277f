// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <span>

namespace meta138::crypto {

/// base ** exponent mod modulus, all big-endian of any length, into `out`, which has the length of
/// `modulus` and is filled to the left with zeros (EIP-198). 0 ** 0 is 1; a modulus of 0 or 1 gives
/// 0. Takes time as the lengths dictate: the caller has bounded them by gas (EIP-2565, EIP-7823).
void modexp(ByteView base, ByteView exponent, ByteView modulus, std::span<std::uint8_t> out);

}  // namespace meta138::crypto
