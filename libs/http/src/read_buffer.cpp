// SPDX-License-Identifier: Apache-2.0
#include "read_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace meta138::http {

std::span<char> ReadBuffer::room(std::size_t at_least) {
    const auto size = end_ - begin_;
    if (capacity_ - end_ < at_least) {
        if (capacity_ >= size + at_least && begin_ >= size) {
            std::memcpy(memory_.get(), memory_.get() + begin_, size);
        } else {
            const auto capacity = std::max({initial_capacity, 2 * capacity_, size + at_least});
            auto grown = std::make_unique_for_overwrite<char[]>(capacity);
            if (size) std::memcpy(grown.get(), memory_.get() + begin_, size);
            memory_ = std::move(grown);
            capacity_ = capacity;
        }
        begin_ = 0;
        end_ = size;
    }
    return {memory_.get() + end_, capacity_ - end_};
}

void ReadBuffer::consume(std::size_t size) noexcept {
    begin_ += size;
    if (begin_ == end_) begin_ = end_ = 0;
}

void ReadBuffer::release() noexcept {
    if (!empty()) return;
    memory_.reset();
    capacity_ = begin_ = end_ = 0;
}

}  // namespace meta138::http
