// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/codec/rlp/decode_error.hpp"
#include "meta138/p2p/disconnect.hpp"
#include "meta138/p2p/session.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>

/// The messages of the "p2p" capability (devp2p rlpx.md), which every connection has.
namespace meta138::p2p::rlpx {

enum class BaseCode : std::uint8_t { hello = 0x00, disconnect = 0x01, ping = 0x02, pong = 0x03 };
/// Codes below are the base protocol's.
inline constexpr std::uint8_t base_codes = 0x10;

inline constexpr std::size_t max_hello_bytes = 2048;
inline constexpr std::size_t max_client_id_bytes = 256;  ///< What is longer is cut.
inline constexpr std::size_t max_offered_capabilities = 64;
/// A peer's offer of a longer name is dropped: ours are shorter.
inline constexpr std::size_t max_capability_name_bytes = 32;

/// Items behind the fifth are ignored. Characters of the client id that are no printable ASCII
/// become '?': it goes to logs and to JSON.
std::expected<Hello, rlp::DecodeError> decode_hello(ByteView payload);
Bytes encode_hello(const Hello& hello);

/// A list of the reason, or the bare reason: both are in use. `unknown` for all else.
DisconnectReason decode_disconnect(ByteView payload) noexcept;
Bytes encode_disconnect(DisconnectReason reason);

}  // namespace meta138::p2p::rlpx
