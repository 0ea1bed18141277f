// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// As much of DNS (RFC 1035, EDNS of RFC 6891) as asking for TXT records takes.
namespace meta138::p2p {

inline constexpr std::size_t max_dns_message_bytes = 4096;

/// A recursive question. Absent if it is no name of DNS.
[[nodiscard]] std::optional<Bytes> encode_txt_question(std::uint16_t id, std::string_view name);

enum class DnsError : std::uint8_t {
    not_ours,   ///< Another id or question: somebody guesses, or an answer is late.
    malformed,  ///< Not a DNS message.
    truncated,  ///< More than the server sends in a datagram.
    no_such_name,
    failed,  ///< The server says so.
};

std::string_view to_string(DnsError error) noexcept;

/// The texts of the name's TXT records, each put together from its pieces.
[[nodiscard]] std::expected<std::vector<std::string>, DnsError> decode_txt_answer(
    ByteView message, std::uint16_t id, std::string_view name);

}  // namespace meta138::p2p
