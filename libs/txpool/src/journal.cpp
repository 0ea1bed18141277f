// SPDX-License-Identifier: Apache-2.0
#include "meta138/txpool/journal.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/crypto/keccak.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <unordered_map>
#include <utility>

namespace meta138::txpool {
namespace {

/// The mark of a line that takes a transaction back: it is followed by the hash in hex. No line of
/// Besu's begins so, because its scores that are negative have a digit there, and an origin later.
constexpr std::string_view removal_mark = "x";
/// Six blobs with their proofs in base64, and as much again.
constexpr std::size_t max_line = std::size_t{4} << 20;
/// Fewer obsolete lines than this are not worth a compaction.
constexpr std::size_t min_obsolete = 1024;

std::error_code last_error() {
    return {errno, std::generic_category()};
}

/// A file descriptor that closes itself.
class Descriptor {
public:
    explicit Descriptor(int descriptor) : descriptor_{descriptor} {}
    ~Descriptor() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] int get() const noexcept { return descriptor_; }
    [[nodiscard]] int release() noexcept { return std::exchange(descriptor_, -1); }

private:
    int descriptor_;
};

/// Devices and pipes have no end, or none that can be cut off.
std::error_code check_is_file(int descriptor) {
    struct ::stat status{};
    if (::fstat(descriptor, &status) != 0) return last_error();
    if (!S_ISREG(status.st_mode)) return std::make_error_code(std::errc::invalid_argument);
    return {};
}

std::error_code write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return last_error();
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

std::string folder_of(const std::filesystem::path& file) {
    return file.has_parent_path() ? file.parent_path().string() : ".";
}

/// Makes a rename survive a loss of power.
std::error_code sync_folder(const std::filesystem::path& file) {
    const Descriptor folder{::open(folder_of(file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (folder.get() < 0 || ::fsync(folder.get()) != 0) return last_error();
    return {};
}

std::error_code write_file(int descriptor, std::span<const SavedTransaction> transactions) {
    constexpr std::size_t piece = std::size_t{1} << 20;
    std::string text;
    for (const auto& saved : transactions) {
        text += encode_saved_transaction(saved);
        text.push_back('\n');
        if (text.size() < piece) continue;
        if (const auto error = write_all(descriptor, text)) return error;
        text.clear();
    }
    if (const auto error = write_all(descriptor, text)) return error;
    return ::fsync(descriptor) == 0 ? std::error_code{} : last_error();
}

/// Reads the lines of a journal one after another.
class LineReader {
public:
    explicit LineReader(JournalContent& content) : content_{content} {}

    void read(std::string_view line) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty()) return;
        if (line.starts_with(removal_mark)) {
            take_back(line.substr(removal_mark.size()));
            return;
        }
        auto saved = line.size() > max_line ? std::unexpected{SaveError::bad_transaction}
                                            : decode_saved_transaction(line);
        if (!saved) {
            ++content_.bad_lines;
            return;
        }
        const auto hash = transaction_hash(saved->pooled.transaction);
        const auto [known, is_new] = places_.try_emplace(hash, content_.transactions.size());
        if (!is_new) {
            content_.transactions[known->second] = *std::move(saved);
            return;
        }
        content_.transactions.push_back(*std::move(saved));
        hashes_.push_back(hash);
    }

    /// Leaves what was not taken back.
    void finish() {
        std::size_t kept = 0;
        for (std::size_t i = 0; i != hashes_.size(); ++i) {
            const auto place = places_.find(hashes_[i]);
            if (place == places_.end() || place->second != i) continue;
            if (kept != i) content_.transactions[kept] = std::move(content_.transactions[i]);
            ++kept;
        }
        content_.transactions.resize(kept);
    }

private:
    void take_back(std::string_view text) {
        const auto hash = parse_hash(text);
        if (!hash) {
            ++content_.bad_lines;
            return;
        }
        places_.erase(*hash);
    }
    static std::optional<Hash32> parse_hash(std::string_view text);

    JournalContent& content_;
    std::vector<Hash32> hashes_;  ///< Of the content's transactions, one for one.
    std::unordered_map<Hash32, std::size_t> places_;
};

std::optional<Hash32> LineReader::parse_hash(std::string_view text) {
    Hash32 hash;
    if (text.size() != 2 * Hash32::size()) return std::nullopt;
    for (std::size_t i = 0; i != hash.size(); ++i) {
        const auto high = hex_digit_value(text[2 * i]);
        const auto low = hex_digit_value(text[2 * i + 1]);
        if (high >= 16 || low >= 16) return std::nullopt;
        hash[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return hash;
}

}  // namespace

JournalContent decode_journal(std::string_view text) {
    JournalContent content;
    LineReader lines{content};
    while (!text.empty()) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos) {
            content.is_torn = true;
            break;
        }
        lines.read(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    lines.finish();
    return content;
}

std::expected<JournalContent, std::error_code> read_journal(const std::filesystem::path& file) {
    const Descriptor in{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
    if (in.get() < 0) {
        if (errno == ENOENT) return JournalContent{};
        return std::unexpected{last_error()};
    }
    if (const auto error = check_is_file(in.get())) return std::unexpected{error};
    JournalContent content;
    LineReader lines{content};
    std::string text;          // what has not been read as lines yet
    bool is_too_long = false;  // the line at its beginning is longer than max_line
    std::string piece(std::size_t{1} << 18, '\0');
    while (true) {
        const auto count = ::read(in.get(), piece.data(), piece.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return std::unexpected{last_error()};
        if (count == 0) break;
        text.append(piece, 0, static_cast<std::size_t>(count));
        std::size_t begin = 0;
        for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
            if (is_too_long) {
                ++content.bad_lines;
            } else {
                lines.read(std::string_view{text}.substr(begin, end - begin));
            }
            is_too_long = false;
            begin = end + 1;
        }
        text.erase(0, begin);
        if (text.size() <= max_line) continue;
        is_too_long = true;
        text.clear();
    }
    content.is_torn = is_too_long || !text.empty();
    lines.finish();
    return content;
}

std::error_code write_save_file(const std::filesystem::path& file,
                                std::span<const SavedTransaction> transactions) {
    auto fresh = file;
    fresh += ".new";
    {
        const Descriptor out{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
        if (out.get() < 0) return last_error();
        if (const auto error = write_file(out.get(), transactions)) {
            ::unlink(fresh.c_str());
            return error;
        }
    }
    if (::rename(fresh.c_str(), file.c_str()) != 0) return last_error();
    return sync_folder(file);
}

Journal::Journal(std::filesystem::path file, int descriptor, std::uint64_t size, std::size_t lines)
    : file_{std::move(file)}, descriptor_{descriptor}, size_{size}, lines_{lines} {}

Journal::~Journal() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Journal::Journal(Journal&& other) noexcept
    : file_{std::move(other.file_)},
      descriptor_{std::exchange(other.descriptor_, -1)},
      size_{other.size_},
      lines_{other.lines_} {}

Journal& Journal::operator=(Journal&& other) noexcept {
    std::swap(file_, other.file_);
    std::swap(descriptor_, other.descriptor_);
    std::swap(size_, other.size_);
    std::swap(lines_, other.lines_);
    return *this;
}

std::expected<Journal, std::error_code> Journal::open(const std::filesystem::path& file) {
    Descriptor opened{::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
    if (opened.get() < 0) return std::unexpected{last_error()};
    if (const auto error = check_is_file(opened.get())) return std::unexpected{error};
    std::uint64_t at = 0;
    std::uint64_t whole = 0;  // the end of the last whole line
    std::size_t lines = 0;
    std::string piece(std::size_t{1} << 18, '\0');
    while (true) {
        const auto count = ::read(opened.get(), piece.data(), piece.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return std::unexpected{last_error()};
        if (count == 0) break;
        const auto text = std::string_view{piece}.substr(0, static_cast<std::size_t>(count));
        lines += static_cast<std::size_t>(std::ranges::count(text, '\n'));
        if (const auto last = text.rfind('\n'); last != std::string_view::npos)
            whole = at + last + 1;
        at += text.size();
    }
    if (whole != at && ::ftruncate(opened.get(), static_cast<off_t>(whole)) != 0)
        return std::unexpected{last_error()};
    return Journal{file, opened.release(), whole, lines};
}

std::error_code Journal::append(std::string_view line) {
    if (const auto error = write_all(descriptor_, line)) {
        // What was written of it would swallow the line after it.
        if (::ftruncate(descriptor_, static_cast<off_t>(size_)) != 0) return last_error();
        return error;
    }
    size_ += line.size();
    ++lines_;
    return {};
}

std::error_code Journal::added(const SavedTransaction& saved) {
    auto line = encode_saved_transaction(saved);
    line.push_back('\n');
    return append(line);
}

std::error_code Journal::removed(const Hash32& hash) {
    std::string line{removal_mark};
    line += to_hex_digits(hash.bytes);
    line.push_back('\n');
    return append(line);
}

bool Journal::wants_compaction(std::size_t live) const noexcept {
    return lines_ > 2 * live + min_obsolete;
}

std::error_code Journal::compact(std::span<const SavedTransaction> transactions) {
    if (const auto error = write_save_file(file_, transactions)) return error;
    auto fresh = open(file_);
    if (!fresh) return fresh.error();
    *this = *std::move(fresh);
    return {};
}

}  // namespace meta138::txpool
