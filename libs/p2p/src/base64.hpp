// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace meta138::p2p {

/// RFC 4648 section 5, without padding. Absent for other characters, and for bits that do not
/// matter but are set.
[[nodiscard]] std::optional<Bytes> decode_base64url(std::string_view text);
[[nodiscard]] std::string encode_base64url(ByteView bytes);

/// RFC 4648 section 6 in capital letters, without padding, as EIP-1459 has it.
[[nodiscard]] std::optional<Bytes> decode_base32(std::string_view text);
[[nodiscard]] std::string encode_base32(ByteView bytes);

}  // namespace meta138::p2p
