// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/consensus/safety_store.hpp"
#include "meta138/qbft/safety_record.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace meta138::consensus {

/// The safety record in a file of two slots, written in turn: a write that a crash tears leaves the
/// other slot, which holds the record before it (docs/formats/consensus-state.md). One thread.
class SafetyFile final : public SafetyStore {
public:
    /// Opens the file, or makes it; `now` (since the Unix epoch) is then its time of creation, and
    /// on disk, with the folder's entry, on return. Throws storage::OpenError: when the file is
    /// neither whole nor ours, or another process holds it; storage::IoError.
    SafetyFile(const std::filesystem::path& path, std::chrono::milliseconds now);
    ~SafetyFile() override;
    SafetyFile(const SafetyFile&) = delete;
    SafetyFile& operator=(const SafetyFile&) = delete;

    [[nodiscard]] std::optional<qbft::SafetyRecord> record() const override { return record_; }
    [[nodiscard]] std::chrono::milliseconds created_at() const override { return created_at_; }
    void write(const qbft::SafetyRecord& record) override;

private:
    void lock() const;
    void read();
    /// A new file in place of the old one, with room for larger records; with a record unless
    /// empty.
    void replace(std::size_t capacity, ByteView encoded);
    [[noreturn]] void throw_io_error() const;

    const std::filesystem::path path_;
    int file_ = -1;
    std::size_t capacity_ = 0;  // bytes of a record that a slot has room for
    std::chrono::milliseconds created_at_{};
    std::uint64_t sequence_ = 0;  // of the slot that was written last
    std::optional<qbft::SafetyRecord> record_;
};

}  // namespace meta138::consensus
