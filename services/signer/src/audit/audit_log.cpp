// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/audit_log.hpp"

#include "audit/audit_chain.hpp"
#include "log/log_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace meta138::signer {
namespace {

/// How a file ends: its last good line, and what a crash has left after it.
struct End {
    std::optional<AuditLog::Head> head;
    std::string torn;
    bool lacks_line_end = false;
};

constexpr std::size_t end_size = 16 * max_audit_line;

End find_end(const std::filesystem::path& file) {
    const auto bytes = read_end(file, end_size);
    const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    if (text.empty()) return {};
    json::Parser parser{{.size = max_audit_line, .depth = 8, .values = 1024}};
    End end{.head = {}, .torn = {}, .lacks_line_end = !text.ends_with('\n')};
    const auto body = end.lacks_line_end ? text : text.substr(0, text.size() - 1);
    for (auto line_end = body.size();;) {
        const auto before = body.substr(0, line_end).rfind('\n');
        const auto begin = before == std::string_view::npos ? 0 : before + 1;
        const auto line = body.substr(begin, line_end - begin);
        if (const auto decoded = decode_audit_line(parser, line)) {
            end.head = AuditLog::Head{.sequence = decoded->sequence, .hash = hash_of_line(line)};
            if (line_end < body.size()) end.torn = body.substr(line_end + 1);
            return end;
        }
        if (before == std::string_view::npos) break;
        line_end = before;
    }
    if (bytes.size() == end_size)
        throw LogError{
            fmt::format("{} does not end with lines of an audit log: move it away, and a "
                        "new one is begun",
                        file.string())};
    end.torn = body;
    return end;
}

std::optional<std::uint64_t> first_sequence(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    std::string text(max_audit_line, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    json::Parser parser{{.size = max_audit_line, .depth = 8, .values = 1024}};
    const auto line = decode_audit_line(parser, std::string_view{text}.substr(0, text.find('\n')));
    return line ? std::optional{line->sequence} : std::nullopt;
}

}  // namespace

AuditLog::AuditLog(AuditOptions options) : options_{std::move(options)} {
    lock_ = lock_log(options_.file);
    const MutexLock lock{mutex_};
    try {
        open();
    } catch (...) {
        ::close(lock_);
        throw;
    }
}

AuditLog::~AuditLog() {
    // Not destroyed under the lock: those whose lines it still writes may come back to us.
    std::unique_ptr<DurableLog> log;
    {
        const MutexLock lock{mutex_};
        log = std::move(log_);
    }
    log.reset();
    if (lock_ >= 0) ::close(lock_);
}

void AuditLog::open() {
    const auto end = find_end(options_.file);
    if (end.head) {
        head_ = *end.head;
    } else if (const auto files = audit_log_files(options_.file); !files.empty()) {
        // It has just been rotated, or its only line was torn: the chain goes on from the file
        // before.
        for (auto file = files.rbegin(); file != files.rend() && head_.sequence == 0; ++file) {
            if (*file != options_.file) head_ = find_end(*file).head.value_or(Head{});
        }
    }
    first_ = head_.sequence + 1;
    std::error_code absent;
    auto size = std::filesystem::file_size(options_.file, absent);
    if (absent) size = 0;
    if (size != 0 && end.head) first_ = first_sequence(options_.file).value_or(first_);
    log_ = std::make_unique<DurableLog>(open_log(options_.file), size, options_.sync);
    sync_folder(options_.file);
    std::string repair = end.lacks_line_end ? "\n" : "";
    if (!end.torn.empty()) {
        const auto line = encode_audit_line(
            {.event = std::string{torn_event}, .reason = "a crash cut the line before"},
            head_.sequence + 1,
            std::chrono::time_point_cast<std::chrono::milliseconds>(
                std::chrono::system_clock::now()),
            hash_of_torn(head_.hash, end.torn), end.torn.size());
        head_ = {.sequence = head_.sequence + 1, .hash = hash_of_line(line)};
        repair += line + '\n';
    }
    if (!repair.empty()) log_->append(as_bytes(repair), {});
}

void AuditLog::rotate() {
    const auto old = options_.file.string() + "." + std::to_string(first_);
    // A file by that name would be one of ours that is not finished; never overwrite it.
    if (std::filesystem::exists(old)) return;
    std::error_code error;
    std::filesystem::rename(options_.file, old, error);
    if (error) return;
    try {
        log_->replace(open_log(options_.file), 0);
        first_ = head_.sequence + 1;
        sync_folder(options_.file);
    } catch (const LogError&) {
        // Lines go on into the file under its new name; the chain holds.
    }
}

void AuditLog::append(const AuditEntry& entry, PolicyTime now, DurableLog::Done done) {
    const MutexLock lock{mutex_};
    if (!log_) {
        if (done) done(false);
        return;
    }
    if (log_->size() > options_.rotate_at) rotate();
    auto line = encode_audit_line(entry, head_.sequence + 1, now, head_.hash);
    head_ = {.sequence = head_.sequence + 1, .hash = hash_of_line(line)};
    line += '\n';
    log_->append(as_bytes(line), std::move(done));
}

bool AuditLog::append_and_wait(const AuditEntry& entry, PolicyTime now) {
    std::promise<bool> written;
    append(entry, now, [&written](bool ok) { written.set_value(ok); });
    return written.get_future().get();
}

AuditLog::Head AuditLog::head() const {
    const MutexLock lock{mutex_};
    return head_;
}

}  // namespace meta138::signer
