// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

namespace meta138::crypto {

/// RIPEMD-160 (Dobbertin, Bosselaers, Preneel 1996): the precompile at address 3.
[[nodiscard]] FixedBytes<20> ripemd160(ByteView input) noexcept;

}  // namespace meta138::crypto
