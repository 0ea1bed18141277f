// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audit/audit_line.hpp"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace meta138::signer {

/// SHA-256 of a line without its end: what the next one carries.
[[nodiscard]] Hash32 hash_of_line(std::string_view line) noexcept;
/// What the line that marks torn bytes carries: SHA-256 of the hash of the line before them, and
/// them.
[[nodiscard]] Hash32 hash_of_torn(const Hash32& previous, std::string_view torn) noexcept;

/// Checks lines as they come.
class AuditChain {
public:
    using Visit = std::function<void(const AuditEntry&, PolicyTime)>;

    explicit AuditChain(const Visit& visit) : visit_{visit} {}

    /// The next line, without its end. The error says what is wrong with it, or with the torn ones
    /// before it.
    [[nodiscard]] std::expected<void, std::string> add(std::string_view line);

    [[nodiscard]] const AuditSummary& summary() const noexcept { return summary_; }
    /// Lines since the last good one, which only a mark makes right.
    [[nodiscard]] std::size_t torn_lines() const noexcept { return torn_lines_; }

private:
    [[nodiscard]] std::expected<void, std::string> check(const AuditLine& line) const;

    const Visit& visit_;
    json::Parser parser_{{.size = max_audit_line, .depth = 8, .values = 1024}};
    AuditSummary summary_;
    bool has_line_ = false;
    std::string torn_;
    std::size_t torn_lines_ = 0;
};

}  // namespace meta138::signer
