// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/p2p/capability.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// The sub-protocol that carries QBFT messages (Besu Istanbul100SubProtocol). A message's payload
/// is the QBFT message's own list. There is no handshake: messages may come, and be sent, as soon
/// as the connection is established.
namespace meta138::p2p::istanbul {

inline constexpr std::string_view name = "istanbul";
inline constexpr std::uint64_t version = 100;
/// Codes below 0x12 are reserved, and a breach of protocol.
inline constexpr std::uint8_t message_count = 22;

enum class Code : std::uint8_t {
    proposal = 0x12,
    prepare = 0x13,
    commit = 0x14,
    round_change = 0x15,
};

[[nodiscard]] constexpr bool is_code(std::uint8_t code) noexcept {
    return code >= static_cast<std::uint8_t>(Code::proposal) && code < message_count;
}

[[nodiscard]] inline OfferedCapability capability() {
    return {.capability = {.name = std::string{name}, .version = version},
            .message_count = message_count};
}

}  // namespace meta138::p2p::istanbul
