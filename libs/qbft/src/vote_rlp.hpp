// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/codec/rlp/reader.hpp"

#include <cstdint>

namespace meta138::qbft {

inline constexpr std::uint8_t vote_to_add = 0xff;
inline constexpr std::uint8_t vote_to_drop = 0x00;  ///< Of IBFT 2; QBFT writes the empty string.

/// Whether the vote is to add: one byte.
inline bool read_vote_byte(rlp::Reader& in) {
    const auto type = in.bytes();
    if (type.size() == 1 && type[0] == vote_to_add) return true;
    if (type.size() != 1 || type[0] != vote_to_drop) in.fail(rlp::DecodeErrorKind::invalid_value);
    return false;
}

}  // namespace meta138::qbft
