// SPDX-License-Identifier: Apache-2.0
#include "audit/audit_chain.hpp"

#include "meta138/base/try.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <utility>

namespace meta138::signer {
namespace {

/// The next line of a file, of bounded length; absent at its end.
std::optional<std::string> read_line(std::istream& in) {
    std::string line;
    char c = 0;
    bool any = false;
    while (in.get(c)) {
        any = true;
        if (c == '\n') return line;
        // One more than is allowed, so that it is found to be too long.
        if (line.size() <= 4 * max_audit_line) line += c;
    }
    return any ? std::optional{std::move(line)} : std::nullopt;
}

std::unexpected<AuditFault> fault(const std::filesystem::path& file, std::size_t line,
                                  std::string reason) {
    return std::unexpected{AuditFault{.file = file, .line = line, .reason = std::move(reason)}};
}

std::expected<void, AuditFault> verify_stream(std::istream& in, const std::filesystem::path& file,
                                              AuditChain& chain, bool is_last) {
    std::size_t number = 0;
    while (const auto line = read_line(in)) {
        ++number;
        const auto torn_before = chain.torn_lines();
        if (auto added = chain.add(*line); !added)
            return fault(file, number - std::min(number - 1, torn_before), added.error());
    }
    // What a crash tore and no start has marked yet can only be at the very end.
    if (chain.torn_lines() != 0 && !is_last)
        return fault(file, number - std::min(number - 1, chain.torn_lines() - 1),
                     "is no line of an audit log");
    return {};
}

AuditSummary finished(const AuditChain& chain) {
    auto summary = chain.summary();
    if (chain.torn_lines() != 0) ++summary.torn_lines;
    return summary;
}

}  // namespace

std::expected<AuditSummary, AuditFault> verify_audit_log(
    const std::vector<std::filesystem::path>& files,
    const std::function<void(const AuditEntry&, PolicyTime)>& visit) {
    AuditChain chain{visit};
    for (const auto& file : files) {
        std::ifstream in{file, std::ios::binary};
        if (!in) return fault(file, 0, "cannot be opened");
        TRY(verify_stream(in, file, chain, file == files.back()));
    }
    return finished(chain);
}

std::expected<AuditSummary, AuditFault> verify_audit_text(std::string_view text) {
    const std::function<void(const AuditEntry&, PolicyTime)> nobody;
    AuditChain chain{nobody};
    std::size_t number = 0;
    while (!text.empty()) {
        ++number;
        const auto end = std::min(text.find('\n'), text.size());
        if (auto added = chain.add(text.substr(0, end)); !added)
            return fault("", number, added.error());
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return finished(chain);
}

std::vector<std::filesystem::path> audit_log_files(const std::filesystem::path& file) {
    std::vector<std::pair<std::uint64_t, std::filesystem::path>> rotated;
    const auto prefix = file.filename().string() + ".";
    const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator{folder, error}) {
        const auto name = entry.path().filename().string();
        if (!name.starts_with(prefix)) continue;
        std::uint64_t first = 0;
        const auto* end = name.data() + name.size();
        const auto [stop, failed] = std::from_chars(name.data() + prefix.size(), end, first);
        if (failed == std::errc{} && stop == end) rotated.emplace_back(first, entry.path());
    }
    std::ranges::sort(rotated);
    std::vector<std::filesystem::path> files;
    for (auto& [first, path] : rotated) files.push_back(std::move(path));
    if (std::filesystem::exists(file, error)) files.push_back(file);
    return files;
}

}  // namespace meta138::signer
