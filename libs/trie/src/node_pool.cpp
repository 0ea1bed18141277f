// SPDX-License-Identifier: Apache-2.0
#include "node_pool.hpp"

#include <algorithm>

namespace meta138::trie {

void* NodePool::allocate_large(std::size_t size) {
    auto block = std::make_unique_for_overwrite<std::byte[]>(size);
    void* address = block.get();
    large_.emplace(address, std::move(block));
    bytes_ += size;
    return address;
}

// Chunks double, so that the many small storage tries of a block stay small.
void NodePool::grow(std::size_t at_least) {
    chunk_size_ = std::min(std::max(chunk_size_, at_least) * 2, max_chunk);
    chunks_.push_back(std::make_unique_for_overwrite<std::byte[]>(chunk_size_));
    next_ = chunks_.back().get();
    left_ = chunk_size_;
    bytes_ += chunk_size_;
}

}  // namespace meta138::trie
