// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace meta138::p2p {

/// devp2p rlpx.md, Disconnect (0x01).
enum class DisconnectReason : std::uint8_t {
    requested = 0x00,
    tcp_error = 0x01,
    breach_of_protocol = 0x02,
    useless_peer = 0x03,
    too_many_peers = 0x04,
    already_connected = 0x05,
    incompatible_version = 0x06,
    null_identity = 0x07,
    client_quitting = 0x08,
    unexpected_identity = 0x09,
    same_identity = 0x0a,
    timeout = 0x0b,
    subprotocol_error = 0x10,
    unknown = 0xff,  ///< Anything else; sent as an empty string.
};

std::string_view to_string(DisconnectReason reason) noexcept;

}  // namespace meta138::p2p
