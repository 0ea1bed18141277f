// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

namespace meta138::crypto {

/// ECDSA over secp256r1 as the precompile P256VERIFY (EIP-7951) checks it: r and s from 1 to n - 1
/// (a high s is fine), qx and qy below p, the point on the curve and not infinity. False for
/// anything else.
[[nodiscard]] bool p256_verify(const Hash32& hash, const Hash32& r, const Hash32& s,
                               const Hash32& qx, const Hash32& qy) noexcept;

}  // namespace meta138::crypto
