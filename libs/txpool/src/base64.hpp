// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace meta138::txpool {

/// RFC 4648 section 4, with padding, appended to `out`.
void append_base64(std::string& out, ByteView bytes);

/// Strict: the standard alphabet, the padding, and no bits that are left over.
[[nodiscard]] std::optional<Bytes> decode_base64(std::string_view text);

}  // namespace meta138::txpool
