// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace meta138::http {

/// Bytes received and not yet consumed, in one piece. Owns no memory while it is empty and
/// released, which is what an idle connection costs.
class ReadBuffer {
public:
    static constexpr std::size_t initial_capacity = 4 * 1024;

    [[nodiscard]] std::string_view unread() const noexcept {
        return {memory_.get() + begin_, end_ - begin_};
    }
    [[nodiscard]] char* begin() noexcept { return memory_.get() + begin_; }
    [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    /// Free room of at least `at_least` bytes behind what is unread. Invalidates all views if it
    /// has to move or grow.
    [[nodiscard]] std::span<char> room(std::size_t at_least);
    void commit(std::size_t received) noexcept { end_ += received; }
    void consume(std::size_t size) noexcept;
    /// Drops the last `size` unread bytes.
    void shorten(std::size_t size) noexcept { end_ -= size; }

    /// Gives the memory back if nothing is unread.
    void release() noexcept;

private:
    std::unique_ptr<char[]> memory_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace meta138::http
