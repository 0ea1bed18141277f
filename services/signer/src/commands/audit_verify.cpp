// SPDX-License-Identifier: Apache-2.0
#include "commands/commands.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/signer/audit_log.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <optional>

namespace meta138::signer {
namespace {

/// NUMBER:HASH, as this command prints it.
AuditLog::Head decode_head(const std::string& text) {
    const auto colon = text.find(':');
    AuditLog::Head head;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + std::min(colon, text.size()), head.sequence);
    const auto hash = colon == text.npos
                          ? std::unexpected{HexError::missing_prefix}
                          : decode_fixed_hex<Hash32>(std::string_view{text}.substr(colon + 1));
    if (error != std::errc{} || end != text.data() + colon || !hash)
        throw OptionError{
            fmt::format("Invalid value for option '--head': '{}' is not NUMBER:0xHASH", text)};
    head.hash = *hash;
    return head;
}

void print_fault(const AuditFault& fault, bool as_json) {
    if (!as_json) {
        fmt::print("The log is broken at {}, line {}: {}\n", fault.file.string(), fault.line,
                   fault.reason);
        return;
    }
    std::string text;
    json::Writer out{text};
    out.open_object();
    out.key("valid").boolean(false);
    out.key("file").string(fault.file.string());
    out.key("line").number(fault.line);
    out.key("reason").string(fault.reason);
    out.close_object();
    fmt::print("{}\n", text);
}

void print_summary(const AuditSummary& summary, bool as_json) {
    const auto hash = to_hex(summary.head.hash.bytes);
    if (as_json) {
        fmt::print(R"({{"valid":true,"lines":{},"torn":{},"head":"{}:{}"}})"
                   "\n",
                   summary.lines, summary.torn_lines, summary.head.sequence, hash);
        return;
    }
    fmt::print("{} lines, {} of them torn by a crash; the chain of hashes is whole\nHead {}:{}\n",
               summary.lines, summary.torn_lines, summary.head.sequence, hash);
}

}  // namespace

int run_audit_verify(const CommandLine& line) {
    const bool as_json = has_flag(line, "json");
    std::vector<std::filesystem::path> files{line.arguments.begin(), line.arguments.end()};
    if (files.empty()) files = audit_log_files(line.options.audit.file);
    if (files.empty())
        throw OptionError{fmt::format("There is no audit log at {}: name its files",
                                      line.options.audit.file.string())};
    std::optional<AuditLog::Head> wanted;
    if (const auto head = line.command_options.find("head"); head != line.command_options.end())
        wanted = decode_head(head->second);
    const auto result = verify_audit_log(files);
    if (!result) {
        print_fault(result.error(), as_json);
        return 1;
    }
    // A log that was cut off ends before a head that was seen once. That the line of this number
    // has this hash follows from the chain only for the last one.
    if (wanted &&
        (result->head.sequence < wanted->sequence ||
         (result->head.sequence == wanted->sequence && result->head.hash != wanted->hash))) {
        print_fault({.file = files.back(),
                     .line = result->lines,
                     .reason = fmt::format("the log ends with line number {}, and does not reach "
                                           "the head that was asked for",
                                           result->head.sequence)},
                    as_json);
        return 1;
    }
    print_summary(*result, as_json);
    return 0;
}

}  // namespace meta138::signer
