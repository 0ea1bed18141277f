// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/codec/rlp/decode_error.hpp"
#include "meta138/qbft/messages.hpp"

#include <cstdint>
#include <expected>
#include <optional>

namespace meta138::qbft {

/// What a validator must not forget when it is killed, so that it never signs against itself and
/// comes back in the round that it left: on disk before a signed message leaves.
struct SafetyRecord {
    std::uint64_t number = 0;  ///< The height.
    std::uint32_t round = 0;   ///< The highest in which something was signed.
    /// Committed-seal hashes of what was signed at that height in that round; absent: nothing.
    std::optional<Hash32> proposed{};
    std::optional<Hash32> prepared{};
    std::optional<Hash32> committed{};
    /// The highest certificate seen at that height.
    std::optional<PreparedCertificate> certificate{};
    /// The last RoundChange, to send again; empty: none.
    Bytes round_change{};

    friend bool operator==(const SafetyRecord&, const SafetyRecord&) = default;
};

/// docs/formats/consensus-state.md
Bytes encode_safety_record(const SafetyRecord& record);
std::expected<SafetyRecord, rlp::DecodeError> decode_safety_record(ByteView encoded);

}  // namespace meta138::qbft
