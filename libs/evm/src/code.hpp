// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/types/fork.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace meta138::evm {

class Translation;

/// Code ready to run: padded, with its valid jump destinations, and translated for the forks in
/// which it turned out to be hot. Shared by all threads that run it.
class Code {
public:
    /// STOPs behind the code, so that neither an instruction nor its immediate data can pass the
    /// end.
    static constexpr std::size_t padding = 33;

    explicit Code(ByteView code);
    ~Code();
    Code(const Code&) = delete;
    Code& operator=(const Code&) = delete;

    [[nodiscard]] ByteView bytes() const noexcept { return {padded_.data(), size_}; }
    [[nodiscard]] const std::uint8_t* begin() const noexcept { return padded_.data(); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Whether a JUMPDEST, and not data of a PUSH, is at the offset (Yellow Paper 9.4.3).
    [[nodiscard]] bool is_jumpdest(std::uint64_t offset) const noexcept {
        return offset < size_ && (jumpdests_[offset / 64] >> (offset % 64) & 1) != 0;
    }

    /// How many valid JUMPDESTs lie before the offset, which is below size().
    [[nodiscard]] std::size_t jumpdests_before(std::uint64_t offset) const noexcept {
        const auto word = offset / 64;
        const auto below = jumpdests_[word] & ((std::uint64_t{1} << (offset % 64)) - 1);
        return jumpdests_before_word_[word] + static_cast<std::size_t>(std::popcount(below));
    }

    /// The translation for the fork; null when there is none yet.
    [[nodiscard]] const Translation* find_translation(Fork fork) const noexcept {
        return translations_[std::to_underlying(fork)].load(std::memory_order_acquire);
    }
    /// Translates, unless another thread already has.
    const Translation& translate(Fork fork) const;
    /// Counts a run of the code; returns how many there were before. A hint, not an exact number.
    std::uint32_t count_run() const noexcept {
        const auto before = runs_.load(std::memory_order_relaxed);
        runs_.store(before + 1, std::memory_order_relaxed);
        return before;
    }

private:
    Bytes padded_;
    std::size_t size_;
    std::vector<std::uint64_t> jumpdests_;  // a bit for each byte of code
    std::vector<std::uint32_t> jumpdests_before_word_;
    // Owned; atomic so that readers need no lock.
    mutable std::array<std::atomic<const Translation*>, fork_count> translations_{};
    mutable std::atomic<std::uint32_t> runs_{0};
};

}  // namespace meta138::evm
