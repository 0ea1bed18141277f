// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/codec/json/reader.hpp"
#include "meta138/signer/audit_log.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace meta138::signer {

/// The event of the line that marks a torn one.
inline constexpr std::string_view torn_event = "torn_line";

/// Longer lines are not read, and nothing longer is written: texts are cut.
inline constexpr std::size_t max_audit_line = std::size_t{16} << 10;
inline constexpr std::size_t max_audit_text = 1024;

/// One line without its end.
[[nodiscard]] std::string encode_audit_line(const AuditEntry& entry, std::uint64_t sequence,
                                            PolicyTime time, const Hash32& previous,
                                            std::uint64_t torn_bytes = 0);

struct AuditLine {
    AuditEntry entry;
    std::uint64_t sequence = 0;
    PolicyTime time{};
    Hash32 previous;
    std::uint64_t torn_bytes = 0;  ///< Of a torn_line: how long the line before is.
};
/// Absent if it is no such line.
[[nodiscard]] std::optional<AuditLine> decode_audit_line(json::Parser& parser,
                                                         std::string_view line);

/// "2026-11-22T17:05:00.123Z"
[[nodiscard]] std::string encode_audit_time(PolicyTime time);
[[nodiscard]] std::optional<PolicyTime> decode_audit_time(std::string_view text);

}  // namespace meta138::signer
