// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <unordered_map>
#include <vector>

namespace meta138::trie {

/// Memory for the nodes of one trie: blocks are carved from chunks and recycled by size, and all go
/// at once with the pool. Nodes are trivially destructible, so nothing walks the trie to free it.
class NodePool {
public:
    NodePool() = default;
    NodePool(const NodePool&) = delete;
    NodePool& operator=(const NodePool&) = delete;

    /// Aligned for a pointer.
    void* allocate(std::size_t size) {
        const std::size_t index = (size + step - 1) / step;
        if (index >= free_.size()) return allocate_large(size);
        if (Free* block = free_[index]) {
            free_[index] = block->next;
            return block;
        }
        const std::size_t rounded = index * step;
        if (rounded > left_) grow(rounded);
        void* block = next_;
        next_ += rounded;
        left_ -= rounded;
        return block;
    }

    /// Gives back what allocate(size) returned.
    void release(void* block, std::size_t size) {
        const std::size_t index = (size + step - 1) / step;
        if (index >= free_.size()) {
            large_.erase(block);
            bytes_ -= size;
            return;
        }
        free_[index] = ::new (block) Free{free_[index]};
    }

    /// Of all chunks and large blocks.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

    /// Both sizes get blocks of one size, so that a block for one serves the other.
    static bool same_block_size(std::size_t a, std::size_t b) noexcept {
        return a == b || ((a + step - 1) / step == (b + step - 1) / step && a < max_small);
    }

private:
    struct Free {
        Free* next;
    };
    static constexpr std::size_t step = 16;
    static constexpr std::size_t max_small = 512;
    static constexpr std::size_t max_chunk = std::size_t{1} << 20;

    void* allocate_large(std::size_t size);
    void grow(std::size_t at_least);

    std::array<Free*, max_small / step + 1> free_{};
    std::byte* next_ = nullptr;
    std::size_t left_ = 0;
    std::size_t chunk_size_ = 1024;
    std::size_t bytes_ = 0;
    std::vector<std::unique_ptr<std::byte[]>> chunks_;
    std::unordered_map<void*, std::unique_ptr<std::byte[]>> large_;
};

}  // namespace meta138::trie
