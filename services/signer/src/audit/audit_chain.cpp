// SPDX-License-Identifier: Apache-2.0
#include "audit/audit_chain.hpp"

#include "meta138/base/try.hpp"
#include "meta138/crypto/sha256.hpp"

#include <fmt/format.h>

namespace meta138::signer {

Hash32 hash_of_line(std::string_view line) noexcept {
    return crypto::sha256(as_bytes(line));
}

Hash32 hash_of_torn(const Hash32& previous, std::string_view torn) noexcept {
    return crypto::Sha256{}.update(previous.bytes).update(as_bytes(torn)).finish();
}

std::expected<void, std::string> AuditChain::check(const AuditLine& line) const {
    // A log may begin in the middle, when its older files have been put away.
    const bool is_first = !has_line_;
    if (!is_first && line.sequence != summary_.head.sequence + 1)
        return std::unexpected{
            fmt::format("sequence {} follows {}", line.sequence, summary_.head.sequence)};
    if (line.entry.event == torn_event) {
        if (torn_lines_ == 0) return std::unexpected{"marks torn bytes, but there are none"};
        const bool is_right =
            line.torn_bytes == torn_.size() &&
            (is_first || line.previous == hash_of_torn(summary_.head.hash, torn_));
        return is_right ? std::expected<void, std::string>{}
                        : std::unexpected{"marks other torn bytes than those before it"};
    }
    if (torn_lines_ != 0) return std::unexpected{"the line before is no line of an audit log"};
    if (is_first && line.sequence == 1 && !line.previous.is_zero())
        return std::unexpected{"is the first, but names one before it"};
    if (!is_first && line.previous != summary_.head.hash)
        return std::unexpected{"does not carry the hash of the line before it"};
    return {};
}

std::expected<void, std::string> AuditChain::add(std::string_view text) {
    const auto line = decode_audit_line(parser_, text);
    if (!line) {
        if (torn_.size() + text.size() > 4 * max_audit_line)
            return std::unexpected{"is no line of an audit log"};
        if (torn_lines_++ != 0) torn_ += '\n';
        torn_ += text;
        return {};
    }
    TRY(check(*line));
    if (torn_lines_ != 0) ++summary_.torn_lines;
    torn_lines_ = 0;
    torn_.clear();
    has_line_ = true;
    ++summary_.lines;
    summary_.head = {.sequence = line->sequence, .hash = hash_of_line(text)};
    if (visit_) visit_(line->entry, line->time);
    return {};
}

}  // namespace meta138::signer
