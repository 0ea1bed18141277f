// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace meta138::rpc {

/// The text of an answer while it is written. What is short stays whole in its buffer; what is long
/// leaves in pieces, where somebody takes them, and is never whole in memory. For one thread.
class Answer {
public:
    /// Takes a piece, and waits while its reader is behind. False: nobody reads any more.
    using Outlet = std::function<bool(std::string_view piece)>;

    /// From this size on what is there is a piece. Shorter answers are whole.
    static constexpr std::size_t piece_bytes = std::size_t{256} << 10;

    /// In pieces through `text`, which outlives this object: in the end the last one is there. An
    /// empty outlet takes nothing, and the answer stays whole.
    explicit Answer(std::string& text, Outlet outlet = {});
    Answer(const Answer&) = delete;
    Answer& operator=(const Answer&) = delete;

    /// What has not left; whoever answers appends to it.
    [[nodiscard]] std::string& text() noexcept { return text_; }
    /// Bytes from the beginning on, those that have left included.
    [[nodiscard]] std::size_t size() const noexcept { return left_ + text_.size(); }
    [[nodiscard]] bool is_whole() const noexcept { return !outlet_; }

    /// Between two values, or in the midst of one: lets a piece leave if there is one. False:
    /// nobody reads any more.
    [[nodiscard]] bool release();
    /// Drops what was written since size() was `size`. False, and nothing is dropped: some of it
    /// has left.
    [[nodiscard]] bool rewind(std::size_t size);

    /// It ends here and is no whole answer: nobody must take it for one.
    void break_off() noexcept { is_broken_off_ = true; }
    [[nodiscard]] bool is_broken_off() const noexcept { return is_broken_off_; }
    /// Nobody reads any more.
    [[nodiscard]] bool is_abandoned() const noexcept { return is_abandoned_; }

    /// How long release() has waited for the reader, in all.
    [[nodiscard]] std::chrono::steady_clock::duration waited() const noexcept { return waited_; }

private:
    std::string& text_;
    const Outlet outlet_;
    std::size_t left_ = 0;
    std::chrono::steady_clock::duration waited_{};
    bool is_broken_off_ = false;
    bool is_abandoned_ = false;
};

}  // namespace meta138::rpc
