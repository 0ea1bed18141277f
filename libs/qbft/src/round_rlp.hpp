// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/codec/rlp/reader.hpp"
#include "meta138/qbft/messages.hpp"

#include <cstdint>

namespace meta138::qbft {

inline std::uint32_t read_round(rlp::Reader& in) {
    const auto round = in.integer<std::uint32_t>();
    if (round > max_wire_round) in.fail(rlp::DecodeErrorKind::integer_too_large);
    return round;
}

inline std::uint64_t read_sequence(rlp::Reader& in) {
    const auto sequence = in.integer<std::uint64_t>();
    if (sequence > max_wire_sequence) in.fail(rlp::DecodeErrorKind::integer_too_large);
    return sequence;
}

}  // namespace meta138::qbft
