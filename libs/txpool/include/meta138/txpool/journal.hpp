// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/txpool/saved_transaction.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <span>
#include <string_view>
#include <system_error>
#include <vector>

namespace meta138::txpool {

/// What a journal or save file held.
struct JournalContent {
    std::vector<SavedTransaction> transactions;  ///< In the order of their lines.
    std::size_t bad_lines = 0;                   ///< That could not be read.
    bool is_torn = false;  ///< The last line was not written to its end, and was left out.
};

/// Reads a save file of Besu's, or a journal. A file that is not there is an empty one. Lines
/// longer than any transaction are counted as bad.
[[nodiscard]] std::expected<JournalContent, std::error_code> read_journal(
    const std::filesystem::path& file);

/// The same from text.
[[nodiscard]] JournalContent decode_journal(std::string_view text);

/// Writes transactions as a file of its own, in one step: the old file stays until the new one is
/// whole on the disk.
[[nodiscard]] std::error_code write_save_file(const std::filesystem::path& file,
                                              std::span<const SavedTransaction> transactions);

/// The file that lets the pool survive the process: a line for each transaction that came, a line
/// for each that left otherwise than into a block. What was appended survives kill -9; what was
/// appended in the last moments before the machine lost power may not.
///
/// One thread at a time.
class Journal {
public:
    /// Opens the file for appending, and cuts off a torn last line; makes it if it is not there.
    [[nodiscard]] static std::expected<Journal, std::error_code> open(
        const std::filesystem::path& file);
    ~Journal();
    Journal(Journal&& other) noexcept;
    Journal& operator=(Journal&& other) noexcept;

    /// After an error nothing of the line remains in the file.
    [[nodiscard]] std::error_code added(const SavedTransaction& saved);
    [[nodiscard]] std::error_code removed(const Hash32& hash);

    /// Whether so many lines are obsolete that compact() is worth its while, when `live`
    /// transactions are in the pool.
    [[nodiscard]] bool wants_compaction(std::size_t live) const noexcept;
    /// Starts over with these, in one step: killed at any moment, either file is whole.
    [[nodiscard]] std::error_code compact(std::span<const SavedTransaction> transactions);

    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }  ///< In bytes.
    [[nodiscard]] std::size_t lines() const noexcept { return lines_; }

private:
    Journal(std::filesystem::path file, int descriptor, std::uint64_t size, std::size_t lines);
    std::error_code append(std::string_view line);

    std::filesystem::path file_;
    int descriptor_ = -1;
    std::uint64_t size_ = 0;
    std::size_t lines_ = 0;
};

}  // namespace meta138::txpool
