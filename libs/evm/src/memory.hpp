// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/assert.hpp"
#include "meta138/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <tuple>

namespace meta138::evm {

/// A frame's memory (Yellow Paper 9.1): zero bytes, growing by whole words. Its buffer is kept from
/// frame to frame.
class Memory {
public:
    [[nodiscard]] std::uint8_t* data() const noexcept { return data_.get(); }
    /// Always a multiple of 32.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] ByteView view() const noexcept { return {data_.get(), size_}; }
    [[nodiscard]] ByteView view(std::size_t offset, std::size_t size) const noexcept {
        return size == 0 ? ByteView{} : ByteView{data_.get() + offset, size};
    }

    /// Makes the memory `size` bytes, a multiple of 32 and no less than now. Throws std::bad_alloc.
    void grow(std::size_t size) {
        META138_ASSERT(size >= size_);
        if (size > capacity_) reserve(size);
        std::memset(data_.get() + size_, 0, size - size_);
        size_ = size;
    }

    /// Gives an unusually large buffer back, so that one costly transaction does not hold memory
    /// for ever.
    void clear() noexcept {
        size_ = 0;
        if (capacity_ > kept_capacity) {
            data_.reset();
            capacity_ = 0;
        }
    }

private:
    static constexpr std::size_t kept_capacity = std::size_t{1} << 20;

    void reserve(std::size_t size) {
        const auto capacity = std::max({size, 2 * capacity_, std::size_t{4096}});
        void* const grown = std::realloc(data_.get(), capacity);
        if (grown == nullptr) throw std::bad_alloc{};
        std::ignore = data_.release();  // realloc() has taken it
        data_.reset(static_cast<std::uint8_t*>(grown));
        capacity_ = capacity;
    }

    struct Free {
        void operator()(std::uint8_t* data) const noexcept { std::free(data); }
    };
    std::unique_ptr<std::uint8_t, Free> data_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace meta138::evm
